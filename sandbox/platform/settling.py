"""Money and bookings: what is due, and what a payment or a refund does to a booking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.accounting.movements import brought_in
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.booking_life import BOOKING_LIFE, bookings
from sandbox.platform.changes import tell_quietly
from sandbox.platform.money import Money, minor_units, money
from sandbox.platform.reception import plan_ahead

WENT_BACK = {"refunded": "refunded", "partially_refunded": "partially_refunded", "charged_back": "unpaid"}
"""What a booking shows of a payment whose money is gone."""
PAYABLE = ("pending", "confirmed")


def booking_due(tx: Transaction, booking_id: str) -> Money | None:
    """What must be paid for the booking; None if nothing. Raises ResourceNotFound."""
    booking = tx.need("booking", booking_id, "bookingId")
    if booking["status"] not in PAYABLE or booking["payment"]["status"] != "unpaid":
        return None
    made = [tx.need("payment", key) for key in booking["payment"]["paymentIds"]]
    price = booking["price"]
    left = minor_units(price) - sum(brought_in(payment) for payment in made)
    return money(max(left, 0), price["currency"])


def settle_booking(tx: Transaction, booking_id: str, payment: Mapping[str, Any]) -> Document:
    """A payment of the whole amount completed: confirms a pending booking.

    One that expired or was cancelled meanwhile keeps its status; whoever calls sees that and pays back."""
    booking = tx.need("booking", booking_id, "bookingId")
    if payment["id"] in booking["payment"]["paymentIds"]:
        return booking
    ids = [*booking["payment"]["paymentIds"], payment["id"]]
    paid = {**booking["payment"], "status": "paid", "paymentIds": ids}
    if booking["status"] != "pending":
        return _with_payment(tx, booking, paid)
    confirmed = bookings.move(tx, booking, BOOKING_LIFE, "confirm", payment=paid, confirmationExpiresAt=None)
    plan_ahead(tx, confirmed)
    return confirmed


def refund_booking(tx: Transaction, booking_id: str, payment: Mapping[str, Any]) -> Document:
    """Money went back: the booking shows it; after a lost dispute it is due again."""
    booking = tx.need("booking", booking_id, "bookingId")
    return _with_payment(tx, booking, {**booking["payment"], "status": WENT_BACK[payment["status"]]})


def _with_payment(tx: Transaction, booking: Document, payment: dict[str, Any]) -> Document:
    after = bookings.save(tx, booking, payment=payment)
    tell_quietly(tx, "booking", after, "payment")
    return after
