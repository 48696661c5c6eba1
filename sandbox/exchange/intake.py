"""What an uploaded file asks for: told by its name, read by its ending."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import orjson

from sandbox.contract.bodies import parse_json
from sandbox.contract.schemas import Schema, Schemas
from sandbox.exchange.tables import items_of
from sandbox.kernel.errors import ValidationError
from sandbox.platform.operations import Operations

_NAME = re.compile(
    r"(registrations|check[-_]ins|bookings|mappings|exports?)(?![a-z]).*\.(csv|json|jsonl)", re.IGNORECASE
)
ATOMIC = "all_or_nothing"
ITEMS = {
    "registrations": "createRegistration",
    "check-ins": "createCheckIn",
    "bookings": "createBooking",
    "mappings": "createMapping",
}


class Request(NamedTuple):
    """A call of the API."""

    path: str
    body: bytes


def request_of(name: str, content: bytes, operations: Operations) -> Request:
    """The call that a file stands for; raises ValidationError or MalformedJson."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValidationError(
            details="a name begins with registrations, check-ins, bookings, mappings or export "
            "and ends with .csv, .json or .jsonl",
            target=name,
        )
    kind, ending = found[1].lower().replace("_", "-"), found[2].lower()
    if kind.startswith("export"):
        return Request("/api/v1/batch/exports", content)
    body = _batch(kind, ending, content, operations)
    if ATOMIC in name.lower():
        body["mode"] = ATOMIC
    return Request(f"/api/v1/batch/{kind}", orjson.dumps(body))


def _batch(kind: str, ending: str, content: bytes, operations: Operations) -> dict[str, Any]:
    """A whole batch as JSON, or its items in any of the three forms."""
    if ending == "json":
        value = parse_json(content)
        return value if isinstance(value, dict) else {"items": value}
    if ending == "jsonl":
        return {"items": [parse_json(line) for line in content.splitlines() if line.strip()]}
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ValidationError(details=f"not UTF-8: {fault.reason}", target="/") from None
    plan = operations.plan(ITEMS[kind])
    if plan is None:
        raise ValidationError(details=f"there are no {kind} here", target="/")
    schema = plan.raw["requestBody"]["content"]["application/json"]["schema"]
    return {"items": items_of(text, plan.schemas, _row_schema(kind, plan.schemas, schema))}


def _row_schema(kind: str, schemas: Schemas, schema: Schema) -> Schema:
    """Of a row: what the item consists of; the body of a booking is one member of it."""
    if kind != "bookings":
        return schemas.resolve(schema)
    members = dict(schemas.resolve(schema)["properties"])
    members |= {"override": {"type": "boolean"}, "notify": {"type": "boolean"}}
    return {"type": "object", "properties": {"body": {"type": "object", "properties": members}}}
