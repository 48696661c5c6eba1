"""Money and bookings: what is due, and what payments do to a booking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.accounting.movements import brought_in
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.booking_life import BOOKING_LIFE, bookings
from sandbox.platform.changes import tell_quietly
from sandbox.platform.money import Money, minor_units, money
from sandbox.platform.reception import plan_ahead

PAYABLE = ("pending", "confirmed")
Payment = Mapping[str, Any]


def booking_due(tx: Transaction, booking_id: str) -> Money | None:
    """What is still to be paid for the booking; None if nothing. Raises ResourceNotFound."""
    booking = tx.need("booking", booking_id, "bookingId")
    if booking["status"] not in PAYABLE or booking["payment"]["status"] != "unpaid":
        return None
    price = booking["price"]
    left = minor_units(price) - sum(brought_in(payment) for payment in _payments_of(tx, booking))
    return money(max(left, 0), price["currency"])


def settle_booking(tx: Transaction, booking_id: str, payment: Payment) -> Document:
    """A payment completed: with the last of what is due a pending booking is confirmed.

    One that expired or was cancelled meanwhile keeps its status; whoever calls sees that and pays back."""
    booking = tx.need("booking", booking_id, "bookingId")
    ids = booking["payment"]["paymentIds"]
    known = ids if payment["id"] in ids else [*ids, payment["id"]]
    made = [payment, *(each for each in _payments_of(tx, booking) if each["id"] != payment["id"])]
    status = _status(booking["price"], made)
    noted = {**booking["payment"], "status": status, "paymentIds": known}
    if booking["status"] != "pending" or status == "unpaid":
        return booking if noted == booking["payment"] else _with_payment(tx, booking, noted)
    confirmed = bookings.move(tx, booking, BOOKING_LIFE, "confirm", payment=noted, confirmationExpiresAt=None)
    plan_ahead(tx, confirmed)
    return confirmed


def note_on_booking(tx: Transaction, booking_id: str, payment: Payment) -> None:
    """Money of a payment that once completed went back, or was to and did not: the booking shows it."""
    booking = tx.need("booking", booking_id, "bookingId")
    if payment["id"] in booking["payment"]["paymentIds"]:
        made = _payments_of(tx, booking)
        now = [payment if each["id"] == payment["id"] else each for each in made]
        status = _status(booking["price"], now)
        if status != booking["payment"]["status"]:
            _with_payment(tx, booking, {**booking["payment"], "status": status})


def _payments_of(tx: Transaction, booking: Mapping[str, Any]) -> list[Document]:
    found = (tx.get("payment", key) for key in booking["payment"]["paymentIds"])
    return [payment for payment in found if payment is not None]


def _status(price: Money | None, made: Sequence[Payment]) -> str:
    """After a lost dispute it is due again; what was paid twice is paid once the surplus went back."""
    asked = 0 if price is None else minor_units(price)
    paid = sum(brought_in(payment) for payment in made)
    refunded = sum(minor_units(payment["amountRefunded"]) for payment in made)
    if paid < asked:
        return "unpaid"
    if paid - refunded >= asked:
        return "paid"
    return "refunded" if refunded >= paid else "partially_refunded"


def _with_payment(tx: Transaction, booking: Document, payment: dict[str, Any]) -> Document:
    after = bookings.save(tx, booking, payment=payment)
    tell_quietly(tx, "booking", after, "payment")
    return after
