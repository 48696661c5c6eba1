"""Locations: where appointments take place."""

from __future__ import annotations

from typing import Any

from sandbox.kernel.documents import Document
from sandbox.platform.call import Call
from sandbox.platform.changes import tell_quietly
from sandbox.platform.moves import cancel_all_at
from sandbox.platform.resource import Resource, at_least, equals, same_text, text
from sandbox.platform.schedules import schedules
from sandbox.platform.zones import check_zone


def _prepare(_: Call, document: dict[str, Any], __: Document | None) -> dict[str, Any]:
    check_zone(document["timezone"])
    return document


locations = Resource(
    "location",
    path="/api/v1/locations/{locationId}",
    indexes=("status", "country", "name"),
    sorts=("name", "createdAt"),
    filters={
        "q": text("name", "city"),
        "status": equals("status"),
        "city": same_text("city"),
        "country": equals("country"),
        "updatedSince": at_least("updatedAt"),
    },
    unique=(("name", "city"),),
    emits={"update": "location.updated"},
    used_by=[("assignment", "locationId")],
    prepare=_prepare,
)


def update_location(call: Call, location_id: str, body: dict[str, Any]) -> Document:
    """A new time zone is that of every schedule held there; who closes cancels what has not begun."""
    before = locations.get(call, location_id)
    after = locations.update(call, location_id, body)
    if after["timezone"] != before["timezone"]:
        _move_hours(call, after)
    if after["status"] == "inactive" != before["status"]:
        cancel_all_at(call.tx, location_id)
    return after


def _move_hours(call: Call, location: Document) -> None:
    """The hours stay what they are on the wall."""
    for assignment in call.tx.find("assignment", {"locationId": location["id"]}):
        hours = call.tx.need("schedule", assignment["id"])
        moved = schedules.save(call.tx, hours, timezone=location["timezone"])
        tell_quietly(call.tx, "schedule", moved, "timezone")
