"""Session visits: who was there, and what they thought of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    DuplicateResource,
    FeedbackAlreadySubmitted,
    FeedbackNotOpen,
    InvalidStateTransition,
    SessionFull,
)
from sandbox.kernel.replies import Page
from sandbox.platform.attendees import attendees
from sandbox.platform.call import Call
from sandbox.platform.ownership import is_guest
from sandbox.platform.resource import Resource
from sandbox.platform.session_life import at_event, sessions

FEEDBACK_OPEN_FOR = timedelta(days=14)
BEGUN = ("live", "completed")

attendances = Resource(
    "attendance",
    indexes=("sessionId", "attendeeId"),
    sorts=("joinedAt", "createdAt"),
)
feedback = Resource(
    "feedback",
    plural="feedback",
    indexes=("sessionId", "_attendee"),
    sorts=("submittedAt",),
)


def list_session_attendance(call: Call, event_id: str, session_id: str) -> Page:
    """Everybody who was seen there."""
    at_event(call, event_id, session_id)
    return attendances.list(call, sessionId=session_id)


def record_session_attendance(
    call: Call, event_id: str, session_id: str, body: Mapping[str, Any]
) -> Document:
    """One more, as long as there is room; it is one of the attendee's sessions from now on."""
    session, attendee = at_event(call, event_id, session_id), _attendee(call, event_id, body["attendeeId"])
    _check_attendable(call, session, attendee)
    made = attendances.create(call, _visit(call, session, body))
    sessions.save(call.tx, session, attendanceCount=session["attendanceCount"] + 1)
    theirs = dict.fromkeys([*(attendee.get("sessionIds") or ()), session_id])
    attendees.save(call.tx, attendee, sessionIds=list(theirs))
    return made


def list_session_feedback(call: Call, event_id: str, session_id: str) -> Page:
    """For those who look after the session, and those who held it."""
    _check_holder(call, at_event(call, event_id, session_id))
    return feedback.list(call, sessionId=session_id)


def submit_session_feedback(call: Call, event_id: str, session_id: str, body: Mapping[str, Any]) -> Document:
    """Once for each attendee, from the start until two weeks after the end."""
    session = at_event(call, event_id, session_id)
    _check_open(call, session)
    attendee = _own_attendee(call, event_id, body.get("attendeeId"))
    _check_first(call, session, attendee)
    shown = None if body["anonymous"] else attendee["id"]
    members = {"sessionId": session_id, "attendeeId": shown, "_attendee": attendee["id"]}
    made = feedback.create(call, body, **members, submittedAt=call.tx.stamp())
    sessions.save(call.tx, session, feedbackSummary=_summary(call, session_id))
    return made


def get_feedback_summary(call: Call, event_id: str, session_id: str) -> dict[str, Any]:
    """How many, and how good on the whole."""
    _check_holder(call, at_event(call, event_id, session_id))
    ratings = _ratings(call, session_id)
    counted = Counter(ratings)
    promoters, detractors = counted[5], counted[1] + counted[2] + counted[3]
    return {
        **_summary(call, session_id),
        "distribution": {str(stars): counted[stars] for stars in range(1, 6)},
        "npsLike": round(100 * (promoters - detractors) / len(ratings)) if ratings else None,
    }


def _visit(call: Call, session: Document, body: Mapping[str, Any]) -> dict[str, Any]:
    joined, left = body.get("joinedAt") or call.tx.stamp(), body.get("leftAt")
    if max(joined, left or joined) > call.tx.stamp():
        raise BusinessRuleViolation(details="that is still to come", target="/joinedAt")
    if left is not None and left < joined:
        raise BusinessRuleViolation(details="nobody leaves before they come", target="/leftAt")
    spent = None if left is None else (parse_instant(left) - parse_instant(joined)).total_seconds()
    source = call.principal.client_type
    members = {"sessionId": session["id"], "joinedAt": joined, "leftAt": left, "source": source}
    return {**body, **members, "durationSeconds": None if spent is None else int(spent)}


def _check_attendable(call: Call, session: Document, attendee: Document) -> None:
    """Raises InvalidStateTransition, DuplicateResource or SessionFull."""
    if session["status"] in ("draft", "cancelled"):
        raise InvalidStateTransition(details=f"the session is {session['status']}", target="status")
    if call.tx.count("attendance", {"sessionId": session["id"], "attendeeId": attendee["id"]}):
        raise DuplicateResource(details="the attendee was seen there before", target="/attendeeId")
    if session["capacity"] is not None and session["attendanceCount"] >= session["capacity"]:
        raise SessionFull(details=f"all {session['capacity']} places are taken", target="/attendeeId")


def _check_open(call: Call, session: Document) -> None:
    now, starts, ends = call.tx.stamp(), session["startsAt"], session["endsAt"]
    has_begun = session["status"] in BEGUN or (starts is not None and now >= starts)
    if session["status"] == "cancelled" or not has_begun:
        raise FeedbackNotOpen(details="the session has not begun")
    until = instant(parse_instant(ends) + FEEDBACK_OPEN_FOR)
    if now > until:
        raise FeedbackNotOpen(details=f"feedback was taken until {until}")


def _check_first(call: Call, session: Document, attendee: Document) -> None:
    if call.tx.count("feedback", {"sessionId": session["id"], "_attendee": attendee["id"]}):
        raise FeedbackAlreadySubmitted(details="the attendee has said what they think of the session")


def _check_holder(call: Call, session: Document) -> None:
    """Speakers read what is said of their own sessions; raises ResourceNotFound."""
    if not is_guest(call):
        return
    own = {each["id"] for each in call.tx.find("speaker", {"userId": call.principal.user_id or ""})}
    if not own.intersection(session["_speakers"]):
        raise sessions.not_found(session["id"])


def _attendee(call: Call, event_id: str, attendee_id: str) -> Document:
    """Raises BusinessRuleViolation for somebody who does not come to the event."""
    attendee = call.tx.get("attendee", attendee_id)
    if attendee is None or attendee["eventId"] != event_id or attendee["status"] == "cancelled":
        raise BusinessRuleViolation(details="nobody of that id comes to the event", target="/attendeeId")
    return attendee


def _own_attendee(call: Call, event_id: str, attendee_id: str | None) -> Document:
    """The caller as an attendee; machines and staff name whose feedback they bring."""
    if attendee_id is not None and not is_guest(call):
        return _attendee(call, event_id, attendee_id)
    where = {"eventId": event_id, "userId": call.principal.user_id or ""}
    for registration in call.tx.find("registration", where):
        for attendee in call.tx.find("attendee", {"registrationId": registration["id"]}):
            if attendee["status"] != "cancelled" and attendee_id in (None, attendee["id"]):
                return attendee
    raise BusinessRuleViolation(details="the caller does not come to the event", target="/attendeeId")


def _ratings(call: Call, session_id: str) -> list[int]:
    return [each["rating"] for each in call.tx.find("feedback", {"sessionId": session_id})]


def _summary(call: Call, session_id: str) -> dict[str, Any]:
    ratings = _ratings(call, session_id)
    average = round(sum(ratings) / len(ratings), 2) if ratings else None
    return {"count": len(ratings), "average": average}
