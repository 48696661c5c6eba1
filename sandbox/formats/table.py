"""Rows as CSV (RFC 4180): UTF-8, CRLF, dotted columns for what is nested, no cell a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

LEFT_OUT = ("_links",)
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
SEPARATOR = "; "
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def table(rows: Iterable[Mapping[str, Any]], columns: Iterable[str] = ()) -> bytes:
    """Header and rows. `columns` come first, also when no row has them; then whatever else rows bring."""
    flat = [dict(_cells(row)) for row in rows]
    found = dict.fromkeys(name for row in flat for name in row)
    every = list(dict.fromkeys([*columns, *found]))
    names = [name for name in every if not _is_only_empty(name, every, flat)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([guarded(name) for name in names])
    writer.writerows([_text(row.get(name)) for name in names] for row in flat)
    return text.getvalue().encode("utf-8", "replace")


def columns_of(schema: Mapping[str, Any], components: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The columns that documents of a schema can have."""
    found: list[str] = []
    for name, member in _resolved(schema, components).get("properties", {}).items():
        if name in LEFT_OUT or member.get("writeOnly"):
            continue
        inner = columns_of(member, components, f"{prefix}{name}.")
        found += inner or [prefix + name]
    return found


def guarded(text: str) -> str:
    """What a spreadsheet would take for a formula gets an apostrophe; a plain number is none."""
    return f"'{text}" if text.startswith(STARTS_FORMULA) and not _NUMBER.fullmatch(text) else text


def _resolved(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Mapping[str, Any]:
    reference: str = schema.get("$ref", "")
    if reference:
        found: Mapping[str, Any] = components.get(reference.rpartition("/")[2], {})
        return found
    parts = schema.get("allOf", ())
    if not parts:
        return schema
    properties = {
        k: v for part in parts for k, v in _resolved(part, components).get("properties", {}).items()
    }
    return {**schema, "properties": {**properties, **schema.get("properties", {})}}


def _cells(value: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, each in value.items():
        if name in LEFT_OUT:
            continue
        if isinstance(each, Mapping) and each:
            yield from _cells(each, f"{prefix}{name}.")
        else:
            yield prefix + name, each


def _is_only_empty(name: str, names: list[str], rows: list[dict[str, Any]]) -> bool:
    """A member that is null here and an object elsewhere has the object's columns, not one of its own."""
    if not any(other.startswith(f"{name}.") for other in names):
        return False
    return all(row.get(name) in (None, {}, []) for row in rows)


def _text(value: Any) -> str:
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        plain = all(isinstance(each, str | int | float) for each in value)
        return guarded(
            SEPARATOR.join(_text(each) for each in value) if plain else orjson.dumps(value).decode()
        )
    return str(value) if isinstance(value, int | float) else guarded(str(value))
