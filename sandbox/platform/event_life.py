"""The life of an event: who may see it in each state, what completes it, and what is cancelled with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.contract.media import MEDIA
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.event_rules import audience, prepared_event
from sandbox.platform.filters import Filter, Predicate
from sandbox.platform.guest_letters import tell_cancelled
from sandbox.platform.ownership import is_guest
from sandbox.platform.places import availability, stock
from sandbox.platform.registration_ends import close, give_money_back
from sandbox.platform.registration_life import ACTIVE
from sandbox.platform.resource import Resource, at_least, at_most, equals, text
from sandbox.platform.ticket_life import expire_tickets
from sandbox.platform.waitlist import promote_waiting

LIFE = TransitionTable(
    "event",
    {
        ("draft", "publish"): "published",
        ("draft", "delete"): "deleted",
        ("published", "unpublish"): "draft",
        ("published", "cancel"): "cancelled",
        ("published", "complete"): "completed",
    },
)
COMPLETE = "event.complete"
LISTED_FOR_PUBLIC = "public"
KNOWN_TO_PUBLIC = ("public", "link")
KNOWN_TO_READERS = ("public", "link", "readers")
OPEN_SESSIONS = ("draft", "scheduled", "live")


def sees_all(call: Call) -> bool:
    """Whether drafts are shown: to organisers and to machines that read events."""
    principal = call.principal
    return principal.has("events:write") or (principal.has("events:read") and not is_guest(call))


def _may_see(call: Call, event: Document) -> bool:
    """The public knows published events, readers private ones too."""
    known = KNOWN_TO_READERS if call.principal.has("events:read") else KNOWN_TO_PUBLIC
    return event.get("_audience") in known


def _listed_for(call: Call) -> dict[str, Any]:
    """Unlisted events are found by their address only, except by readers."""
    readers = call.principal.has("events:read")
    return {"_audience": list(KNOWN_TO_READERS) if readers else LISTED_FOR_PUBLIC}


def _has_room(wanted: bool) -> Predicate:
    return lambda event: event["availability"]["soldOut"] != wanted


def _held_as(wanted: str) -> Predicate:
    """The parameter also says in which form to answer; then it filters nothing."""
    return lambda event: wanted in MEDIA or event["format"] == wanted


events = Resource(
    "event",
    path="/api/v1/events/{eventId}",
    indexes=("status", "slug", "parentEventId", "seriesId", "visibility", "_audience"),
    sorts=("startsAt", "name", "createdAt", "updatedAt"),
    filters={
        "q": text("name", "summary", "description"),
        "status": equals("status"),
        "visibility": equals("visibility"),
        "format": Filter(predicate=_held_as),
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
    visible_where=_listed_for,
    sees_all=sees_all,
    links={"ticketTypes": "/api/v1/events/{id}/ticket-types"},
)


def move_event(tx: Transaction, event: Document, action: str, **members: Any) -> Document:
    """Along the table of its life, seen by whom the new state is for."""
    status = LIFE.next(event["status"], action)
    seen_by = audience(status, event["visibility"])
    moved = events.move(tx, event, LIFE, action, _audience=seen_by, **members)
    if action == "publish":
        complete_at_end(tx, moved)
    else:
        tx.cancel(COMPLETE, event["id"])
    return moved


def complete(tx: Transaction, event: Document) -> Document:
    """It is over: tickets that nobody used expire."""
    completed = move_event(tx, event, "complete", completedAt=tx.stamp())
    expire_tickets(tx, event["id"])
    tx.emit("event.updated", "event", completed, changedFields=["completedAt", "status"])
    return completed


def complete_event_at_end(tx: Transaction, entry: Document) -> None:
    """Job: the event's end has passed."""
    event = tx.get("event", entry["subject"])
    if event is not None and event["status"] == "published":
        complete(tx, event)


def complete_at_end(tx: Transaction, event: Document) -> None:
    """Have a published event completed when its end passes, wherever that lies now."""
    tx.schedule(parse_instant(event["endsAt"]), COMPLETE, event["id"])


def follow_up(tx: Transaction, event: Document) -> Document:
    """After a change: the end may have moved, new places go to who waits. Returns the event as it is now."""
    if event["status"] == "published":
        complete_at_end(tx, event)
        promote_waiting(tx, event["id"])
    return tx.need("event", event["id"])


def leave_series(tx: Transaction, event: Document) -> None:
    """A deleted occurrence is no longer counted; its series may make it anew."""
    series = tx.get("event_series", event["seriesId"] or "")
    if series is not None:
        tx.revise("event_series", series, eventCount=series["eventCount"] - 1)


def note_ticket_types_changed(tx: Transaction, event: Document) -> None:
    """An event's ticket types belong to what its subscribers follow."""
    tx.emit("event.updated", "event", event, changedFields=["ticketTypes"])


def cancel_whole(tx: Transaction, event: Document, asked: Mapping[str, Any], by: str) -> Document:
    """The event first, then its registrations, then its sessions, then its parts."""
    reason, percent = asked["reason"], 0 if asked["refund"] == "none" else 100
    members = {"cancelledAt": tx.stamp(), "cancellationReason": reason}
    empty = availability(event["capacity"], 0)
    cancelled = move_event(tx, event, "cancel", availability=empty, **members)
    for ticket_type in tx.find("ticket_type", {"eventId": event["id"]}):
        tx.revise("ticket_type", ticket_type, **stock(ticket_type["quantity"], 0))
    for registration in tx.find("registration", {"eventId": event["id"], "status": list(ACTIVE)}):
        action = "cancel_with_event" if registration["status"] == "checked_in" else "cancel"
        closed = close(tx, registration, action, f"event cancelled: {reason}"[:500], by)
        give_money_back(tx, closed, "event_cancelled", percent)
        if asked["notify"]:
            tell_cancelled(tx, closed, reason)
    for session in tx.find("session", {"eventId": event["id"], "status": list(OPEN_SESSIONS)}):
        gone = tx.revise("session", session, status="cancelled", cancellationReason=reason)
        tx.emit("session.cancelled", "session", gone)
    for part in tx.find("event", {"parentEventId": event["id"], "status": "published"}):
        cancel_whole(tx, part, asked, by)
    return cancelled
