"""What the tests of the events face share: fixture ids and the bodies of usual requests."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

DEVCONF, FREE_MEETUP, SOLD_OUT, WAITLIST, LAST_SEAT = (
    f"e1000000-0000-4000-8000-{n:012d}" for n in range(1, 6)
)
JPY_GALA, KWD_FORUM, MULTI_CURRENCY, DRAFT_READY, DRAFT_INCOMPLETE, CANCELLED, COMPLETED = (
    f"e1000000-0000-4000-8000-{n:012d}" for n in range(6, 13)
)
NOT_OPEN, CLOSED = (f"e1000000-0000-4000-8000-{n:012d}" for n in (16, 17))
FESTIVAL, FESTIVAL_DAY, OPEN_HOUSE, APPROVAL, PRIVATE = (
    f"e1000000-0000-4000-8000-{n:012d}" for n in (18, 19, 23, 25, 26)
)
ENTRY = {
    FREE_MEETUP: 9,
    SOLD_OUT: 10,
    WAITLIST: 11,
    LAST_SEAT: 12,
    OPEN_HOUSE: 27,
    APPROVAL: 29,
    CANCELLED: 15,
}
ENTRY |= {COMPLETED: 16, NOT_OPEN: 20, CLOSED: 21, JPY_GALA: 4, KWD_FORUM: 5, MULTI_CURRENCY: 13, DEVCONF: 2}
ENTRY |= {DRAFT_READY: 14, PRIVATE: 30}
TERMS = [{"purpose": "terms", "granted": True}]


def ticket_type(number: int) -> str:
    """Id of a fixture ticket type."""
    return f"e3000000-0000-4000-8000-{number:012d}"


def registration(number: int) -> str:
    """Id of a fixture registration."""
    return f"b1000000-0000-4000-8000-{number:012d}"


def ticket(number: int) -> str:
    """Id of a fixture ticket."""
    return f"b3000000-0000-4000-8000-{number:012d}"


def person(number: int) -> str:
    """Id of a fixture attendee, numbered as the ticket."""
    return f"b2000000-0000-4000-8000-{number:012d}"


def order(event_id: str, email: str = "new@sandbox.example", kind: int = 0, **members: Any) -> Json:
    """A registration for one ticket of the event's usual type; `quantity` for more."""
    item = {"ticketTypeId": ticket_type(kind or ENTRY[event_id]), "quantity": members.pop("quantity", 1)}
    contact = {"name": "Nina New", "email": email}
    return {"eventId": event_id, "contact": contact, "items": [item], "consents": TERMS, **members}


def new_event(**members: Any) -> Json:
    """An event that is complete but for its ticket types."""
    return {
        "name": "Garden Day",
        "format": "in_person",
        "timezone": "Europe/Warsaw",
        "startsAt": "2027-06-14T09:00:00+02:00",
        "endsAt": "2027-06-14T17:00:00+02:00",
        "venue": {"name": "Garden"},
        **members,
    }


def code(answer: Any) -> tuple[int, str]:
    """Status and error code."""
    return answer.status_code, answer.json()["error"]["code"]


def availability(api: Any, event_id: str) -> Json:
    """What the event shows of its places."""
    found: Json = api.get(f"/api/v1/events/{event_id}").json()["availability"]
    return found


def emitted(api: Any) -> list[str]:
    """Types of this face's events that the workspace recorded, in order."""
    recorded = [event["type"] for event in api.workspace.store.find("outbox", None, "id")]
    return [kind for kind in recorded if kind.startswith(("event.", "registration.", "checkin."))]


def put_session(api: Any, event_id: str, **members: Any) -> str:
    """A talk of the event's first hour, put without its rules; `roomId` and status as wanted."""
    event = api.get(f"/api/v1/events/{event_id}").json()
    with api.workspace.transaction() as tx:
        stamp = tx.stamp()
        head = {"id": tx.new_id("session"), "version": 1, "createdAt": stamp, "updatedAt": stamp}
        times = {"startsAt": event["startsAt"], "endsAt": event["startsAt"][:11] + "23:59:00.000Z"}
        speakers = [
            {"speakerId": "a2000000-0000-4000-8000-000000000001", "role": "speaker", "status": "confirmed"}
        ]
        talk = {
            "eventId": event_id,
            "title": "Talk",
            "status": "scheduled",
            "roomId": None,
            "speakers": speakers,
        }
        kept = {
            "cancellationReason": None,
            "attendanceCount": 7,
            "feedbackSummary": None,
            "videoMeeting": None,
        }
        return str(tx.put("session", {**head, **times, **talk, **kept, **members})["id"])
