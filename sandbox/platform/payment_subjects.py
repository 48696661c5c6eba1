"""What is paid for: registrations, bookings, invoices, subscriptions, behind the same few questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    InvalidStateTransition,
    PaymentAlreadyCompleted,
    RegistrationExpired,
)
from sandbox.kernel.workspace import Transaction
from sandbox.platform.invoicing import note_payments, take_back_unpaid
from sandbox.platform.money import Money, minor_units, share
from sandbox.platform.settlement import note_payment, registration_due, settle_registration
from sandbox.platform.settling import booking_due, note_on_booking, settle_booking
from sandbox.platform.subscription_payments import settle_subscription, subscription_due

Subject = Mapping[str, Any]
ENDED = ("cancelled", "declined", "expired", "void")


class Owed(NamedTuple):
    """What a subject still has to pay, by whom and until when."""

    due: Money
    user_id: str | None
    expires_at: str | None
    customer_ref: str | None
    """What the provider calls who pays, if it knows them."""


def owed(tx: Transaction, subject: Subject) -> Owed:
    """What is due; raises for a subject that does not exist, is over, is paid or does not wait for money."""
    document = tx.get(subject["type"], subject["id"])
    if document is None:
        raise BusinessRuleViolation(
            details=f"{subject['type']} '{subject['id']}' does not exist", target="/subject/id"
        )
    if document["status"] in ENDED:
        raise RegistrationExpired(
            details=f"the {subject['type']} is {document['status']}", target="/subject/id"
        )
    if subject["type"] == "invoice" and document["status"] == "draft":
        raise InvalidStateTransition(details="an invoice is paid once it is issued", target="/subject/id")
    due = due_of(tx, subject)
    if due is None or minor_units(due) <= 0:
        raise PaymentAlreadyCompleted(
            details=f"nothing is due for the {subject['type']}", target="/subject/id"
        )
    if document["status"] == "waitlisted":
        raise InvalidStateTransition(
            details="a waitlisted registration is paid once it has a place", target="/subject/id"
        )
    expires = document.get("expiresAt") or document.get("confirmationExpiresAt")
    return Owed(due, document.get("userId") or document.get("_userId"), expires, _known_payer(tx, subject))


def _known_payer(tx: Transaction, subject: Subject) -> str | None:
    """The provider's customer behind the customer or the user of the subject."""
    document: Mapping[str, Any] = tx.get(*behind(tx, subject)) or {}
    for member in ("customerId", "userId", "_userId"):
        payer = tx.get("payer", document.get(member) or "")
        if payer is not None:
            return str(payer["customerRef"])
    return None


def due_of(tx: Transaction, subject: Subject) -> Money | None:
    """What is still to be paid; None for nothing. An invoice asks what it was written for, if anything."""
    kind, key = behind(tx, subject)
    if kind == "registration":
        return registration_due(tx, key)
    if kind == "booking":
        return booking_due(tx, key) if tx.get("booking", key) is not None else None
    if kind == "payment_subscription":
        return subscription_due(tx, key)
    invoice = tx.get(kind, key)
    return invoice["totals"]["due"] if invoice is not None and invoice["status"] == "issued" else None


def behind(tx: Transaction, subject: Subject) -> tuple[str, str]:
    """Kind and id of the registration or booking that an invoice bills; of anything else, itself."""
    kind, key = subject["type"], subject["id"]
    invoice = tx.get("invoice", key) if kind == "invoice" else None
    if invoice is not None and invoice["_subjectType"] in ("registration", "booking"):
        kind, _, key = invoice["_subject"].partition(":")
    return kind, key


def require_open(tx: Transaction, subject: Subject) -> None:
    """Raises RegistrationExpired when the subject gave its place back."""
    document = tx.get(subject["type"], subject["id"])
    if document is None or document["status"] in ENDED:
        status = "gone" if document is None else document["status"]
        raise RegistrationExpired(details=f"the {subject['type']} is {status}", target="subject")


def surplus_of(tx: Transaction, subject: Subject, units: int) -> int:
    """How much of the money that arrives now is owed no more."""
    document = tx.get(subject["type"], subject["id"])
    if document is None or document["status"] in ENDED:
        return units
    due = due_of(tx, subject)
    return units if due is None else max(units - max(minor_units(due), 0), 0)


def settle_subject(tx: Transaction, payment: Document) -> None:
    """Tell the subject that it is paid: it is confirmed where nothing else is missing."""
    kind, key = behind(tx, payment["subject"])
    if tx.get(kind, key) is None:
        return
    if kind != "invoice":
        SETTLERS[kind](tx, key, payment)
    _note_on_invoices(tx, kind, key, payment)


SETTLERS: Mapping[str, Callable[[Transaction, str, Document], Any]] = {
    "registration": settle_registration,
    "booking": settle_booking,
    "payment_subscription": settle_subscription,
}


def note_on_subject(tx: Transaction, payment: Document) -> None:
    """Tell the subject of a payment that was reserved, released, paid back or charged back."""
    kind, key = behind(tx, payment["subject"])
    if tx.get(kind, key) is None:
        return
    if kind == "registration":
        note_payment(tx, key, payment)
    elif kind == "booking":
        note_on_booking(tx, key, payment)
    _note_on_invoices(tx, kind, key, payment)


def _note_on_invoices(tx: Transaction, kind: str, key: str, payment: Document) -> None:
    """Bring the bills for a subject or a payment, or the bill that is the subject, in line with it."""
    billed = [f"{kind}:{key}", f"payment:{payment['id']}"]
    found = [tx.need(kind, key)] if kind == "invoice" else []
    for invoice in (*found, *tx.find("invoice", {"_subject": billed, "type": "invoice"})):
        note_payments(tx, invoice)
    status = tx.need(kind, key)["status"]
    if kind != "invoice" and status in ENDED:
        take_back_unpaid(tx, billed[0], f"the {kind} is {status}")


def tax_within(tx: Transaction, subject: Subject, units: int) -> int:
    """How much of what was paid is tax, in minor units."""
    document = tx.get(subject["type"], subject["id"])
    totals = None if document is None else document.get("totals")
    total = 0 if totals is None else minor_units(totals["total"])
    return share(units, minor_units(totals["tax"]), total) if totals is not None and total else 0
