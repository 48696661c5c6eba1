"""CSV as items: dotted columns become nested members, texts the types that the schema wants."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.contract.schemas import Schema, Schemas
from sandbox.kernel.errors import ValidationError

MOST_ENTRIES = 100
_GUARDED = re.compile(r"'[=+\-@\t\r]")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?")


def items_of(text: str, schemas: Schemas, schema: Schema) -> list[dict[str, Any]]:
    """One item a row; an empty cell is a member that is left out. Raises ValidationError."""
    return [_item(row, schemas, schema) for row in _rows(text)]


def _rows(text: str) -> Iterator[dict[str, str]]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = next(lines, [])
        if len(set(columns)) < len(columns) or not all(columns):
            raise ValidationError(details="the first line names each column once", target="/")
        for cells in lines:
            if len(cells) > len(columns):
                raise ValidationError(details=f"line {lines.line_num} has too many cells", target="/")
            if any(cells):
                yield {column: cell for column, cell in zip(columns, cells, strict=False) if cell}
    except csv.Error as fault:
        raise ValidationError(details=f"line {lines.line_num}: {fault}", target="/") from None


def _item(row: Mapping[str, str], schemas: Schemas, schema: Schema) -> dict[str, Any]:
    item: dict[Any, Any] = {}
    for column, cell in row.items():
        place, steps = item, column.split(".")
        for step in steps[:-1]:
            place = place.setdefault(step, {})
            if not isinstance(place, dict):
                raise ValidationError(details=f"the column '{column}' contradicts another", target="/")
        if isinstance(place.get(steps[-1]), dict):
            raise ValidationError(details=f"the column '{column}' contradicts another", target="/")
        place[steps[-1]] = cell[1:] if _GUARDED.match(cell) else cell
    typed = _typed(item, schemas, schema)
    assert isinstance(typed, dict)
    return typed


def _typed(value: Any, schemas: Schemas, schema: Schema) -> Any:
    schema = _plain(schemas, schema)
    if isinstance(value, str):
        return _scalar(value, schemas, schema)
    if value and all(step.isdigit() for step in value) and schema.get("type") != "object":
        if max(map(int, value)) >= MOST_ENTRIES:
            raise ValidationError(details=f"at most {MOST_ENTRIES} entries", target="/")
        ordered = sorted(value.items(), key=lambda entry: int(entry[0]))
        return [_typed(each, schemas, schema.get("items", {})) for _, each in ordered]
    members = schema.get("properties", {})
    return {name: _typed(each, schemas, members.get(name, {})) for name, each in value.items()}


def _scalar(text: str, schemas: Schemas, schema: Schema) -> Any:
    """What cannot be read stays text: the item's own check will say so."""
    kind = schema.get("type")
    if kind == "array":
        return [_scalar(part.strip(), schemas, _plain(schemas, schema["items"])) for part in text.split(";")]
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind in ("integer", "number") and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def _plain(schemas: Schemas, schema: Schema) -> Schema:
    """References followed, single wrappings taken off."""
    schema = schemas.resolve(schema)
    while len(schema.get("allOf", ())) == 1 and "properties" not in schema:
        schema = schemas.resolve(schema["allOf"][0])
    return schema
