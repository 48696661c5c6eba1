"""Which operations can do without saying again what the caller just said."""

from __future__ import annotations

from typing import Any

CHANGING = ("post", "put", "patch")
PREFER = {
    "name": "Prefer",
    "in": "header",
    "description": "`return=minimal` leaves the representation out: 204 instead of 200, 201 without a body.",
    "schema": {"type": "string"},
}
APPLIED = {
    "description": "`return=minimal` where that was asked for, and the representation is left out.",
    "schema": {"type": "string"},
}
HEADERS = {"X-Correlation-ID": "CorrelationId", "ETag": "ETag", "Preference-Applied": "PreferenceApplied"}
MINIMAL = {
    "description": "Done; the caller prefers not to be sent the representation.",
    "headers": {name: {"$ref": f"#/components/headers/{header}"} for name, header in HEADERS.items()},
}


def offer_minimal(document: dict[str, Any]) -> None:
    """`Prefer: return=minimal` wherever a resource is answered with that can be read again."""
    components = document["components"]
    components["parameters"]["Prefer"] = PREFER
    components["headers"]["PreferenceApplied"] = APPLIED
    components["responses"]["Minimal"] = MINIMAL
    items = document["paths"].values()
    for operation in [item[method] for item in items for method in CHANGING if method in item]:
        responses = operation["responses"]
        success = responses.get("200") or responses.get("201")
        if success is not None and _is_resource(success, components["schemas"]):
            operation["parameters"].append({"$ref": "#/components/parameters/Prefer"})
            if "200" in responses:
                responses["204"] = {"$ref": "#/components/responses/Minimal"}
            else:
                success["headers"]["Preference-Applied"] = {"$ref": "#/components/headers/PreferenceApplied"}


def _is_resource(success: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Results that are told once, such as a new secret, have a schema of their own."""
    schema = success.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return f"{name}Create" in schemas or f"{name}Patch" in schemas
