"""The delivery log of the seeded world: what the inspector's subscription was sent in the weeks before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.seeds.world import SeedWorld
from sandbox.webhooks.attempts import USER_AGENT
from sandbox.webhooks.deliveries import told
from sandbox.webhooks.schedule import complete, gap
from sandbox.webhooks.signing import Stamp, sign

DELIVERIES = 120
RETRIED_EVERY = 15
EXHAUSTED_EVERY = 60

Happening = tuple[str, str, Document]
"""Kind, event, and the document as it was."""

_EVENTS = {
    "registration": {"confirmed": "registration.confirmed", "cancelled": "registration.cancelled"},
    "booking": {
        "confirmed": "booking.confirmed",
        "cancelled": "booking.cancelled",
        "declined": "booking.declined",
    },
}


def seed_delivery_log(world: SeedWorld, webhook: Document, secret: str) -> None:
    """The latest events of registrations and bookings, most of them delivered at once."""
    wanted = world.bulk(DELIVERIES)
    if not wanted:
        return
    happened = sorted(_happened(world, wanted // len(_EVENTS)), key=_moment)
    for number, (kind, event, subject) in enumerate(happened, start=1):
        _put(world, webhook, secret, _delivery(webhook, number, kind, event, subject))
    world.put("counter", {"id": "delivery", "value": len(happened)})


def _happened(world: SeedWorld, wanted: int) -> Iterator[Happening]:
    """The latest events about each kind."""
    for kind, events in _EVENTS.items():
        told = [(kind, events[d["status"]], d) for d in world.all(kind) if d["status"] in events]
        yield from sorted(told, key=_moment)[-wanted:]


def _moment(happening: Happening) -> tuple[str, str]:
    return happening[2]["updatedAt"], happening[2]["id"]


def _delivery(webhook: Document, number: int, kind: str, event: str, subject: Document) -> dict[str, Any]:
    envelope = {
        "id": f"whk_{number:024x}",
        "event": event,
        "timestamp": subject["updatedAt"],
        "version": "1.0",
        "data": told(kind, subject),
    }
    return {
        "id": f"dlv_{number:024x}",
        "version": 1,
        "messageId": envelope["id"],
        "webhookId": webhook["id"],
        "eventType": event,
        "resource": {"type": kind, "id": subject["id"]},
        "trigger": "live",
        "payload": envelope,
        "correlationId": "",
        "nextAttemptAt": None,
        "createdAt": subject["updatedAt"],
        "chaos": [],
        "_attemptsBefore": 0,
        "_madeIn": "",
        "_corrupt": "none",
        "_sequence": number,
        "_lane": None,
    }


def _put(world: SeedWorld, webhook: Document, secret: str, delivery: dict[str, Any]) -> None:
    """The delivery with its attempts."""
    statuses = _statuses(int(delivery["_sequence"]))
    at = parse_instant(delivery["createdAt"])
    for number, status in enumerate(statuses, start=1):
        wait = gap(complete(None), number) if number < len(statuses) else None
        attempt = _attempt(webhook, secret, delivery, number, at)
        outcome = {
            "statusCode": status,
            "error": None if status == 200 else "non_2xx",
            "nextDelaySeconds": wait,
        }
        world.put("delivery_attempt", {**attempt, **outcome})
        last, at = at, at + timedelta(seconds=wait or 0)
    world.put(
        "delivery",
        {
            **delivery,
            "status": "succeeded" if statuses[-1] == 200 else "exhausted",
            "attemptCount": len(statuses),
            "lastStatusCode": statuses[-1],
            "updatedAt": instant(last),
        },
    )


def _statuses(number: int) -> list[int]:
    if number % EXHAUSTED_EVERY == 0:
        return [503] * 8
    return [503, 200] if number % RETRIED_EVERY == 0 else [200]


def _attempt(
    webhook: Document, secret: str, delivery: dict[str, Any], number: int, at: datetime
) -> dict[str, Any]:
    token = f"{delivery['_sequence']:030x}{number:02x}"
    signed = sign(delivery["payload"], [secret], Stamp(int(at.timestamp()), token))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": USER_AGENT,
        "X-Webhook-Event": delivery["eventType"],
        "X-Webhook-Attempt": str(number),
        **signed.headers,
    }
    return {
        "id": f"{delivery['id']}.{number:04d}",
        "deliveryId": delivery["id"],
        "number": number,
        "at": instant(at),
        "url": webhook["url"],
        "requestHeaders": headers,
        "requestBody": signed.body.decode(),
        "responseHeaders": {"content-type": "text/plain; charset=utf-8"},
        "responseBody": "",
        "responseTruncated": False,
        "durationMs": 12,
        "errorDetail": None,
        "chaos": [],
    }
