"""The life of a session: when and where it is, who holds it, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    DomainError,
    EventCancelled,
    InvalidStateTransition,
    RoomConflict,
    SessionOutsideEvent,
    SpeakerConflict,
)
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.event_life import events
from sandbox.platform.event_life import sees_all as sees_all_of_events
from sandbox.platform.resource import Resource, at_least, at_most, equals, text

LIFE = TransitionTable(
    "session",
    {
        ("draft", "schedule"): "scheduled",
        ("scheduled", "schedule"): "scheduled",
        ("scheduled", "start"): "live",
        ("live", "end"): "completed",
        ("draft", "cancel"): "cancelled",
        ("scheduled", "cancel"): "cancelled",
    },
)
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=12)
BLANK: dict[str, Any] = {
    "abstract": None,
    "track": None,
    "language": None,
    "startsAt": None,
    "endsAt": None,
    "roomId": None,
    "capacity": None,
    "speakers": [],
    "videoMeeting": None,
    "attendanceCount": 0,
    "feedbackSummary": None,
    "cancellationReason": None,
    "_speakers": [],
}
OVER = ("cancelled",)


def _prepare(call: Call, document: dict[str, Any], before: Document | None) -> dict[str, Any]:
    accepted = document.pop("allowConflicts", False)
    prepared = {**BLANK, **document}
    event = call.tx.need("event", prepared["eventId"])
    if event["status"] == "cancelled":
        raise EventCancelled(details=f"the event was cancelled at {event['cancelledAt']}", target="eventId")
    if before is not None:
        _check_changeable(prepared, before)
    check_times(event, prepared)
    _check_room(call.tx, prepared)
    if not accepted and _is_planned_anew(prepared, before):
        check_conflicts(call.tx, prepared)
    if before is None or before["status"] in ("draft", "scheduled"):
        prepared["status"] = "scheduled" if prepared["startsAt"] else "draft"
    return prepared


def _check_changeable(prepared: Mapping[str, Any], before: Document) -> None:
    """Raises InvalidStateTransition: what is cancelled stays so, what has begun stays where it is, and what
    has a time keeps one."""
    if before["status"] == "cancelled":
        raise InvalidStateTransition(details="the session is cancelled", target="status")
    if any(prepared[member] != before[member] for member in ("startsAt", "endsAt", "roomId")):
        LIFE.next(before["status"], "schedule")
    if before["startsAt"] is not None and prepared["startsAt"] is None:
        raise InvalidStateTransition(
            details="a planned session keeps a time, or is cancelled", target="/startsAt"
        )


def _is_planned_anew(prepared: Mapping[str, Any], before: Document | None) -> bool:
    """Whether what conflicts depend on changed: a session that was let stand is not refused later."""
    planned = ("startsAt", "endsAt", "roomId", "_speakers")
    return before is None or any(prepared[member] != before[member] for member in planned)


def _may_see(call: Call, session: Document) -> bool:
    """The public sees what is planned."""
    return bool(session["status"] != "draft")


sessions = Resource(
    "session",
    path="/api/v1/events/{eventId}/sessions/{sessionId}",
    indexes=("eventId", "status", "roomId", "track", "_speakers"),
    sorts=("startsAt", "title", "createdAt"),
    filters={
        "status": equals("status"),
        "type": equals("type"),
        "track": equals("track"),
        "roomId": equals("roomId"),
        "speakerId": equals("_speakers"),
        "startsAfter": at_least("startsAt"),
        "startsBefore": at_most("startsAt"),
        "q": text("title", "abstract", "track"),
    },
    parent=("event", "eventId"),
    emits={
        "create": "session.created",
        "update": "session.updated",
        "schedule": "session.updated",
        "start": "session.updated",
        "end": "session.updated",
        "cancel": "session.cancelled",
    },
    prepare=_prepare,
    visible=_may_see,
    sees_all=sees_all_of_events,
)


def at_event(call: Call, event_id: str, session_id: str) -> Document:
    """A session of an event that the caller may see; raises ResourceNotFound."""
    events.get(call, event_id)
    return sessions.get(call, session_id, eventId=event_id)


def check_times(event: Document, session: Mapping[str, Any]) -> None:
    """Both or none, of a sensible length, within the event; raises what says that they are not."""
    starts, ends = session["startsAt"], session["endsAt"]
    if starts is None and ends is None:
        return
    if starts is None or ends is None:
        raise BusinessRuleViolation(details="startsAt and endsAt come together", target="/endsAt")
    if not SHORTEST <= parse_instant(ends) - parse_instant(starts) <= LONGEST:
        raise BusinessRuleViolation(details="a session lasts 5 minutes to 12 hours", target="/endsAt")
    if starts < event["startsAt"] or ends > event["endsAt"]:
        within = f"{event['startsAt']} to {event['endsAt']}"
        raise SessionOutsideEvent(details=f"the event lasts from {within}", target="/startsAt")


def planned(tx: Transaction, session: Document, wish: Mapping[str, Any]) -> dict[str, Any]:
    """What a plan changes; raises what stands in its way."""
    changes = {member: value for member, value in wish.items() if member != "allowConflicts"}
    after = {**session, **changes}
    check_times(tx.need("event", session["eventId"]), after)
    _check_room(tx, after)
    if not wish.get("allowConflicts"):
        check_conflicts(tx, after)
    return changes


def _check_room(tx: Transaction, session: Mapping[str, Any]) -> None:
    if session["roomId"] is not None:
        room = tx.get("room", session["roomId"])
        if room is None or room["eventId"] != session["eventId"]:
            raise BusinessRuleViolation(details="the room is not one of the event", target="/roomId")


def check_conflicts(tx: Transaction, session: Mapping[str, Any]) -> None:
    """Raises RoomConflict or SpeakerConflict for the first session in the way."""
    for other in _at_the_same_time(tx, session, {"roomId": session["roomId"]}):
        raise _conflict(RoomConflict, other, "the room is taken by")
    for speaker in session["_speakers"]:
        for other in _at_the_same_time(tx, session, {"_speakers": speaker}):
            raise _conflict(SpeakerConflict, other, "a speaker is at")


def overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """Minutes that two sessions have in common."""
    starts, ends = max(one["startsAt"], other["startsAt"]), min(one["endsAt"], other["endsAt"])
    return max(0, int((parse_instant(ends) - parse_instant(starts)).total_seconds() // 60))


def _at_the_same_time(
    tx: Transaction, session: Mapping[str, Any], where: Mapping[str, Any]
) -> Iterator[Document]:
    if session["startsAt"] is None or None in where.values():
        return
    for other in tx.find("session", where):
        meets = other["startsAt"] is not None and overlap(session, other) > 0
        if meets and other["id"] != session.get("id") and other["status"] not in OVER:
            yield other


def _conflict(kind: type[DomainError], other: Document, why: str) -> DomainError:
    links = {"conflict": {"href": sessions.address(other)}}
    return kind(details=f"{why} '{other['title']}'", target="/startsAt", links=links)


# who holds it


def with_speaker(session: Document, speaker_id: str, wish: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The speakers with one more, or with this one in another part."""
    others = [each for each in session["speakers"] if each["speakerId"] != speaker_id]
    known = next((each for each in session["speakers"] if each["speakerId"] == speaker_id), None)
    part = {"speakerId": speaker_id, "role": "speaker", "status": "confirmed", "position": len(others) + 1}
    return sorted(
        [*others, {**part, **(known or {}), **wish}], key=lambda each: (each["position"], each["speakerId"])
    )


def hold_by(tx: Transaction, session: Document, speakers: list[dict[str, Any]]) -> Document:
    """Save who holds it; tells of the change."""
    keys = [each["speakerId"] for each in speakers]
    if (speakers, keys) == (session["speakers"], session["_speakers"]):
        return session
    stored = sessions.save(tx, session, speakers=speakers, _speakers=keys)
    tx.emit("session.updated", "session", stored, changedFields=["speakers"])
    return stored
