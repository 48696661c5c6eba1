"""The same messages as an AsyncAPI 3.0 document: delivered or streamed, one message an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.contract.event_catalogue import EVENT_TYPES, EventType
from sandbox.contract.references import closure

Schema = dict[str, Any]

CHANNEL, STREAM = "deliveries", "stream"
STREAMED_AT = "/api/v1/notification-stream"
COMPONENTS = "#/components"
NOT_HERE = frozenset(("nullable", "discriminator", "xml", "example", "readOnly", "writeOnly"))
"""Keywords that OpenAPI has and JSON Schema draft 7 has not, or that say nothing of a message."""
NAMED_SCHEMAS = frozenset(("properties", "patternProperties"))
HEADERS: Schema = {
    "type": "object",
    "required": ["webhook-id", "webhook-timestamp", "webhook-signature", "X-Webhook-Event"],
    "properties": {
        "webhook-id": {"type": "string", "description": "The id of the message, the same at every attempt."},
        "webhook-timestamp": {"type": "string", "description": "Seconds since 1970 that are signed."},
        "webhook-signature": {
            "type": "string",
            "description": "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`, for each secret.",
        },
        "X-Webhook-Event": {"type": "string"},
        "X-Webhook-Attempt": {"type": "string", "description": "1, 2, 3 …"},
        "X-Correlation-ID": {"type": "string", "description": "Of the call that caused it."},
        "traceparent": {"type": "string"},
    },
}


def asyncapi(platform: Mapping[str, Any]) -> dict[str, Any]:
    """From the platform's OpenAPI document."""
    schemas = platform["components"]["schemas"]
    events = list(EVENT_TYPES.values())
    needed = closure([event.message for event in events], schemas)
    about = platform["info"]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"{about['title']}: events",
            "version": about["version"],
            "description": "What is delivered to who subscribes with createWebhook of the OpenAPI document: "
            "at least once, and in order for each object. Drop what has an id that you have seen.",
            **({"license": about["license"]} if "license" in about else {}),
        },
        "defaultContentType": "application/json",
        "channels": {
            CHANNEL: _channel(None, "An HTTP POST to the URL of the subscription.", events),
            STREAM: _channel(
                STREAMED_AT,
                "Without signature, as server-sent events or over WebSocket; see streamNotifications.",
                [event for event in events if not event.blocking and event.name != "webhook.ping"],
            ),
        },
        "operations": {
            **{f"deliver{_pascal(event)}": _operation(event) for event in events},
            "streamEvents": {
                "action": "send",
                "summary": "Events that the credential may read.",
                "channel": {"$ref": f"#/channels/{STREAM}"},
            },
        },
        "components": {
            "messages": {_key(event): _message(event, schemas) for event in events},
            "schemas": {"DeliveryHeaders": HEADERS, **{name: draft7(schemas[name]) for name in needed}},
        },
    }


def _channel(address: str | None, description: str, events: list[EventType]) -> dict[str, Any]:
    return {
        "address": address,
        "description": description,
        "messages": {_key(event): _ref("messages", _key(event)) for event in events},
    }


def draft7(schema: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema draft 7."""
    if isinstance(schema, list):
        return [draft7(each) for each in schema]
    if not isinstance(schema, dict) or "$ref" in schema:
        return schema
    plain = {
        key: _kept(key, value)
        for key, value in schema.items()
        if key not in NOT_HERE and not key.startswith("x-")
    }
    if schema.get("nullable") and isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
    return plain


def _kept(key: str, value: Any) -> Any:
    if key in NAMED_SCHEMAS:
        return {name: draft7(each) for name, each in value.items()}
    return value if key in ("enum", "default", "required") else draft7(value)


def _operation(event: EventType) -> dict[str, Any]:
    return {
        "action": "send",
        "summary": event.description,
        "channel": {"$ref": f"#/channels/{CHANNEL}"},
        "messages": [{"$ref": f"#/channels/{CHANNEL}/messages/{_key(event)}"}],
    }


def _message(event: EventType, schemas: Mapping[str, Schema]) -> dict[str, Any]:
    return {
        "name": event.name,
        "title": event.description.rstrip("."),
        "contentType": "application/json; charset=utf-8",
        "headers": _ref("schemas", "DeliveryHeaders"),
        "payload": _ref("schemas", event.message),
        "correlationId": {"location": "$message.header#/X-Correlation-ID"},
        "examples": [{"name": event.name, "payload": schemas[event.message]["example"]}],
    }


def _ref(section: str, name: str) -> dict[str, str]:
    return {"$ref": f"{COMPONENTS}/{section}/{name}"}


def _pascal(event: EventType) -> str:
    return event.message.removesuffix("Message")


def _key(event: EventType) -> str:
    name = _pascal(event)
    return name[0].lower() + name[1:]
