"""The life of a registration: what confirms, promotes, expires and cancels it, and its places with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import InvalidStateTransition, PaymentRequired, RegistrationExpired
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.guest_letters import tell_confirmed, tell_promoted
from sandbox.platform.money import minor_units, money
from sandbox.platform.ownership import is_own, sees_all
from sandbox.platform.places import count_waiting, give_back, places_of, shortage, take
from sandbox.platform.promo_codes import count_use
from sandbox.platform.resource import Resource, at_least, at_most, equals, text
from sandbox.platform.ticket_life import issue_tickets, tickets_of, void_tickets

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
REFUND = "payment.refund_subject"
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
    issue_tickets(tx, registration)
    confirmed = registrations.move(tx, registration, LIFE, "confirm", **changes)
    tell_confirmed(tx, confirmed)
    return confirmed


def confirm_if_settled(tx: Transaction, registration: Document) -> Document:
    """Confirm a pending registration for which nothing is due and nobody has to approve."""
    settled = registration["status"] == "pending" and due_units(registration) <= 0
    return confirm(tx, registration) if settled and not needs_approval(registration) else registration


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
    """Give free places to who waits: the longest waiting first, passing over what does not fit."""
    event = tx.need("event", event_id)
    if not event["availability"]["waitlisted"] or event["status"] != "published":
        return
    for registration in _queue(tx, event_id):
        event = tx.need("event", event_id)
        if event["availability"]["soldOut"]:
            return
        if shortage(tx, event, registration["items"]) is None:
            promote(tx, tx.need("registration", registration["id"]))


def cancel(
    tx: Transaction, registration: Document, reason: str, by: str | None, refund_percent: int = 0
) -> Document:
    """Cancel one: places go back and on to who waits, tickets are void, money goes back by the percentage."""
    cancelled = close(tx, registration, "cancel", reason, by)
    event = tx.need("event", registration["eventId"])
    if registration["status"] == "waitlisted":
        count_waiting(tx, event, -1)
        _close_gap(tx, registration)
    else:
        give_back(tx, event, registration["items"])
    give_money_back(tx, cancelled, "requested_by_customer", refund_percent)
    promote_waiting(tx, event["id"])
    return cancelled


def close(tx: Transaction, registration: Document, action: str, reason: str, by: str | None) -> Document:
    """The registration's own part of being cancelled."""
    LIFE.next(registration["status"], action)
    tx.cancel(EXPIRE, registration["id"])
    if registration["ticketCount"]:
        void_tickets(tx, registration["id"])
    if registration["promoCode"] is not None:
        count_use(tx, registration, -1)
    totals = {**registration["totals"], "due": money(0, registration["currency"])}
    changes = {"cancelledAt": tx.stamp(), "cancelledBy": by, "cancellationReason": reason, "totals": totals}
    gone = {"expiresAt": None, "waitlistPosition": None, "_holder": None}
    return registrations.move(tx, registration, LIFE, action, **changes, **gone)


def give_money_back(tx: Transaction, registration: Document, reason: str, percent: int) -> None:
    """Have the payments of a registration refunded, after this transaction."""
    totals = registration["totals"]
    if percent and minor_units(totals["paid"]) > minor_units(totals["refunded"]):
        payload = {"reason": reason, "subjectType": "registration", "percent": percent}
        tx.schedule(tx.now(), REFUND, registration["id"], **payload)


def expire_registration(tx: Transaction, entry: Document) -> None:
    """Job: a hold lapsed; money that is authorised keeps the places, a part that was paid goes back."""
    registration = tx.get("registration", entry["subject"])
    if registration is None or registration["status"] != "pending":
        return
    if registration["payment"]["status"] != "authorized":
        cancel(tx, registration, TIMEOUT, "system", refund_percent=100)


def count_tickets(tx: Transaction, registration_id: str) -> Document:
    """A ticket was revoked or replaced: count those that admit; who are all in are checked in."""
    registration = tx.need("registration", registration_id)
    count = sum(ticket["status"] != "revoked" for ticket in tickets_of(tx, registration_id))
    if count == registration["ticketCount"] or registration["status"] not in ("confirmed", "checked_in"):
        return registration
    inside = 0 < count <= registration["checkedInCount"]
    action = {("confirmed", True): "check_in", ("checked_in", False): "revert"}
    change = action.get((registration["status"], inside))
    if change is None:
        return registrations.save(tx, registration, ticketCount=count)
    return registrations.move(tx, registration, LIFE, change, ticketCount=count)


def note_entry(tx: Transaction, registration: Document) -> Document:
    """One more person is in; with the last one the registration is checked in."""
    count = registration["checkedInCount"] + 1
    if count >= registration["ticketCount"] and registration["status"] == "confirmed":
        return registrations.move(tx, registration, LIFE, "check_in", checkedInCount=count)
    return registrations.save(tx, registration, checkedInCount=count)


def note_entry_reverted(tx: Transaction, registration: Document) -> Document:
    """One person fewer is in."""
    count = max(registration["checkedInCount"] - 1, 0)
    if registration["status"] == "checked_in":
        return registrations.move(tx, registration, LIFE, "revert", checkedInCount=count)
    return registrations.save(tx, registration, checkedInCount=count)


def _queue(tx: Transaction, event_id: str) -> list[Document]:
    waiting = tx.find("registration", {"eventId": event_id, "status": "waitlisted"})
    return sorted(waiting, key=lambda registration: (registration["waitlistPosition"], registration["id"]))


def _close_gap(tx: Transaction, left: Document) -> None:
    for registration in _queue(tx, left["eventId"]):
        if registration["waitlistPosition"] > left["waitlistPosition"]:
            registrations.save(tx, registration, waitlistPosition=registration["waitlistPosition"] - 1)
