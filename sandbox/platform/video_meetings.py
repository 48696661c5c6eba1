"""Video meetings: where a session is watched; the platform's own, since no video partner is connected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    DuplicateResource,
    IntegrationNotConnected,
    InvalidStateTransition,
    ResourceNotFound,
)
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource
from sandbox.platform.session_life import at_event, sessions

USUAL = {"waitingRoom": False, "recording": "none", "muteOnEntry": True}
OVER = ("cancelled", "completed")
"""Sessions that nobody will watch any more."""
STAGE = "https://live.sandbox.example"

meetings = Resource("video_meeting", indexes=("sessionId",))


def get_video_meeting(call: Call, event_id: str, session_id: str) -> Document:
    """Raises ResourceNotFound where there is none."""
    return _of(call, at_event(call, event_id, session_id))


def create_video_meeting(call: Call, event_id: str, session_id: str, body: Mapping[str, Any]) -> Document:
    """On the platform's own stage; one of a partner's needs the partner."""
    session = at_event(call, event_id, session_id)
    _check_wanted(session, body["provider"])
    made = meetings.create(call, _opened(call, session, body))
    _show(call, session, {member: made[member] for member in ("provider", "joinUrl", "status")})
    return made


def delete_video_meeting(call: Call, event_id: str, session_id: str) -> None:
    """Its address leads nowhere from then on."""
    session = at_event(call, event_id, session_id)
    call.tx.delete("video_meeting", _of(call, session)["id"])
    _show(call, session, None)


def list_recordings(call: Call, event_id: str, session_id: str) -> dict[str, Any]:
    """The platform's own stage records nothing."""
    meeting = call.tx.find("video_meeting", {"sessionId": at_event(call, event_id, session_id)["id"]})
    found = [recording for each in meeting for recording in each["recordings"]]
    return {"data": found, "_links": {"self": {"href": call.path}}}


def _check_wanted(session: Document, provider: str) -> None:
    if session["status"] in OVER:
        raise InvalidStateTransition(details=f"the session is {session['status']}", target="status")
    if session["videoMeeting"] is not None:
        raise DuplicateResource(details="the session has a video meeting", target="sessionId")
    if provider != "none":
        raise IntegrationNotConnected(details=f"{provider} is not connected", target="/provider")


def _of(call: Call, session: Document) -> Document:
    found = call.tx.find("video_meeting", {"sessionId": session["id"]}, limit=1)
    if not found:
        raise ResourceNotFound(details="the session has no video meeting", target="sessionId")
    return found[0]


def _opened(call: Call, session: Document, body: Mapping[str, Any]) -> dict[str, Any]:
    key = call.tx.new_token("video meeting", 12)
    return {
        **body,
        "sessionId": session["id"],
        "settings": {**USUAL, **body.get("settings", {})},
        "externalId": key,
        "joinUrl": f"{STAGE}/{key}",
        "hostUrl": f"{STAGE}/{key}/host",
        "passcode": None,
        "status": "scheduled",
        "registrantsSynced": 0,
        "recordings": [],
    }


def _show(call: Call, session: Document, summary: dict[str, Any] | None) -> None:
    stored = sessions.save(call.tx, session, videoMeeting=summary)
    call.tx.emit("session.updated", "session", stored, changedFields=["videoMeeting"])
