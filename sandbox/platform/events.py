"""Events: drafts that are published, fill up, and end completed or cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    EventHasRegistrations,
    EventNotPublishable,
    FieldError,
)
from sandbox.kernel.replies import Page
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.event_rules import prepared_event
from sandbox.platform.filters import Filter, Predicate
from sandbox.platform.ownership import is_guest
from sandbox.platform.places import availability, stock, touch
from sandbox.platform.registration_life import (
    ACTIVE,
    close,
    give_money_back,
    promote_waiting,
)
from sandbox.platform.resource import Resource, at_least, at_most, equals, text

LIFE = TransitionTable(
    "event",
    {
        ("draft", "publish"): "published",
        ("draft", "delete"): "deleted",
        ("published", "cancel"): "cancelled",
        ("published", "complete"): "completed",
    },
)
COMPLETE = "event.complete"


def _may_see(call: Call, event: Document) -> bool:
    """The public sees published events, readers private ones too; drafts are for organisers."""
    if _sees_all(call):
        return True
    if not call.principal.has("events:read"):
        return bool(event["status"] == "published" and event["visibility"] != "private")
    return bool(event["status"] != "draft")


def _sees_all(call: Call) -> bool:
    principal = call.principal
    return principal.has("events:write") or (principal.has("events:read") and not is_guest(call))


def _has_room(wanted: bool) -> Predicate:
    return lambda event: event["availability"]["soldOut"] != wanted


events = Resource(
    "event",
    path="/api/v1/events/{eventId}",
    type_code="e1",
    indexes=("status", "slug", "parentEventId", "visibility"),
    sorts=("startsAt", "name", "createdAt", "updatedAt"),
    filters={
        "q": text("name", "summary", "description"),
        "status": equals("status"),
        "visibility": equals("visibility"),
        "format": equals("format"),
        "category": equals("category"),
        "tag": equals("tags"),
        "seriesId": equals("seriesId"),
        "parentEventId": equals("parentEventId"),
        "organizerId": equals("organizerId"),
        "country": equals("venue.country"),
        "city": equals("venue.city"),
        "startsAfter": at_least("startsAt"),
        "startsBefore": at_most("startsAt"),
        "updatedSince": at_least("updatedAt"),
        "hasAvailability": Filter(predicate=_has_room),
        "currency": equals("currencies"),
        "language": equals("language"),
    },
    unique=(("slug",),),
    used_by=[("event", "parentEventId")],
    emits={
        "create": "event.created",
        "update": "event.updated",
        "publish": "event.published",
        "cancel": "event.cancelled",
    },
    prepare=prepared_event,
    visible=_may_see,
    sees_all=_sees_all,
    links={"ticketTypes": "/api/v1/events/{id}/ticket-types"},
)


def list_events(call: Call) -> Page:
    """Unlisted events are found by their address only."""
    if not call.principal.has("events:read"):
        return events.list(call, [lambda event: event["visibility"] == "public"])
    return events.list(call)


def update_event(call: Call, event_id: str, body: Mapping[str, Any]) -> Document:
    """More places go to who waits."""
    return _follow_up(call.tx, events.update(call, event_id, body))


def replace_event(call: Call, event_id: str, body: Mapping[str, Any]) -> Document:
    """As update_event, with every member anew."""
    return _follow_up(call.tx, events.replace(call, event_id, body))


def delete_event(call: Call, event_id: str) -> None:
    """Drafts only, with their ticket types."""
    event = events.get(call, event_id)
    if registered := call.tx.count("registration", {"eventId": event_id}):
        raise EventHasRegistrations(details=f"{registered} registrations; cancel the event instead")
    LIFE.next(event["status"], "delete")
    events.delete(call, event_id)
    for ticket_type in call.tx.find("ticket_type", {"eventId": event_id}):
        call.tx.delete("ticket_type", ticket_type["id"])


def publish_event(call: Call, event_id: str) -> Document:
    """Open to the public once nothing is missing."""
    event = events.get(call, event_id)
    LIFE.next(event["status"], "publish")
    if missing := _missing(call.tx, event):
        faults = [FieldError("EVENT_NOT_PUBLISHABLE", target, message) for target, message in missing]
        details = "; ".join(message for _, message in missing)
        raise EventNotPublishable(details=details, target=missing[0][0], errors=faults)
    published = events.act(call, event_id, LIFE, "publish", publishedAt=call.tx.stamp())
    _complete_at_end(call.tx, published)
    return published


def cancel_event(call: Call, event_id: str, body: Mapping[str, Any]) -> Document:
    """With its sub-events and every active registration; what was paid goes back."""
    event = events.get(call, event_id)
    events.check_match(call, event)
    by = call.principal.user_id or call.principal.credential_id
    percent = 0 if body["refund"] == "none" else 100
    return _cancel_whole(call.tx, event, body["reason"], by, percent)


def complete_event(tx: Transaction, entry: Document) -> None:
    """Job: the event's end has passed."""
    event = tx.get("event", entry["subject"])
    if event is not None and event["status"] == "published":
        completed = events.move(tx, event, LIFE, "complete", completedAt=tx.stamp())
        tx.emit("event.updated", "event", completed, changedFields=["completedAt", "status"])


JOBS = {COMPLETE: complete_event}


def note_ticket_types_changed(tx: Transaction, event: Document) -> None:
    """An event's ticket types belong to what its subscribers follow."""
    tx.emit("event.updated", "event", event, changedFields=["ticketTypes"])


def _follow_up(tx: Transaction, event: Document) -> Document:
    if event["status"] == "published":
        _complete_at_end(tx, event)
        promote_waiting(tx, event["id"])
    return tx.need("event", event["id"])


def _complete_at_end(tx: Transaction, event: Document) -> None:
    tx.schedule(parse_instant(event["endsAt"]), COMPLETE, event["id"])


def _missing(tx: Transaction, event: Document) -> list[tuple[str, str]]:
    """(target, message) for all that keeps an event from being published."""
    missing = []
    if event["format"] != "virtual" and event["venue"] is None:
        missing.append(("/venue", "a venue is missing"))
    if event["format"] != "in_person" and event["onlineUrl"] is None:
        missing.append(("/onlineUrl", "an online address is missing"))
    if not any(kind["status"] == "active" for kind in tx.find("ticket_type", {"eventId": event["id"]})):
        missing.append(("/ticketTypes", "there is no active ticket type"))
    if event["endsAt"] <= tx.stamp():
        missing.append(("/endsAt", f"the event ended at {event['endsAt']}"))
    parent = tx.get("event", event["parentEventId"]) if event["parentEventId"] else None
    if parent is not None and parent["status"] in ("cancelled", "completed"):
        missing.append(("/parentEventId", f"the parent is {parent['status']}"))
    return missing


def _cancel_whole(tx: Transaction, event: Document, reason: str, by: str, percent: int) -> Document:
    """The event first, then its registrations, then its parts."""
    members = {"cancelledAt": tx.stamp(), "cancellationReason": reason}
    empty = availability(event["capacity"], 0)
    cancelled = events.move(tx, event, LIFE, "cancel", availability=empty, **members)
    tx.cancel(COMPLETE, event["id"])
    for ticket_type in tx.find("ticket_type", {"eventId": event["id"]}):
        touch(tx, "ticket_type", ticket_type, **stock(ticket_type["quantity"], 0))
    for registration in tx.find("registration", {"eventId": event["id"], "status": list(ACTIVE)}):
        action = "cancel_with_event" if registration["status"] == "checked_in" else "cancel"
        closed = close(tx, registration, action, f"event cancelled: {reason}"[:500], by)
        give_money_back(tx, closed, "event_cancelled", percent)
    for part in tx.find("event", {"parentEventId": event["id"], "status": "published"}):
        _cancel_whole(tx, part, reason, by, percent)
    return cancelled
