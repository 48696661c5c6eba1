"""Events: drafts that are published, fill up, and end completed or cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    EventHasRegistrations,
    InsufficientPermissions,
    InvalidStateTransition,
)
from sandbox.kernel.replies import Page
from sandbox.kernel.workspace import Transaction
from sandbox.platform.attendees import attendees
from sandbox.platform.call import Call
from sandbox.platform.event_copies import copy_of
from sandbox.platform.event_life import (
    COMPLETE,
    LIFE,
    cancel_whole,
    complete,
    complete_event_at_end,
    events,
    follow_up,
    leave_series,
    move_event,
    note_ticket_types_changed,
)
from sandbox.platform.event_numbers import statistics
from sandbox.platform.event_rules import check_publishable, lacks
from sandbox.platform.ownership import is_guest
from sandbox.platform.reach import is_within

__all__ = ["JOBS", "LIFE", "events", "note_ticket_types_changed"]

JOBS = {COMPLETE: complete_event_at_end}

CATEGORIES = {
    "conference": "Conference",
    "workshop": "Workshop",
    "meetup": "Meetup",
    "webinar": "Webinar",
    "concert": "Concert",
    "festival": "Festival",
    "training": "Training",
    "community": "Community gathering",
    "other": "Other",
}


def update_event(call: Call, event_id: str, body: Mapping[str, Any]) -> Document:
    """More places go to who waits."""
    return follow_up(call.tx, events.update(call, event_id, body))


def replace_event(call: Call, event_id: str, body: Mapping[str, Any]) -> Document:
    """As update_event, with every member anew."""
    return follow_up(call.tx, events.replace(call, event_id, body))


def delete_event(call: Call, event_id: str) -> None:
    """Drafts only, with what belongs to them."""
    event = events.get(call, event_id)
    _check_nobody_registered(call.tx, event_id)
    LIFE.next(event["status"], "delete")
    events.delete(call, event_id)
    for kind in ("ticket_type", "session", "room"):
        for document in call.tx.find(kind, {"eventId": event_id}):
            call.tx.delete(kind, document["id"])
    leave_series(call.tx, event)


def publish_event(call: Call, event_id: str) -> Document:
    """Open to the public once nothing is missing."""
    event = events.get(call, event_id)
    LIFE.next(event["status"], "publish")
    check_publishable(_missing(call.tx, event))
    events.check_match(call, event)
    return move_event(call.tx, event, "publish", publishedAt=call.tx.stamp())


def unpublish_event(call: Call, event_id: str) -> Document:
    """Back to a draft, while nobody has registered and no part of it is published."""
    event = events.get(call, event_id)
    events.check_match(call, event)
    _check_nobody_registered(call.tx, event_id)
    _check_no_part_is_published(call.tx, event_id)
    draft = move_event(call.tx, event, "unpublish", publishedAt=None)
    call.tx.emit("event.updated", "event", draft, changedFields=["publishedAt", "status"])
    return draft


def cancel_event(call: Call, event_id: str, body: Mapping[str, Any]) -> Document:
    """With its sub-events and every active registration; what was paid goes back."""
    event = events.get(call, event_id)
    events.check_match(call, event)
    by = call.principal.user_id or call.principal.credential_id
    return cancel_whole(call.tx, event, body, by)


def complete_event(call: Call, event_id: str) -> Document:
    """Ended before its time; by itself an event is completed when its end passes."""
    event = events.get(call, event_id)
    events.check_match(call, event)
    return complete(call.tx, event)


def duplicate_event(call: Call, event_id: str, body: Mapping[str, Any] | None = None) -> Document:
    """A draft like it, at another time; ticket types come along unless something else is asked for."""
    return copy_of(call, events.get(call, event_id), body or {})


def get_event_statistics(call: Call, event_id: str) -> dict[str, Any]:
    """What its registrations, tickets and payments amount to now; not for guests."""
    event = events.get(call, event_id)
    if is_guest(call) or not is_within(call, "event", event):
        raise InsufficientPermissions(details="the numbers are for those who organise", target="eventId")
    return statistics(call.tx, event)


def get_event_calendar(call: Call, event_id: str) -> Document:
    """For calendar programs."""
    return events.get(call, event_id)


def list_event_attendees(call: Call, event_id: str) -> Page:
    """As the list of attendees, of one event."""
    events.get(call, event_id)
    return attendees.list(call, eventId=event_id)


def list_sub_events(call: Call, event_id: str) -> Page:
    """The parts of an event that the caller may see."""
    events.get(call, event_id)
    return events.list(call, parentEventId=event_id)


def create_sub_event(call: Call, event_id: str, body: Mapping[str, Any]) -> Document:
    """A draft inside the dates of its parent."""
    events.get(call, event_id)
    if body.get("parentEventId") not in (None, event_id):
        raise BusinessRuleViolation(details="the path names another parent", target="/parentEventId")
    return events.create(call, body, parentEventId=event_id)


def list_event_categories(call: Call) -> dict[str, Any]:
    """Every category with a name to show."""
    return {"data": [{"key": key, "label": label} for key, label in CATEGORIES.items()]}


def _check_nobody_registered(tx: Transaction, event_id: str) -> None:
    if registered := tx.count("registration", {"eventId": event_id}):
        raise EventHasRegistrations(details=f"{registered} registrations; cancel the event instead")


def _check_no_part_is_published(tx: Transaction, event_id: str) -> None:
    if published := tx.count("event", {"parentEventId": event_id, "status": "published"}):
        raise InvalidStateTransition(
            details=f"{published} of its sub-events are published; take them back first"
        )


def _missing(tx: Transaction, event: Document) -> list[tuple[str, str]]:
    """(target, message) for all that keeps an event from being published."""
    missing = lacks(event)
    if not any(kind["status"] == "active" for kind in tx.find("ticket_type", {"eventId": event["id"]})):
        missing.append(("/ticketTypes", "there is no active ticket type"))
    if event["endsAt"] <= tx.stamp():
        missing.append(("/endsAt", f"the event ended at {event['endsAt']}"))
    for kind, member in (("event", "parentEventId"), ("event_series", "seriesId")):
        whole = tx.get(kind, event[member]) if event[member] else None
        if whole is not None and whole["status"] in ("cancelled", "completed"):
            missing.append((f"/{member}", f"the {kind.replace('_', ' ')} it belongs to is {whole['status']}"))
    return missing
