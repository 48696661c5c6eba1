"""What stands before a registration: the window, consents, one per person; and the draft that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    ConsentRequired,
    DuplicateRegistration,
    EventCancelled,
    RegistrationWindowClosed,
)
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.money import minor_units
from sandbox.platform.ownership import is_guest
from sandbox.platform.places import count_waiting, places_of, shortage, take
from sandbox.platform.pricing import Order
from sandbox.platform.registration_life import hold_until, registrations

CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def open_event(tx: Transaction, event_id: str) -> Document:
    """The event, if one may register now; raises EventCancelled or RegistrationWindowClosed."""
    event = tx.get("event", event_id)
    if event is None:
        raise BusinessRuleViolation(details=f"event '{event_id}' does not exist", target="/eventId")
    if event["status"] == "cancelled":
        raise EventCancelled(details=f"the event was cancelled at {event['cancelledAt']}", target="/eventId")
    if event["status"] != "published":
        raise RegistrationWindowClosed(details=f"the event is {event['status']}", target="/eventId")
    rules, now = event["registration"], tx.stamp()
    closes = rules["closesAt"] or event["startsAt"]
    if rules["opensAt"] and now < rules["opensAt"]:
        raise RegistrationWindowClosed(details=f"registration opens at {rules['opensAt']}", target="/eventId")
    if now > closes:
        raise RegistrationWindowClosed(details=f"registration closed at {closes}", target="/eventId")
    return event


def check_consents(event: Document, body: Mapping[str, Any]) -> None:
    """Raises ConsentRequired for the first one that is missing."""
    granted = {consent["purpose"] for consent in body["consents"] if consent["granted"]}
    for purpose in event["registration"]["requiredConsents"]:
        if purpose not in granted:
            raise ConsentRequired(details=f"consent to '{purpose}' is missing", target="/consents")


def holder_of(tx: Transaction, event: Document, email: str, registration_id: str = "") -> str | None:
    """Marks who holds an active registration of the event; raises DuplicateRegistration.

    None where one may hold several."""
    if event["registration"]["allowMultiple"]:
        return None
    holder = f"{event['id']}:{email}"
    if not tx.count("registration", {"_holder": holder}):
        return holder
    for other in tx.find("registration", {"_holder": holder}, limit=2):
        if other["id"] != registration_id:
            links = {"existing": {"href": registrations.address(other)}}
            raise DuplicateRegistration(
                details=f"'{email}' is registered", target="/contact/email", links=links
            )
    return holder


def place(tx: Transaction, event: Document, order: Order) -> dict[str, Any]:
    """Take the places or a position on the waitlist; the members that say so."""
    approval = order.approval or event["registration"]["approvalRequired"]
    due = minor_units(order.totals["due"]) > 0
    placed: dict[str, Any] = {
        "waitlistPosition": None,
        "expiresAt": None,
        "confirmedAt": None,
        "ticketCount": 0,
    }
    placed["_approval"] = approval
    if event["registration"]["waitlistEnabled"] and shortage(tx, event, order.items) is not None:
        count_waiting(tx, event, 1)
        return {**placed, "status": "waitlisted", "waitlistPosition": event["availability"]["waitlisted"] + 1}
    take(tx, event, order.items)
    if approval or due:
        expires = hold_until(tx, event) if due and not approval else None
        return {**placed, "status": "pending", "expiresAt": expires}
    return {**placed, "status": "confirmed", "confirmedAt": tx.stamp(), "ticketCount": places_of(order.items)}


def draft(body: Mapping[str, Any], order: Order, call: Call) -> dict[str, Any]:
    """The registration without what depends on its place."""
    due = minor_units(order.totals["due"]) > 0
    return {
        "code": call.tx.new_token("registration", 8, CODE_ALPHABET),
        "eventId": body["eventId"],
        "userId": _user_of(call, body.get("userId")),
        "contact": normalised_contact(body["contact"]),
        "items": order.items,
        "promoCode": body.get("promoCode"),
        "currency": order.totals["total"]["currency"],
        "totals": order.totals,
        "payment": {"required": due, "status": "unpaid" if due else "not_required", "paymentIds": []},
        "consents": body["consents"],
        "source": body["source"],
        "notes": body.get("notes"),
        "externalRef": body.get("externalRef"),
        "metadata": body.get("metadata", {}),
        "approvedAt": None,
        "cancelledAt": None,
        "cancelledBy": None,
        "cancellationReason": None,
        "checkedInCount": 0,
        "_owner": call.principal.credential_id,
        "_payments": {},
    }


def normalised_contact(contact: Mapping[str, Any]) -> dict[str, Any]:
    """Every member present, the address in lower case."""
    optional = {"phone": None, "company": None, "locale": None}
    return {**optional, **contact, "email": contact["email"].lower()}


def _user_of(call: Call, user_id: str | None) -> str | None:
    """Who registers: guests themselves, others for whom they name."""
    if user_id is None or is_guest(call):
        return call.principal.user_id
    if call.tx.get("user", user_id) is None:
        raise BusinessRuleViolation(details=f"user '{user_id}' does not exist", target="/userId")
    return user_id
