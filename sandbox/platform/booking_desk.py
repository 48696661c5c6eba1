"""Making and moving bookings, by itself or after partners were asked."""

from __future__ import annotations

from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.platform import moves
from sandbox.platform.booking_life import bookings, for_reader, seen
from sandbox.platform.call import Call
from sandbox.platform.clientele import check_eligible, check_overlap, customer_for
from sandbox.platform.holds import end_hold, usable_hold
from sandbox.platform.partner_consent import MOVE_REQUESTED, REQUESTED, Step
from sandbox.platform.reach import check_within
from sandbox.platform.reception import check_reference, open_booking, slot_wanted, take_place
from sandbox.webhooks.blocking import is_asked_first


def booking_step(body: dict[str, Any]) -> Step:
    """A new booking."""
    own = (body["holdId"],) if body.get("holdId") else ()
    return Step(REQUESTED, lambda call, key: _book(call, body, key), own)


def move_step(booking_id: str, body: dict[str, Any]) -> Step:
    """Another time for a booking."""
    return Step(MOVE_REQUESTED, lambda call, _: _move(call, booking_id, body), (booking_id,))


def perform_unasked(call: Call, step: Step) -> Document:
    """Inside a transaction that is open already; raises BusinessRuleViolation if partners must be asked."""
    if is_asked_first(call.tx, step.event):
        raise errors.BusinessRuleViolation(
            details="partners want to be asked about each booking: use best_effort", target="/mode"
        )
    return step.perform(call, None)


def _book(call: Call, body: dict[str, Any], key: str | None) -> Document:
    """Takes the place first, then asks who comes: a customer's fault never hides that the slot is gone."""
    hold = _hold_of(call, body, is_kept=key is not None)
    place = take_place(call.tx, slot_wanted(call.tx, body, hold), [hold["id"]] if hold else ())
    check_within(call, "location", place.offer.location)
    customer = customer_for(call, body)
    check_eligible(customer, place.offer, place.start)
    check_overlap(call.tx, customer["id"], place.members())
    check_reference(call, body.get("externalRef"))
    if hold is not None and hold["status"] == "active":
        end_hold(call.tx, hold, "consume")
    return for_reader(call, open_booking(place, customer, body, call, key))


def _hold_of(call: Call, body: dict[str, Any], *, is_kept: bool) -> Document | None:
    """The hold that is used up; one that lapsed while partners were asked counts: its place was kept."""
    key = body.get("holdId")
    if not key:
        return None
    lapsed = call.tx.get("slot_hold", key) if is_kept else None
    return lapsed if lapsed is not None and lapsed["status"] == "expired" else usable_hold(call, key)


def _move(call: Call, booking_id: str, body: dict[str, Any]) -> Document:
    """Same booking, another time; the old time is free at once."""
    before = seen(call, booking_id)
    bookings.check_match(call, before)
    moved = moves.move_booking(before, body, call)
    check_within(call, "booking", moved)
    return for_reader(call, moved)
