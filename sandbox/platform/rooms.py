"""Rooms: where the sessions of an event take place."""

from __future__ import annotations

from sandbox.platform.event_life import events
from sandbox.platform.resource import Resource, text

rooms = Resource(
    "room",
    path="/api/v1/events/{eventId}/rooms/{roomId}",
    indexes=("eventId",),
    sorts=("name", "createdAt"),
    filters={"q": text("name", "floor")},
    parent=("event", "eventId"),
    within=events,
    unique=(("eventId", "name"),),
    used_by=[("session", "roomId")],
)
