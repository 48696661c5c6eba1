"""Bookings: the life of an appointment, from the request to the day itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.replies import Page
from sandbox.platform import moves
from sandbox.platform.booking_desk import booking_step, move_step
from sandbox.platform.booking_history import history_of
from sandbox.platform.booking_letters import plan_reminders
from sandbox.platform.booking_life import (
    BOOKING_LIFE,
    bookings,
    for_reader,
    seen,
    visible_rows,
    with_note_apart,
)
from sandbox.platform.call import Call
from sandbox.platform.partner_consent import with_consent
from sandbox.platform.reception import check_reference, plan_ahead
from sandbox.platform.settling import booking_due


def list_bookings(call: Call) -> Page:
    """By what they are about and when they start."""
    begin, end = call.query.get("from"), call.query.get("to")
    if begin and end and end <= begin:
        raise errors.InvalidDateRange(details="'to' must come after 'from'", target="to")
    page = bookings.list(call, **visible_rows(call))
    return replace(page, items=[for_reader(call, booking) for booking in page.items])


async def create_booking(call: Call, body: dict[str, Any]) -> Document:
    """After the partners that want to be asked have agreed."""
    return await with_consent(call, booking_step(body))


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
    after = bookings.update(call, booking_id, with_note_apart(body))
    plan_reminders(call.tx, after)
    return for_reader(call, after)


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


async def reschedule_booking(call: Call, booking_id: str, body: dict[str, Any]) -> Document:
    """Same booking, another time, after the partners that want to be asked have agreed."""
    return await with_consent(call, move_step(booking_id, body))


def cancel_booking(call: Call, booking_id: str, body: dict[str, Any]) -> Document:
    """Within the location's cancellation window only by override."""
    before = seen(call, booking_id)
    bookings.check_match(call, before)
    return for_reader(call, moves.cancel(before, body, call))


def mark_presence(call: Call, booking_id: str, body: dict[str, Any]) -> Document:
    """From the start on; the same again changes nothing."""
    return for_reader(call, moves.mark(seen(call, booking_id), body["presence"], call))
