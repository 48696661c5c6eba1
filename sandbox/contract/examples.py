"""An example for a schema that has none of its own: made of examples, defaults and choices of its members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

COMPONENT = "#/components/schemas/"
FORMATS = {
    "date-time": "2026-11-21T04:00:00.000Z",
    "date": "2026-11-21",
    "email": "alex@example.com",
    "uri": "https://example.com/",
    "uuid": "5f9a3c2e-8b7d-4e5f-8a3c-2e1b5f9a3c2e",
}
NAMED = {"id": FORMATS["uuid"], "url": FORMATS["uri"], "timezone": "Europe/Warsaw", "currency": "EUR"}
"""By the name of the member, where nothing else is said."""


def example_of(schema: Schema, components: Mapping[str, Schema], name: str = "") -> Any:
    """A believable value; what may be null and has no example of its own is null."""
    if "$ref" in schema:
        return example_of(components[schema["$ref"].removeprefix(COMPONENT)], components, name)
    if "allOf" in schema:
        parts = [example_of(part, components, name) for part in schema["allOf"]]
        return {member: value for part in parts for member, value in part.items()}
    if schema.get("nullable") and "example" not in schema:
        return schema.get("default")
    if "properties" in schema:
        return _object(schema, components)
    for keyword in ("example", "default"):
        if keyword in schema:
            return schema[keyword]
    return schema["enum"][0] if "enum" in schema else _plain(schema, components, name)


def _object(schema: Schema, components: Mapping[str, Schema]) -> dict[str, Any]:
    given = schema.get("example") or {}
    return {
        member: given[member] if member in given else example_of(part, components, member)
        for member, part in schema["properties"].items()
        if member != "_links" and not part.get("writeOnly")
    }


def _plain(schema: Schema, components: Mapping[str, Schema], name: str) -> Any:
    kind = schema.get("type")
    if kind == "array":
        return [example_of(schema["items"], components, name)] if schema.get("minItems") else []
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return False
    return _text(schema, name) if kind == "string" else {}


def _text(schema: Schema, name: str) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    if name in NAMED or name.endswith("Id"):
        return NAMED.get(name, FORMATS["uuid"])
    return name
