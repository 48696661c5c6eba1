"""The waitlist of an event: who waits longest gets what is free, passing over what does not fit."""

from __future__ import annotations

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import InvalidStateTransition
from sandbox.kernel.workspace import Transaction
from sandbox.platform.guest_letters import tell_promoted
from sandbox.platform.places import count_waiting, shortage, take
from sandbox.platform.registration_life import (
    LIFE,
    confirm_if_settled,
    due_units,
    hold_until,
    keep_hold,
    needs_approval,
    registrations,
)


def promote(tx: Transaction, registration: Document) -> Document:
    """From the waitlist to a place; raises EventSoldOut, TicketTypeSoldOut or InvalidStateTransition."""
    LIFE.next(registration["status"], "promote")
    event = tx.need("event", registration["eventId"])
    if event["status"] != "published":
        raise InvalidStateTransition(details=f"the event is {event['status']}", target="eventId")
    event = take(tx, event, registration["items"], from_waitlist=True)
    held = due_units(registration) > 0 and not needs_approval(registration)
    expires = hold_until(tx, event) if held else None
    promoted = registrations.move(tx, registration, LIFE, "promote", waitlistPosition=None, expiresAt=expires)
    if held:
        keep_hold(tx, promoted)
    tell_promoted(tx, promoted)
    _close_gap(tx, registration)
    return confirm_if_settled(tx, promoted)


def promote_waiting(tx: Transaction, event_id: str) -> None:
    """Give free places to who waits: in the order of the queue."""
    event = tx.need("event", event_id)
    if not event["availability"]["waitlisted"] or event["status"] != "published":
        return
    for registration in _queue(tx, event_id):
        event = tx.need("event", event_id)
        if event["availability"]["soldOut"]:
            return
        if shortage(tx, event, registration["items"]) is None:
            promote(tx, tx.need("registration", registration["id"]))


def leave_waitlist(tx: Transaction, registration: Document) -> None:
    """One fewer waits; who stood behind moves up."""
    count_waiting(tx, tx.need("event", registration["eventId"]), -1)
    _close_gap(tx, registration)


def _queue(tx: Transaction, event_id: str) -> list[Document]:
    waiting = tx.find("registration", {"eventId": event_id, "status": "waitlisted"})
    return sorted(waiting, key=lambda registration: (registration["waitlistPosition"], registration["id"]))


def _close_gap(tx: Transaction, left: Document) -> None:
    for registration in _queue(tx, left["eventId"]):
        if registration["waitlistPosition"] > left["waitlistPosition"]:
            registrations.save(tx, registration, waitlistPosition=registration["waitlistPosition"] - 1)
