"""Bookings: the life of an appointment, from the request to the day itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.replies import Page
from sandbox.platform import moves
from sandbox.platform.booking_history import history_of
from sandbox.platform.booking_life import (
    BOOKING_LIFE,
    bookings,
    for_reader,
    seen,
    visible_rows,
    with_note_apart,
)
from sandbox.platform.call import Call
from sandbox.platform.clientele import check_eligible, check_overlap, customer_for
from sandbox.platform.holds import end_hold, usable_hold
from sandbox.platform.reception import check_reference, open_booking, plan_ahead, slot_wanted, take_place
from sandbox.platform.settling import booking_due, refund_booking, settle_booking

__all__ = ["booking_due", "refund_booking", "settle_booking"]


def list_bookings(call: Call) -> Page:
    """By what they are about and when they start."""
    begin, end = call.query.get("from"), call.query.get("to")
    if begin and end and end <= begin:
        raise errors.InvalidDateRange(details="'to' must come after 'from'", target="to")
    page = bookings.list(call, **visible_rows(call))
    return replace(page, items=[for_reader(call, booking) for booking in page.items])


def create_booking(call: Call, body: dict[str, Any]) -> Document:
    """Takes the place first, then asks who comes: a customer's fault never hides that the slot is gone."""
    hold = usable_hold(call, body["holdId"]) if body.get("holdId") else None
    place = take_place(call.tx, slot_wanted(call.tx, body, hold), [hold["id"]] if hold else ())
    customer = customer_for(call, body)
    check_eligible(customer, place.offer, place.start)
    check_overlap(call.tx, customer["id"], place.members())
    check_reference(call, body.get("externalRef"))
    if hold is not None:
        end_hold(call.tx, hold, "consume")
    return for_reader(call, open_booking(place, customer, body, call))


def get_booking(call: Call, booking_id: str) -> Document:
    """One booking."""
    return for_reader(call, seen(call, booking_id))


def list_booking_history(call: Call, booking_id: str) -> dict[str, Any]:
    """What happened to it, oldest first."""
    return {"data": history_of(call.tx, seen(call, booking_id))}


def get_booking_calendar(call: Call, booking_id: str) -> Document:
    """For calendar programs."""
    return seen(call, booking_id)


def update_booking(call: Call, booking_id: str, body: dict[str, Any]) -> Document:
    """What is written on it, not its time or status."""
    before = seen(call, booking_id)
    BOOKING_LIFE.next(before["status"], "update")
    if body.get("externalRef") != before["externalRef"]:
        check_reference(call, body.get("externalRef"))
    return for_reader(call, bookings.update(call, booking_id, with_note_apart(body)))


def confirm_booking(call: Call, booking_id: str) -> Document:
    """By hand; what must be paid is confirmed by its payment."""
    if booking_due(call.tx, seen(call, booking_id)["id"]) is not None:
        raise errors.InvalidStateTransition(details="booking is pending: payment is due", target="status")
    confirmed = bookings.act(call, booking_id, BOOKING_LIFE, "confirm", confirmationExpiresAt=None)
    plan_ahead(call.tx, confirmed)
    return for_reader(call, confirmed)


def decline_booking(call: Call, booking_id: str, body: dict[str, Any] | None = None) -> Document:
    """Gives the time back."""
    seen(call, booking_id)
    reason = (body or {}).get("reason")
    gone: dict[str, Any] = {"confirmationExpiresAt": None, "cancellationReason": reason, "_busy": []}
    declined = bookings.act(call, booking_id, BOOKING_LIFE, "decline", **gone)
    plan_ahead(call.tx, declined)
    return for_reader(call, declined)


def reschedule_booking(call: Call, booking_id: str, body: dict[str, Any]) -> Document:
    """Same booking, another time; the old time is free at once."""
    before = seen(call, booking_id)
    bookings.check_match(call, before)
    return for_reader(call, moves.move_booking(before, body, call))


def cancel_booking(call: Call, booking_id: str, body: dict[str, Any]) -> Document:
    """Within the location's cancellation window only by override."""
    before = seen(call, booking_id)
    bookings.check_match(call, before)
    return for_reader(call, moves.cancel(before, body, call))


def mark_presence(call: Call, booking_id: str, body: dict[str, Any]) -> Document:
    """From the start on; the same again changes nothing."""
    return for_reader(call, moves.mark(seen(call, booking_id), body["presence"], call))
