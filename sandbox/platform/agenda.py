"""Agenda: the programme of an event by day and room, and what overlaps in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import combinations, groupby
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.formats.calendar import calendar
from sandbox.formats.table import table
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.platform.calendar_forms import session_entry
from sandbox.platform.call import Call
from sandbox.platform.event_life import events
from sandbox.platform.reach import beyond, is_within
from sandbox.platform.session_life import overlap, sessions

SHOWN = ("id", "title", "type", "track", "startsAt", "endsAt", "status")


def get_event_agenda(call: Call, event_id: str) -> dict[str, Any]:
    """Days as they are where the event takes place."""
    event = events.get(call, event_id)
    zone = ZoneInfo(event["timezone"])
    days = groupby(_planned(call, event), key=lambda each: _local(each, zone).date().isoformat())
    return {"eventId": event_id, "days": [{"date": date, "rooms": _rooms(call, each)} for date, each in days]}


def list_schedule_conflicts(call: Call, event_id: str) -> dict[str, Any]:
    """Sessions at the same time that share a room, a speaker or an attendee."""
    planned = _planned(call, _own(call, event_id))
    chosen = _chosen(call, event_id)
    found = [
        {"kind": kind, "sessions": [one["id"], other["id"]], "subject": subject, "overlapMinutes": shared}
        for one, other in combinations(planned, 2)
        if (shared := overlap(one, other))
        for kind, subject in _shared(one, other, chosen)
    ]
    return {"data": found, "_links": {"self": {"href": call.path}}}


def _own(call: Call, event_id: str) -> Document:
    """An event that the caller's role is for; its plans are nobody else's."""
    event = events.get(call, event_id)
    if not is_within(call, "event", event):
        raise beyond()
    return event


def _planned(call: Call, event: Document) -> list[Document]:
    """In order of time, those that take place and may be seen."""
    found = call.tx.find("session", {"eventId": event["id"]}, "startsAt")
    return [
        each
        for each in found
        if each["startsAt"] and each["status"] != "cancelled" and sessions.sees(call, each)
    ]


def _rooms(call: Call, day: Iterator[Document]) -> list[dict[str, Any]]:
    by_room: dict[str | None, list[dict[str, Any]]] = {}
    for session in day:
        shown = {member: session[member] for member in SHOWN}
        by_room.setdefault(session["roomId"], []).append(shown)
    return [{"roomId": key, "name": _name(call, key), "sessions": held} for key, held in by_room.items()]


def _name(call: Call, room_id: str | None) -> str | None:
    room = call.tx.get("room", room_id) if room_id else None
    return None if room is None else str(room["name"])


def _local(session: Document, zone: ZoneInfo) -> datetime:
    return parse_instant(session["startsAt"]).astimezone(zone)


def _chosen(call: Call, event_id: str) -> dict[str, set[str]]:
    """Attendees by the session they chose."""
    found: dict[str, set[str]] = {}
    for attendee in call.tx.scan("attendee", {"eventId": event_id}):
        for key in attendee.get("sessionIds") or ():
            found.setdefault(key, set()).add(attendee["id"])
    return found


def _shared(one: Document, other: Document, chosen: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    if one["roomId"] is not None and one["roomId"] == other["roomId"]:
        yield "room", one["roomId"]
    for speaker in sorted(set(one["_speakers"]).intersection(other["_speakers"])):
        yield "speaker", speaker
    for attendee in sorted(chosen.get(one["id"], set()) & chosen.get(other["id"], set())):
        yield "attendee", attendee


def _as_calendar(call: Call, agenda: dict[str, Any]) -> bytes:
    """Every session as an entry."""
    event = call.tx.need("event", agenda["eventId"])
    return calendar(event["name"], [session_entry(call.tx, event, each) for each in _planned(call, event)])


def _as_table(_: Call, agenda: dict[str, Any]) -> bytes:
    """One line a session."""
    rows = [
        {"date": day["date"], "roomId": room["roomId"], "room": room["name"], **session}
        for day in agenda["days"]
        for room in day["rooms"]
        for session in room["sessions"]
    ]
    return table(rows, ["date", "room", "startsAt", "endsAt", "title"])


FORMS = {"getEventAgenda": {"ics": _as_calendar, "csv": _as_table}}
