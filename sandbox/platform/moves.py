"""What happens to a booking after it was made: moved, cancelled, kept or missed, lapsed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.booking_life import BOOKING_LIFE, MOST_MOVES, bookings
from sandbox.platform.call import Call
from sandbox.platform.changes import tell_quietly
from sandbox.platform.clientele import check_overlap
from sandbox.platform.customers import customers
from sandbox.platform.paying_back import pay_back
from sandbox.platform.reception import Place, Wanted, plan_ahead, slot_of_id, take_place

PAID = ("paid", "partially_refunded")


def move_booking(before: Document, body: Mapping[str, Any], call: Call) -> Document:
    """To another slot; raises what forbids it."""
    tx = call.tx
    BOOKING_LIFE.next(before["status"], "reschedule")
    if before["rescheduleCount"] >= MOST_MOVES:
        raise errors.RescheduleLimitReached(details=f"moved {before['rescheduleCount']} times already")
    wanted = _target(tx, before, body)
    _check_account(tx, before, wanted.assignment_id)
    place = take_place(tx, wanted, [before["id"]])
    members = place.members()
    check_overlap(tx, before["customerId"], members, before["id"])
    previous = {member: before[member] for member in ("startsAt", "endsAt", "assignmentId")}
    moved = {"movedAt": tx.stamp(), "movedBy": call.principal.subject, "reason": body.get("reason")}
    after = bookings.save(
        tx,
        before,
        **members,
        **_terms(tx, before, place),
        previousTimes=[*before["previousTimes"], {**previous, **moved}],
        rescheduleCount=before["rescheduleCount"] + 1,
        conflict=False,
        _notify=body.get("notify", True),
    )
    tx.emit("booking.rescheduled", "booking", after, previous=previous)
    plan_ahead(tx, after)
    return after


def _target(tx: Transaction, before: Document, body: Mapping[str, Any]) -> Wanted:
    """The slot meant; another assignment without an offering means the same service there."""
    if body.get("slotId"):
        return slot_of_id(tx, body["slotId"])
    assignment = body.get("assignmentId") or before["assignmentId"]
    offering = body.get("offeringId")
    if not offering and assignment == before["assignmentId"]:
        offering = before["offeringId"]
    if not offering:
        same = {"assignmentId": assignment, "serviceId": before["serviceId"], "status": "active"}
        there = tx.find("offering", same, limit=1)
        offering = there[0]["id"] if there else before["offeringId"]
    return Wanted(assignment, offering, body["startsAt"])


def _check_account(tx: Transaction, before: Document, assignment_id: str) -> None:
    """Money that was paid to one account cannot move to another."""
    assignment = tx.get("assignment", assignment_id)
    if before["payment"]["status"] not in PAID or assignment is None:
        return
    here, there = (tx.need("location", key) for key in (before["locationId"], assignment["locationId"]))
    if here["paymentAccount"] != there["paymentAccount"]:
        raise errors.BookingHoldsPayment(
            details="it is paid to another account: refund, cancel and book anew", target="/assignmentId"
        )


def _terms(tx: Transaction, before: Document, place: Place) -> dict[str, Any]:
    """What moves with the time: the price unless money is settled, the deadline of a pending one."""
    terms: dict[str, Any] = {}
    if before["payment"]["status"] == "not_required":
        terms["price"] = place.offer.offering.get("price")
    if before["confirmationExpiresAt"]:
        latest = instant(place.given_up_at(tx.now()))
        terms["confirmationExpiresAt"] = min(before["confirmationExpiresAt"], latest)
    return terms


def cancel(before: Document, body: Mapping[str, Any], call: Call) -> Document:
    """Gives the time back, and the money: all of it in time, none afterwards unless staff say so."""
    tx = call.tx
    BOOKING_LIFE.next(before["status"], "cancel")
    is_late = _is_late(tx, before)
    if is_late and not (body["override"] and call.principal.has("bookings:manage")):
        raise errors.CancellationWindowClosed(details="too close to the start; ask the location to cancel")
    after = _cancelled(tx, before, _party(call), body["reason"], body.get("notify", True))
    is_wished = body["refund"] == "full" and call.principal.has("bookings:manage")
    if after["payment"]["paymentIds"] and (is_wished or (body["refund"] != "none" and not is_late)):
        pay_back(tx, after, "booking_cancelled")
    return after


def _cancelled(tx: Transaction, before: Document, by: str, reason: str, notify: bool = True) -> Document:
    after = bookings.save(
        tx,
        before,
        status=BOOKING_LIFE.next(before["status"], "cancel"),
        cancelledAt=tx.stamp(),
        cancelledBy=by,
        cancellationReason=reason,
        confirmationExpiresAt=None,
        _busy=[],
        _notify=notify,
    )
    tx.emit("booking.cancelled", "booking", after)
    plan_ahead(tx, after)
    return after


def cancel_all_at(tx: Transaction, location_id: str) -> None:
    """The location is closed: what has not begun will not take place, and is paid back in full."""
    coming = {"locationId": location_id, "status": ["pending", "confirmed"]}
    for booking in tx.find("booking", coming, "startsAt"):
        if booking["startsAt"] > tx.stamp():
            call_off(tx, booking, "location", "the location is closed")


def call_off(tx: Transaction, booking: Document, by: str, reason: str) -> None:
    """It will not take place, whatever the terms; what was paid goes back in full."""
    after = _cancelled(tx, booking, by, reason)
    if after["payment"]["paymentIds"]:
        pay_back(tx, after, "booking_cancelled")


def _is_late(tx: Transaction, booking: Document) -> bool:
    window = timedelta(hours=tx.need("location", booking["locationId"])["cancellationWindowHours"])
    return tx.now() > parse_instant(booking["startsAt"]) - window


def _party(call: Call) -> str:
    principal = call.principal
    if principal.client_type == "partner":
        return "partner"
    if principal.client_type == "internal":
        return "platform"
    return "location" if {"practitioner", "receptionist", "admin"} & set(principal.roles) else "customer"


def mark(before: Document, presence: str, call: Call) -> Document:
    """Present means kept, absent means no show."""
    tx = call.tx
    following = BOOKING_LIFE.next(before["status"], f"mark_{presence}")
    if before["startsAt"] > tx.stamp():
        raise errors.InvalidStateTransition(
            details=f"booking is {before['status']} and has not begun", target="status"
        )
    if before["presence"] == presence:
        return before
    after = bookings.save(tx, before, status=following, presence=presence)
    tx.emit("booking.presence_marked", "booking", after)
    if following == "completed" != before["status"]:
        tx.emit("booking.completed", "booking", after)
        _has_been_here(tx, after)
    plan_ahead(tx, after)
    return after


def _has_been_here(tx: Transaction, booking: Document) -> None:
    customer = tx.get("customer", booking["customerId"])
    if customer is not None and not customer["isReturning"]:
        tell_quietly(tx, "customer", customers.save(tx, customer, isReturning=True), "isReturning")


def complete(tx: Transaction, entry: Document) -> None:
    """When the clock passes endsAt and nobody said otherwise."""
    booking = tx.get("booking", entry["subject"])
    if booking is not None and booking["status"] == "confirmed":
        _has_been_here(tx, bookings.move(tx, booking, BOOKING_LIFE, "complete"))


def expire(tx: Transaction, entry: Document) -> None:
    """When neither payment nor confirmation came in time."""
    booking = tx.get("booking", entry["subject"])
    if booking is not None and booking["status"] == "pending":
        bookings.move(tx, booking, BOOKING_LIFE, "expire", confirmationExpiresAt=None, _busy=[])


JOBS = {"booking.complete": complete, "booking.expire": expire}
