"""The record of a booking: its life, its indexes, and who may read what of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document, meets
from sandbox.kernel.transitions import TransitionTable
from sandbox.platform.call import Call
from sandbox.platform.filters import Filter
from sandbox.platform.ownership import is_guest
from sandbox.platform.resource import Resource, at_least, equals

BOOKING_LIFE = TransitionTable(
    "booking",
    {
        ("pending", "confirm"): "confirmed",
        ("pending", "decline"): "declined",
        ("pending", "expire"): "expired",
        ("pending", "cancel"): "cancelled",
        ("pending", "reschedule"): "pending",
        ("pending", "update"): "pending",
        ("confirmed", "cancel"): "cancelled",
        ("confirmed", "reschedule"): "confirmed",
        ("confirmed", "update"): "confirmed",
        ("confirmed", "complete"): "completed",
        ("confirmed", "mark_present"): "completed",
        ("confirmed", "mark_absent"): "no_show",
        ("completed", "mark_absent"): "no_show",
        ("completed", "mark_present"): "completed",
        ("completed", "update"): "completed",
        ("no_show", "mark_present"): "completed",
        ("no_show", "mark_absent"): "no_show",
        ("no_show", "update"): "no_show",
    },
    by_itself=("expire",),
)
MOST_MOVES = 5
PARTIES = ("assignmentId", "practitionerId", "locationId", "customerId", "offeringId")
SEARCHED = (*PARTIES, "status", "source", "presence", "externalRef", "conflict")


def visible_rows(call: Call) -> dict[str, Any]:
    """Which bookings a caller sees: customers their own, a partner all but what another keeps to itself."""
    principal = call.principal
    if is_guest(call):
        return {"_userId": principal.user_id or ""}
    if principal.client_type != "partner":
        return {}
    keeps_some = call.tx.count("booking", {"_exclusiveTo": principal.credential_id})
    return {"_exclusiveTo": [None, principal.credential_id] if keeps_some else None}


bookings = Resource(
    "booking",
    path="/api/v1/bookings/{bookingId}",
    indexes=("_busy", "_userId", "_exclusiveTo", "status", "externalRef", *PARTIES),
    sorts=("startsAt", "updatedAt"),
    filters={
        "from": at_least("startsAt"),
        "to": Filter(predicate=lambda end: lambda booking: booking["startsAt"] < end),
        "paymentStatus": equals("payment.status"),
        "updatedSince": at_least("updatedAt"),
        **{member: equals(member) for member in SEARCHED},
    },
    emits={
        "confirm": "booking.confirmed",
        "decline": "booking.declined",
        "expire": "booking.expired",
        "update": "booking.updated",
        "complete": "booking.completed",
    },
    links={
        "confirm": "/api/v1/bookings/{id}/confirm",
        "reschedule": "/api/v1/bookings/{id}/reschedule",
        "cancel": "/api/v1/bookings/{id}/cancel",
    },
    life=BOOKING_LIFE,
    withheld={
        "confirm": lambda booking: booking["payment"]["status"] == "unpaid",
        "reschedule": lambda booking: booking["rescheduleCount"] >= MOST_MOVES,
    },
)


def seen(call: Call, booking_id: str) -> Document:
    """A booking that the caller may see; raises ResourceNotFound."""
    booking = bookings.get(call, booking_id)
    if not meets(booking, visible_rows(call)):
        raise bookings.not_found(booking_id)
    return booking


def for_reader(call: Call, booking: Document) -> Document:
    """The booking, for staff with their note; it is kept apart, so that no event carries it outside."""
    if not booking.get("_internalNote") or not call.principal.has("bookings:manage"):
        return booking
    return Document({**booking, "internalNote": booking["_internalNote"]})


def with_note_apart(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a caller wrote, as it is stored."""
    if "internalNote" not in body:
        return dict(body)
    return {**body, "internalNote": None, "_internalNote": body["internalNote"]}
