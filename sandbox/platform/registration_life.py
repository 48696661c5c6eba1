"""The life of a registration: its table, how long a place is held for it, and what confirms it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import PaymentRequired, RegistrationExpired
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.guest_letters import tell_confirmed
from sandbox.platform.money import minor_units
from sandbox.platform.ownership import is_own, sees_all
from sandbox.platform.places import places_of
from sandbox.platform.resource import Resource, at_least, at_most, equals, text
from sandbox.platform.ticket_life import expire_tickets, issue_tickets

LIFE = TransitionTable(
    "registration",
    {
        ("pending", "confirm"): "confirmed",
        ("pending", "cancel"): "cancelled",
        ("waitlisted", "promote"): "pending",
        ("waitlisted", "cancel"): "cancelled",
        ("confirmed", "check_in"): "checked_in",
        ("confirmed", "cancel"): "cancelled",
        ("checked_in", "revert"): "confirmed",
        ("checked_in", "cancel_with_event"): "cancelled",
    },
    by_itself=("cancel_with_event",),
)
ACTIVE = ("pending", "confirmed", "waitlisted", "checked_in")
EXPIRE = "registration.expire"
TIMEOUT = "payment_timeout"

registrations = Resource(
    "registration",
    path="/api/v1/registrations/{registrationId}",
    indexes=("eventId", "status", "userId", "contact.email", "externalRef", "_holder"),
    sorts=("createdAt", "updatedAt", "code"),
    filters={
        "eventId": equals("eventId"),
        "status": equals("status"),
        "userId": equals("userId"),
        "paymentStatus": equals("payment.status"),
        "createdAfter": at_least("createdAt"),
        "createdBefore": at_most("createdAt"),
        "updatedSince": at_least("updatedAt"),
        "q": text("code", "contact.name", "contact.email", "contact.company"),
        "externalRef": equals("externalRef"),
    },
    unique=(("_owner", "externalRef"),),
    emits={
        "create": "registration.created",
        "update": "registration.updated",
        "confirm": "registration.confirmed",
        "promote": "registration.promoted",
        "cancel": "registration.cancelled",
        "cancel_with_event": "registration.cancelled",
    },
    visible=is_own,
    sees_all=sees_all,
    links={"tickets": "/api/v1/registrations/{id}/tickets"},
)


def due_units(registration: Mapping[str, Any]) -> int:
    """What is still to be paid, in minor units."""
    return minor_units(registration["totals"]["due"])


def needs_approval(registration: Mapping[str, Any]) -> bool:
    """Whether somebody has yet to say yes."""
    return bool(registration["_approval"]) and registration["approvedAt"] is None


def hold_until(tx: Transaction, event: Mapping[str, Any]) -> str:
    """When a hold that starts now lapses."""
    return instant(tx.now() + timedelta(minutes=event["registration"]["holdMinutes"]))


def keep_hold(tx: Transaction, registration: Document) -> None:
    """Let the places go by themselves when the hold lapses."""
    tx.schedule(parse_instant(registration["expiresAt"]), EXPIRE, registration["id"])


def awaits_approval_to_pay(registration: Mapping[str, Any]) -> bool:
    """Whether somebody has to say yes before it is paid."""
    return (
        registration["status"] == "pending" and needs_approval(registration) and due_units(registration) > 0
    )


def approve(tx: Transaction, registration: Document) -> Document:
    """Somebody said yes: from now on the places are held for payment."""
    expires = hold_until(tx, tx.need("event", registration["eventId"]))
    approved = registrations.save(tx, registration, approvedAt=tx.stamp(), expiresAt=expires)
    keep_hold(tx, approved)
    tx.emit("registration.updated", "registration", approved, changedFields=["approvedAt", "expiresAt"])
    return approved


def require_confirmable(registration: Mapping[str, Any]) -> None:
    """Raises RegistrationExpired or InvalidStateTransition for one that cannot be confirmed."""
    if registration["cancellationReason"] == TIMEOUT:
        raise RegistrationExpired(details=f"the hold lapsed at {registration['cancelledAt']}")
    LIFE.next(registration["status"], "confirm")


def confirm(tx: Transaction, registration: Document, **members: Any) -> Document:
    """Confirm and issue tickets; raises InvalidStateTransition, RegistrationExpired, PaymentRequired."""
    require_confirmable(registration)
    changes = {
        "expiresAt": None,
        "confirmedAt": tx.stamp(),
        "ticketCount": places_of(registration["items"]),
        **members,
    }
    if due_units({**registration, **members}) > 0:
        due = registration["totals"]["due"]
        raise PaymentRequired(details=f"{due['amount']} {due['currency']} are due")
    tx.cancel(EXPIRE, registration["id"])
    if not registration["ticketCount"]:  # unless they were handed out before the money came
        issue_tickets(tx, registration)
        if tx.need("event", registration["eventId"])["status"] == "completed":
            expire_tickets(tx, registration["eventId"])
    confirmed = registrations.move(tx, registration, LIFE, "confirm", **changes)
    tell_confirmed(tx, confirmed)
    return confirmed


def confirm_if_settled(tx: Transaction, registration: Document) -> Document:
    """Confirm a pending registration for which nothing is due and nobody has to approve."""
    settled = registration["status"] == "pending" and due_units(registration) <= 0
    return confirm(tx, registration) if settled and not needs_approval(registration) else registration
