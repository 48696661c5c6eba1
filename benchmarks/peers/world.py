"""The documents of the compared servers, and the rules of a registration, by hand in plain dictionaries."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

FACTS = orjson.loads(Path(os.environ["SANDBOX_BENCH_FACTS"]).read_bytes())
EVENTS: dict[str, dict[str, Any]] = {event["id"]: event for event in FACTS["events"]}
TARGET: dict[str, Any] = FACTS["target"]
TICKET_TYPES: dict[str, dict[str, Any]] = {
    TARGET["ticketTypeId"]: {
        "id": TARGET["ticketTypeId"],
        "status": "active",
        "price": Decimal("0.00"),
        "sold": 0,
    }
}
KEYS = {FACTS["key"]: {"scopes": ["events:read", "registrations:write"]}}
TAKEN: set[tuple[str, str]] = set()
REGISTRATIONS: dict[str, dict[str, Any]] = {}
ATTENDEES: dict[str, dict[str, Any]] = {}
TICKETS: dict[str, dict[str, Any]] = {}
OUTBOX: list[bytes] = []

_sample = FACTS["registration"]


def check_key(key: str) -> dict[str, Any] | None:
    return KEYS.get(key)


def find_event(event_id: str) -> dict[str, Any] | None:
    return EVENTS.get(event_id)


def find_events(limit: int, offset: int) -> dict[str, Any]:
    found = [event for event in EVENTS.values() if event["visibility"] == "public"]
    return {**FACTS["page"], "data": found[offset : offset + limit]}


def register(body: dict[str, Any]) -> dict[str, Any] | None:
    """Price it, take the places, issue the tickets, tell the world; None when that cannot be."""
    event, contact = EVENTS[TARGET["eventId"]], body["contact"]
    key = (body["eventId"], contact["email"].lower())
    purposes = {consent["purpose"] for consent in body.get("consents", ()) if consent["granted"]}
    if body["eventId"] != event["id"] or key in TAKEN or "terms" not in purposes:
        return None
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    items = list(_priced(body["items"]))
    total = f"{sum(Decimal(item['total']['amount']) for item in items):.2f}"
    members = {"contact": contact, "items": items, "createdAt": now, "updatedAt": now, "confirmedAt": now}
    made = {**_sample, **members, "id": str(uuid4()), "code": uuid4().hex[:8].upper()}
    made["totals"] = {name: {"amount": total, "currency": "EUR"} for name in _sample["totals"]}
    made["_links"] = {"self": {"href": f"/api/v1/registrations/{made['id']}"}}
    TAKEN.add(key)
    REGISTRATIONS[made["id"]] = made
    allocated = event["availability"]["allocated"] + len(items)
    EVENTS[event["id"]] = {**event, "availability": {**event["availability"], "allocated": allocated}}
    for item in items:
        _issue(made, item, now)
    for name in ("registration.created", "registration.confirmed"):
        OUTBOX.append(orjson.dumps({"id": str(uuid4()), "type": name, "createdAt": now, "data": made}))
    return made


def _priced(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        kind = TICKET_TYPES[item["ticketTypeId"]]
        price = {"amount": f"{kind['price']:.2f}", "currency": "EUR"}
        total = {"amount": f"{kind['price'] * item['quantity']:.2f}", "currency": "EUR"}
        TICKET_TYPES[kind["id"]] = {**kind, "sold": kind["sold"] + item["quantity"]}
        yield {**item, "unitPrice": price, "total": total, "admits": 1}


def _issue(registration: dict[str, Any], item: dict[str, Any], now: str) -> None:
    for person in item["attendees"]:
        place = {"registrationId": registration["id"], "eventId": registration["eventId"], "createdAt": now}
        attendee = {
            **place,
            **person,
            "id": str(uuid4()),
            "ticketTypeId": item["ticketTypeId"],
            "status": "registered",
        }
        ticket = {
            **place,
            "id": str(uuid4()),
            "attendeeId": attendee["id"],
            "code": uuid4().hex,
            "status": "valid",
        }
        ATTENDEES[attendee["id"]] = attendee
        TICKETS[ticket["id"]] = ticket
