"""Payments as a registration sees them: what was paid, what is due, and when it is settled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.accounting.movements import brought_in
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.money import Money, minor_units, money
from sandbox.platform.registration_life import confirm_if_settled, hold_until, keep_hold, registrations


def registration_due(tx: Transaction, registration_id: str) -> Money | None:
    """What is still to be paid; zero when nothing is, None when there is no such registration."""
    registration = tx.get("registration", registration_id)
    return None if registration is None else dict(registration["totals"]["due"])


def note_payment(tx: Transaction, registration_id: str, payment: Mapping[str, Any]) -> Document:
    """Bring totals and summary in line with a payment as it is now; saying it twice changes nothing."""
    registration = tx.need("registration", registration_id)
    known = {**registration["_payments"], payment["id"]: _summary(payment)}
    if known == registration["_payments"]:
        return registration
    paid = sum(entry["captured"] for entry in known.values())
    refunded = sum(entry["refunded"] for entry in known.values())
    states = {entry["status"] for entry in known.values()}
    changes = _sums(registration, paid, refunded)
    status = _status(registration, paid, refunded, states)
    summary = {**registration["payment"], "status": status, "paymentIds": list(known)}
    noted = registrations.save(tx, registration, totals=changes, payment=summary, _payments=known)
    if _is_reserved(registration) and status == "unpaid" and noted["expiresAt"]:
        noted = _held_again(tx, noted)
    return noted


def settle_registration(tx: Transaction, registration_id: str, payment: Mapping[str, Any]) -> Document:
    """Note a payment; with the last of what is due the registration is confirmed and its tickets are issued.

    One that was cancelled meanwhile, or that waits for approval, stays as it is."""
    return confirm_if_settled(tx, note_payment(tx, registration_id, payment))


def _held_again(tx: Transaction, registration: Document) -> Document:
    """The hold may have lapsed while reserved money kept the places; a part that was taken gives it anew."""
    if minor_units(registration["totals"]["paid"]):
        expires = hold_until(tx, tx.need("event", registration["eventId"]))
        registration = registrations.save(tx, registration, expiresAt=expires)
    keep_hold(tx, registration)
    return registration


def _is_reserved(registration: Document) -> bool:
    return bool(registration["status"] == "pending" and registration["payment"]["status"] == "authorized")


def _summary(payment: Mapping[str, Any]) -> dict[str, Any]:
    refunded = payment.get("amountRefunded")
    return {
        "status": payment["status"],
        "captured": brought_in(payment),
        "refunded": minor_units(refunded) if refunded else 0,
    }


def _sums(registration: Mapping[str, Any], paid: int, refunded: int) -> dict[str, Money]:
    currency, totals = registration["currency"], registration["totals"]
    total = minor_units(totals["total"])
    due = 0 if registration["status"] == "cancelled" else max(total - paid, 0)
    sums = {"paid": money(paid, currency), "refunded": money(refunded, currency), "due": money(due, currency)}
    return {**totals, **sums}


def _status(registration: Mapping[str, Any], paid: int, refunded: int, states: set[str]) -> str:
    """The summary that a payment summary shows; what is due again after a dispute is not paid,
    and what was paid twice is, once the surplus went back."""
    total = minor_units(registration["totals"]["total"])
    if "charged_back" in states and paid < total:
        return "unpaid"
    if paid and paid - refunded >= total:
        return "paid"
    if refunded:
        return "refunded" if refunded >= paid else "partially_refunded"
    if "authorized" in states:
        return "authorized"
    return "unpaid" if registration["payment"]["required"] else "not_required"
