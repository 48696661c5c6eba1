"""Copies of events: the same draft at another time, with as much of what belongs to it as is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import InvalidDateRange
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.event_life import events
from sandbox.platform.event_rules import SERVER_SET
from sandbox.platform.places import stock

OF_THE_ORIGINAL = (
    *SERVER_SET,
    "id",
    "version",
    "createdAt",
    "updatedAt",
    "slug",
    "availability",
    "_audience",
)
HEAD = ("id", "version", "createdAt", "updatedAt")


def copy_of(call: Call, original: Document, wishes: Mapping[str, Any]) -> Document:
    """The copy, stored as a new draft; every time in it moves along with the start."""
    starts = wishes.get("startsAt") or original["startsAt"]
    moved = parse_instant(starts) - parse_instant(original["startsAt"])
    members = {member: value for member, value in original.items() if member not in OF_THE_ORIGINAL}
    members |= {"name": wishes.get("name") or original["name"]}
    members |= {member: later(original[member], moved) for member in ("startsAt", "endsAt")}
    rules = original["registration"]
    window = {member: later(rules[member], moved) for member in ("opensAt", "closesAt")}
    copy = events.create(call, {**members, "registration": {**rules, **window}})
    include = wishes.get("include", ["ticket_types"])
    if "ticket_types" in include:
        _copy_ticket_types(call.tx, original, copy, moved)
    rooms = _copy_rooms(call.tx, original, copy) if "rooms" in include else {}
    if "sessions" in include:
        _copy_sessions(call.tx, original, copy, moved, rooms)
    return copy


def later(at: str | None, by: timedelta) -> str | None:
    """The instant moved, if there is one; raises InvalidDateRange where that is none."""
    try:
        return None if at is None else instant(parse_instant(at) + by)
    except OverflowError:
        raise InvalidDateRange(details="that is beyond all years", target="/startsAt") from None


def _copy_ticket_types(tx: Transaction, original: Document, copy: Document, moved: timedelta) -> None:
    for kind in tx.find("ticket_type", {"eventId": original["id"]}):
        sale = {member: later(kind[member], moved) for member in ("salesStartsAt", "salesEndsAt")}
        _put_copy(tx, "ticket_type", {**kind, **sale, **stock(kind["quantity"], 0), "eventId": copy["id"]})


def _copy_rooms(tx: Transaction, original: Document, copy: Document) -> dict[str, str]:
    """Ids of the new rooms by those of the old."""
    rooms = tx.find("room", {"eventId": original["id"]})
    return {room["id"]: _put_copy(tx, "room", {**room, "eventId": copy["id"]})["id"] for room in rooms}


def _copy_sessions(
    tx: Transaction, original: Document, copy: Document, moved: timedelta, rooms: Mapping[str, str]
) -> None:
    """Planned anew: nobody has attended or met, and who spoke is asked again."""
    for session in tx.find("session", {"eventId": original["id"]}):
        times = {member: later(session.get(member), moved) for member in ("startsAt", "endsAt")}
        asked = [{**speaker, "status": "invited"} for speaker in session.get("speakers", ())]
        unused = {"videoMeeting": None, "attendanceCount": 0, "feedbackSummary": None}
        fresh = {"cancellationReason": None, "status": "scheduled" if times["startsAt"] else "draft"}
        place = {"eventId": copy["id"], "roomId": rooms.get(session.get("roomId") or "")}
        stored = _put_copy(tx, "session", {**session, **times, **unused, **fresh, **place, "speakers": asked})
        tx.emit("session.created", "session", stored)


def _put_copy(tx: Transaction, kind: str, document: Mapping[str, Any]) -> Document:
    members = {member: value for member, value in document.items() if member not in HEAD}
    stamp = tx.stamp()
    head = {"id": tx.new_id(kind), "version": 1, "createdAt": stamp, "updatedAt": stamp}
    return tx.put(kind, {**head, **members})
