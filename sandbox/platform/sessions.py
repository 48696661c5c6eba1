"""Sessions: the programme of an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import InvalidStateTransition, ResourceNotFound, SpeakerConflict
from sandbox.kernel.replies import Page
from sandbox.platform.call import Call
from sandbox.platform.event_life import events
from sandbox.platform.guest_letters import tell_speakers
from sandbox.platform.session_life import (
    LIFE,
    at_event,
    check_conflicts,
    hold_by,
    planned,
    sessions,
    with_speaker,
)

FINAL = ("live", "completed")


def list_sessions(call: Call, event_id: str) -> Page:
    """Those the caller may see."""
    events.get(call, event_id)
    return sessions.list(call, eventId=event_id)


def get_session(call: Call, event_id: str, session_id: str) -> Document:
    """One of an event the caller may see."""
    return at_event(call, event_id, session_id)


def replace_session(call: Call, event_id: str, session_id: str, body: Mapping[str, Any]) -> Document:
    """All writable members anew."""
    at_event(call, event_id, session_id)
    return sessions.replace(call, session_id, body)


def delete_session(call: Call, event_id: str, session_id: str) -> None:
    """With all that belongs to it; one that has begun is part of what happened."""
    session = at_event(call, event_id, session_id)
    if session["status"] in FINAL:
        raise InvalidStateTransition(details=f"the session is {session['status']}", target="status")
    sessions.delete(call, session_id)
    for kind in ("material", "video_meeting", "attendance", "feedback"):
        for each in call.tx.find(kind, {"sessionId": session_id}):
            call.tx.delete("material_content", each["id"])
            call.tx.delete(kind, each["id"])


def schedule_session(call: Call, event_id: str, session_id: str, body: Mapping[str, Any]) -> Document:
    """Give it a time, and a room if one is named."""
    session = at_event(call, event_id, session_id)
    sessions.check_match(call, session)
    LIFE.next(session["status"], "schedule")
    return sessions.move(call.tx, session, LIFE, "schedule", **planned(call.tx, session, body))


def cancel_session(call: Call, event_id: str, session_id: str, body: Mapping[str, Any]) -> Document:
    """It stays on the programme as cancelled."""
    at_event(call, event_id, session_id)
    cancelled = sessions.act(call, session_id, LIFE, "cancel", cancellationReason=body["reason"])
    if body["notify"]:
        tell_speakers(call.tx, cancelled, body["reason"])
    return cancelled


def start_session(call: Call, event_id: str, session_id: str) -> Document:
    """From now on it is live."""
    at_event(call, event_id, session_id)
    return sessions.act(call, session_id, LIFE, "start")


def end_session(call: Call, event_id: str, session_id: str) -> Document:
    """It is over."""
    at_event(call, event_id, session_id)
    return sessions.act(call, session_id, LIFE, "end")


def get_session_calendar(call: Call, event_id: str, session_id: str) -> Document:
    """For calendar programs."""
    return at_event(call, event_id, session_id)


def list_session_speakers(call: Call, event_id: str, session_id: str) -> dict[str, Any]:
    """In the order in which they are announced."""
    session = at_event(call, event_id, session_id)
    return {"data": session["speakers"], "_links": {"self": {"href": call.path}}}


def assign_session_speaker(
    call: Call, event_id: str, session_id: str, speaker_id: str, body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Ask somebody to hold it; saying it twice changes nothing."""
    session = at_event(call, event_id, session_id)
    call.tx.need("speaker", speaker_id, "speakerId")
    if session["status"] in ("completed", "cancelled"):
        raise InvalidStateTransition(details=f"the session is {session['status']}", target="status")
    _check_free(call, session, speaker_id)
    held = hold_by(call.tx, session, with_speaker(session, speaker_id, body or {}))
    return next(each for each in held["speakers"] if each["speakerId"] == speaker_id)


def unassign_session_speaker(call: Call, event_id: str, session_id: str, speaker_id: str) -> None:
    """They do not hold it any more."""
    session = at_event(call, event_id, session_id)
    others = [each for each in session["speakers"] if each["speakerId"] != speaker_id]
    if len(others) == len(session["speakers"]):
        raise ResourceNotFound(details="the speaker does not hold the session", target="speakerId")
    hold_by(call.tx, session, others)


def _check_free(call: Call, session: Document, speaker_id: str) -> None:
    """Raises SpeakerConflict; rooms are not asked about again."""
    if speaker_id not in session["_speakers"]:
        try:
            check_conflicts(call.tx, {**session, "roomId": None, "_speakers": [speaker_id]})
        except SpeakerConflict as conflict:
            conflict.target = "speakerId"
            raise
