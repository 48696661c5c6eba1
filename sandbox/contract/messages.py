"""What a delivery carries, event by event: schemas of the messages with their examples, and the callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.contract.event_catalogue import EVENT_TYPES, EventType, State
from sandbox.contract.examples import FORMATS, example_of

Schema = dict[str, Any]

ENVELOPE = "WebhookEnvelope"
MESSAGE_ID = "whk_5f9a3c2e8b7d6e5f4a3c2e1b"
WHERE = "{$request.body#/url}"
CHANGED: Mapping[str, Schema] = {"changedFields": {"$ref": "#/components/schemas/ChangedFields"}}


def add_messages(document: dict[str, Any], part: Path) -> None:
    """To the platform's document: a schema for every message, and what createWebhook calls back with.

    `part` tells which members the data of an event has besides those of its object; what changed is told
    by every event that says that something did."""
    told = yaml.load(part.read_text(encoding="utf-8"), yaml.CSafeLoader)
    schemas = document["components"]["schemas"]
    schemas |= told["schemas"]
    for event in EVENT_TYPES.values():
        more = CHANGED if event.name.endswith(".updated") else told["data"].get(event.name, {})
        schemas[event.message] = _message(event, more, schemas)
    operation = document["paths"]["/api/v1/webhooks"]["post"]
    operation["callbacks"] = {event.name: _callback(event) for event in EVENT_TYPES.values()}


def _message(event: EventType, more: Mapping[str, Schema], schemas: Mapping[str, Schema]) -> Schema:
    data = _data(event, more, schemas)
    own = {"event": {"type": "string", "enum": [event.name]}, "data": data}
    whole = {
        "allOf": [
            {"$ref": f"#/components/schemas/{ENVELOPE}"},
            {"type": "object", "required": ["event", "data"], "properties": own},
        ]
    }
    example = {
        "id": MESSAGE_ID,
        "event": event.name,
        "timestamp": FORMATS["date-time"],
        "version": "1.0",
        "data": {**example_of(data, schemas), **_first(event.state)},
        "signature": example_of(schemas[ENVELOPE]["properties"]["signature"], schemas),
    }
    return {"description": event.description, **whole, "example": example}


def _first(state: Mapping[str, State]) -> dict[str, Any]:
    return {name: value[0] if isinstance(value, tuple) else value for name, value in state.items()}


def _data(event: EventType, more: Mapping[str, Schema], schemas: Mapping[str, Schema]) -> Schema:
    """The object with what is said besides; a member that it has itself is described anew."""
    reference: Schema = {"$ref": f"#/components/schemas/{event.schema}"}
    if not more:
        return reference
    own = schemas[event.schema]
    if more.keys() & own.get("properties", {}).keys():
        return {**own, "properties": {**own["properties"], **more}}
    return {"allOf": [reference, {"type": "object", "required": list(more), "properties": dict(more)}]}


def _callback(event: EventType) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{event.message}"}}}
    responses = {
        "2XX": {"description": "Received; within the timeout."},
        "410": {"description": "Disables the subscription."},
        "default": {"description": "A failure; it is tried again."},
    }
    if event.blocking:
        responses = {"2XX": {"description": "Agreed."}, "default": {"description": "Refused."}}
    post = {
        "operationId": "receive" + event.message.removesuffix("Message"),
        "summary": event.description,
        "requestBody": {"required": True, "content": content},
        "responses": responses,
    }
    return {WHERE: {"post": post}}
