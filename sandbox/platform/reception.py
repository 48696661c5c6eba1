"""Taking a place of a slot: which slot is meant, whether it can be had, what the booking becomes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sandbox.kernel import errors
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.availability import Desk, claim, find_offer
from sandbox.platform.booking_letters import plan_reminders
from sandbox.platform.booking_life import bookings, with_note_apart
from sandbox.platform.call import Call
from sandbox.platform.diary import busy_keys
from sandbox.platform.money import minor_units
from sandbox.platform.offers import Offer
from sandbox.platform.slot_search import identify

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
TIME_TO_PAY = timedelta(minutes=30)
TIME_TO_CONFIRM = timedelta(hours=24)


class Wanted(NamedTuple):
    """A slot by what it consists of."""

    assignment_id: str
    offering_id: str
    starts_at: str


class Place(NamedTuple):
    """One place of a slot, ours from now on."""

    offer: Offer
    start: datetime

    def given_up_at(self, now: datetime) -> datetime:
        """The latest time for a payment or a decision: when it begins, or ends if it begins this moment."""
        return self.start if self.start > now else self.offer.ends(self.start)

    def members(self) -> dict[str, Any]:
        """What a booking says about where and when."""
        offer, starts_at, ends_at = self.offer, instant(self.start), instant(self.offer.ends(self.start))
        return {
            "assignmentId": offer.assignment["id"],
            "offeringId": offer.offering["id"],
            "practitionerId": offer.practitioner["id"],
            "locationId": offer.location["id"],
            "serviceId": offer.offering["serviceId"],
            "startsAt": starts_at,
            "endsAt": ends_at,
            "_busy": busy_keys(offer.practitioner["id"], starts_at, ends_at),
        }


def slot_of_id(tx: Transaction, slot_id: str) -> Wanted:
    """What a slot id stands for; raises BusinessRuleViolation."""
    found = identify(tx, [slot_id]).get(slot_id)
    if found is None:
        raise errors.BusinessRuleViolation(details=f"slot '{slot_id}' does not exist", target="/slotId")
    return Wanted(*found)


def slot_wanted(tx: Transaction, body: Mapping[str, Any], hold: Document | None) -> Wanted:
    """The slot a new booking names, by id, by its parts or by a hold; raises what contradicts the hold."""
    if body.get("slotId"):
        wanted = slot_of_id(tx, body["slotId"])
    elif hold is not None and "startsAt" not in body:
        wanted = Wanted(hold["assignmentId"], hold["offeringId"], hold["startsAt"])
    else:
        wanted = Wanted(body["assignmentId"], body["offeringId"], body["startsAt"])
    if hold is not None and wanted != (hold["assignmentId"], hold["offeringId"], hold["startsAt"]):
        raise errors.BusinessRuleViolation(details="the hold is for another slot", target="/holdId")
    return wanted


def take_place(tx: Transaction, wanted: Wanted, without: Collection[str]) -> Place:
    """Claim the slot; raises the error that says why not."""
    desk, start = Desk(tx, without), parse_instant(wanted.starts_at)
    offer = find_offer(tx, desk, wanted.assignment_id, wanted.offering_id)
    claim(tx, desk, offer, start)
    return Place(offer, start)


def open_booking(
    place: Place, customer: Document, body: Mapping[str, Any], call: Call, key: str | None
) -> Document:
    """Store the booking: pending while money or a decision is due, else confirmed at once."""
    tx, offering = call.tx, place.offer.offering
    is_due = is_payable(offering)
    is_pending = is_due or place.offer.assignment["confirmationMode"] == "manual"
    members = place.members()
    now = tx.now()
    deadline = min(now + (TIME_TO_PAY if is_due else TIME_TO_CONFIRM), place.given_up_at(now))
    booking = bookings.insert(
        tx,
        {
            **blank_booking(),
            **with_note_apart({member: body[member] for member in _COPIED if member in body}),
            **members,
            **_origin(call, body),
            "id": key,
            "code": tx.new_token("booking", 8, CODE_LETTERS),
            "customerId": customer["id"],
            "isReturning": customer["isReturning"] or bool(body.get("isReturning")),
            "status": "pending" if is_pending else "confirmed",
            "confirmationExpiresAt": instant(deadline) if is_pending else None,
            "price": offering.get("price"),
            "payment": {
                "required": is_due,
                "status": "unpaid" if is_due else "not_required",
                "paymentIds": [],
            },
            "_userId": customer.get("userId"),
            "_notify": body.get("notify", True),
        },
    )
    tx.emit("booking.created", "booking", booking)
    if not is_pending:
        tx.emit("booking.confirmed", "booking", booking)
    plan_ahead(tx, booking)
    return booking


_COPIED = ("comment", "internalNote", "externalRef", "reminders", "metadata")


def is_payable(offering: Mapping[str, Any]) -> bool:
    """Whether a booking must be paid before it holds."""
    price = offering.get("price")
    return bool(offering["paymentRequired"] and price and minor_units(price) > 0)


def blank_booking() -> dict[str, Any]:
    """Every member that a booking shows, before anything has happened."""
    return {
        "presence": "unknown",
        "confirmationExpiresAt": None,
        "comment": None,
        "internalNote": None,
        "video": None,
        "previousTimes": [],
        "rescheduleCount": 0,
        "cancelledAt": None,
        "cancelledBy": None,
        "cancellationReason": None,
        "conflict": False,
        "externalRef": None,
        "reminders": [],
        "metadata": {},
    }


def _origin(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    principal = call.principal
    is_partner = principal.client_type == "partner"
    usual = {"partner": "partner", "user": "staff"}.get(principal.client_type, "platform")
    return {
        "source": body.get("source") or usual,
        "bookedBy": principal.subject or principal.credential_id,
        "bookedAt": call.tx.stamp(),
        "ownerCredentialId": principal.credential_id if is_partner else None,
    }


def check_reference(call: Call, reference: str | None) -> None:
    """An external reference is used once by each credential; raises DuplicateResource."""
    if reference is None:
        return
    owner = call.principal.credential_id if call.principal.client_type == "partner" else None
    for twin in call.tx.find("booking", {"externalRef": reference, "ownerCredentialId": owner}, limit=1):
        raise errors.DuplicateResource(
            details="a booking of yours has this externalRef",
            target="/externalRef",
            links={"existing": {"href": bookings.address(twin)}},
        )


def plan_ahead(tx: Transaction, booking: Document) -> None:
    """Put on the agenda what time will do to the booking, and take off what it no longer will."""
    key, status = booking["id"], booking["status"]
    if status == "pending":
        tx.schedule(parse_instant(booking["confirmationExpiresAt"]), "booking.expire", key)
    else:
        tx.cancel("booking.expire", key)
    if status == "confirmed":
        tx.schedule(parse_instant(booking["endsAt"]), "booking.complete", key)
    else:
        tx.cancel("booking.complete", key)
    plan_reminders(tx, booking)
