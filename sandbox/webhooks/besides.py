"""What a message says besides its object, when it is sent by hand: the same members that a real one has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.deliveries import told

Besides = Callable[[Transaction, Mapping[str, Any]], dict[str, Any]]

CUSTOMER = ("givenName", "familyName", "email", "phone", "birthDate")
REGISTRATION = ("id", "code", "status", "eventId", "checkedInCount")


def besides(
    tx: Transaction, event_type: str, subject: Mapping[str, Any], given: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Further members of `data`; what is `given` instead of the true members is what changed."""
    if event_type.endswith(".updated"):
        return {"changedFields": sorted(given or ())}
    say = _BESIDES.get(event_type)
    return {} if say is None else say(tx, subject)


def _time_before(tx: Transaction, booking: Mapping[str, Any]) -> dict[str, Any]:
    last = (booking["previousTimes"] or [booking])[-1]
    return {"previous": {member: last[member] for member in ("startsAt", "endsAt", "assignmentId")}}


def _break_before(tx: Transaction, pause: Mapping[str, Any]) -> dict[str, Any]:
    """A break does not remember where it was: say that it stood just before."""
    starts, ends = parse_instant(pause["startsAt"]), parse_instant(pause["endsAt"])
    return {"previous": {"startsAt": instant(starts - (ends - starts)), "endsAt": pause["startsAt"]}}


def _customer(tx: Transaction, booking: Mapping[str, Any]) -> dict[str, Any]:
    customer = tx.need("customer", booking["customerId"])
    return {"customer": {member: customer.get(member) for member in CUSTOMER}}


def _proposal(tx: Transaction, booking: Mapping[str, Any]) -> dict[str, Any]:
    return _customer(tx, booking) | _time_before(tx, booking)


def _who_came(tx: Transaction, check_in: Mapping[str, Any]) -> dict[str, Any]:
    ticket = tx.need("ticket", check_in["ticketId"])
    registration = tx.need("registration", ticket["registrationId"])
    return {
        "attendee": told("attendee", tx.need("attendee", ticket["attendeeId"])),
        "registration": {member: registration[member] for member in REGISTRATION},
    }


_BESIDES: Mapping[str, Besides] = {
    "booking.rescheduled": _time_before,
    "booking.requested": _customer,
    "booking.move_requested": _proposal,
    "schedule.break_moved": _break_before,
    "checkin.completed": _who_came,
}
