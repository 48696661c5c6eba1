"""Validators compiled from one document's schemas, each at its first use."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import jsonschema_rs

Schema = dict[str, Any]

COMPONENT = "#/components/schemas/"
BASE = "urn:contract"
_BODY = re.compile("(Create|Patch|Replace)$")
_REFERENCE = re.compile(f'"{COMPONENT}([^"]+)"')
DROPPED = frozenset(
    ("example", "discriminator", "xml", "nullable", "description", "title", "externalDocs", "deprecated")
)


class Schemas:
    """The components of a document, compiled together so that references cost nothing twice.

    A resolved copy of the document is never compiled: the references make its tree grow without bound.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.components: dict[str, Schema] = document["components"]["schemas"]
        self._registry: jsonschema_rs.Registry | None = None
        self._compiled: dict[int, tuple[Schema, jsonschema_rs.Draft4Validator]] = {}

    def resolve(self, schema: Schema) -> Schema:
        """Follow a reference to the component it names."""
        while (ref := schema.get("$ref")) is not None:
            schema = self.components[ref.removeprefix(COMPONENT)]
        return schema

    def validator(self, schema: Schema) -> jsonschema_rs.Draft4Validator:
        """The validator of a schema object of this document."""
        found = self._compiled.get(id(schema))
        if found is None:
            found = self._compiled[id(schema)] = (schema, self._compile(schema))
        return found[1]

    def members_at(self, schema: Schema, path: Sequence[str | int]) -> list[str]:
        """Names of the members that an object may have whose schema a validator's path leads to."""
        if path and path[0] == "definitions":
            schema, path = self.components[str(path[1])], path[2:]
        found = draft4(schema)
        for step in path:
            found = found[step]
        return list(found.get("properties", ()))

    def members_shown(self, schema: Schema) -> Collection[str]:
        """Names of all members of the resource that a body of this schema creates or changes."""
        name = _BODY.sub("", schema.get("$ref", "").removeprefix(COMPONENT))
        found: Schema = self.components.get(name, {}).get("properties", {})
        return found

    def _compile(self, schema: Schema) -> jsonschema_rs.Draft4Validator:
        if self._registry is None:
            definitions = {name: draft4(component) for name, component in self.components.items()}
            self._registry = jsonschema_rs.Registry(
                [(BASE, {"definitions": definitions})], draft=jsonschema_rs.Draft4
            )
        return jsonschema_rs.Draft4Validator(
            draft4(schema),
            registry=self._registry,
            validate_formats=True,
            formats={"date": _is_date} if self._has_dates(schema, set()) else {},
            pattern_options=jsonschema_rs.RegexOptions(),
        )

    def _has_dates(self, schema: Schema, seen: set[str]) -> bool:
        """Whether anything in it is a date; a check of our own makes every validation slower."""
        text = json.dumps(schema)
        if '"format": "date"' in text:
            return True
        named = set(_REFERENCE.findall(text)) - seen
        seen |= named
        return any(self._has_dates(self.components[name], seen) for name in named)


def draft4(schema: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema draft 4."""
    if isinstance(schema, list):
        return [draft4(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": f"{BASE}#/definitions/{schema['$ref'].removeprefix(COMPONENT)}"}
    plain = {k: _members(k, v) for k, v in schema.items() if k not in DROPPED and not k.startswith("x-")}
    if not schema.get("nullable"):
        return plain
    if isinstance(plain.get("type"), str):
        return {**plain, "type": [plain["type"], "null"]}
    return {"anyOf": [plain, {"type": "null"}]}


def _members(keyword: str, value: Any) -> Any:
    if keyword == "properties":
        return {name: draft4(schema) for name, schema in value.items()}
    return value if keyword in ("enum", "default", "required") else draft4(value)


def _is_date(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is not None and bool(date.fromisoformat(value))
    except ValueError:
        return False
