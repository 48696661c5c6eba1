"""From one resource description to its five schemas: X, XCreate, XPatch, XReplace and XList."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

META: dict[str, Schema] = {
    "id": {"type": "string", "readOnly": True},
    "version": {
        "type": "integer",
        "minimum": 1,
        "readOnly": True,
        "description": "Grows by one with every change.",
    },
    "createdAt": {"type": "string", "format": "date-time", "readOnly": True},
    "updatedAt": {"type": "string", "format": "date-time", "readOnly": True},
    "metadata": {"$ref": "#/components/schemas/Metadata"},
    "_links": {"$ref": "#/components/schemas/Links"},
}
SERVER_SET = ("id", "version", "createdAt", "updatedAt", "_links")


def resource_schemas(name: str, resource: dict[str, Any]) -> dict[str, Schema]:
    """The schemas of one entry of a part's `resources`."""
    own: dict[str, Schema] = resource["properties"]
    properties = {**META, **own} if resource.get("meta", True) else {**own, "_links": META["_links"]}
    if not resource.get("links", True):  # nothing leads on from it, not even to itself
        del properties["_links"]
    required: list[str] = resource.get("required", [])
    immutable = set(resource.get("immutable", []))
    writable = {k: v for k, v in properties.items() if k not in SERVER_SET and not v.get("readOnly")}
    changeable = {k: _without_default(v) for k, v in writable.items() if k not in immutable}
    example = resource.get("example", {})
    readable = {k: v for k, v in properties.items() if not v.get("writeOnly")}
    shown = _object(resource.get("description", name), readable, ["id"] if "id" in readable else [])
    if example:
        shown["example"] = {k: v for k, v in example.items() if k in readable}
    schemas = {
        name: shown,
        f"{name}List": list_schema(name),
        f"{name}Create": {
            **_closed(f"What creates: {name}.", writable, required, example),
            **resource.get("create", {}),
        },
    }
    if changeable:
        kept = [member for member in required if member not in immutable]
        schemas[f"{name}Patch"] = {
            **_closed(f"What changes: {name}.", {**changeable, **resource.get("patch", {})}, [], {}),
            "minProperties": 1,
        }
        schemas[f"{name}Replace"] = _closed(f"What replaces: {name}.", changeable, kept, example)
    return schemas


def list_schema(name: str) -> Schema:
    """A collection of X."""
    properties: dict[str, Schema] = {
        "data": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
        "pagination": {"$ref": "#/components/schemas/Pagination"},
        "_links": {"$ref": "#/components/schemas/Links"},
    }
    return _object(f"A page of: {name}.", properties, ["data"])


def _object(description: str, properties: dict[str, Schema], required: list[str]) -> Schema:
    schema: Schema = {"type": "object", "description": description, "properties": properties}
    if required:
        schema["required"] = required
    return schema


def _closed(
    description: str, properties: dict[str, Schema], required: list[str], example: dict[str, Any]
) -> Schema:
    schema = _object(description, properties, required)
    schema["additionalProperties"] = False
    if example:
        schema["example"] = {k: v for k, v in example.items() if k in properties}
    return schema


def _without_default(schema: Schema) -> Schema:
    """A change must not fill in what the caller left out."""
    return {k: v for k, v in schema.items() if k != "default"}
