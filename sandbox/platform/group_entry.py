"""A registration at the door: all its people let in with one call, and let out of the count again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    AlreadyCheckedIn,
    BusinessRuleViolation,
    InvalidStateTransition,
    TicketRevoked,
    TicketUnpaid,
)
from sandbox.platform.call import Call
from sandbox.platform.check_ins import create_check_in, take_back


def let_in(call: Call, registration: Document, wishes: Mapping[str, Any]) -> list[Document]:
    """One check-in for each of the attendees asked for, else for all who are not in; all of them or none."""
    if repeated := _same_group(call, registration, wishes.get("nonce")):
        return repeated
    if registration["status"] in ("pending", "waitlisted"):
        raise TicketUnpaid(details=f"the registration is {registration['status']}", target="status")
    if registration["status"] == "cancelled":
        raise InvalidStateTransition(details="the registration is cancelled", target="status")
    scan = {member: wishes.get(member) for member in ("gate", "deviceId", "nonce")}
    scan |= {"type": "entry", "force": False, "offline": False}
    tickets = _chosen(call, registration, wishes.get("attendeeIds"))
    return [create_check_in(call, {**scan, "ticketId": ticket_id}) for ticket_id in tickets]


def take_back_all(call: Call, registration: Document) -> None:
    """Revert every check-in of the registration that stands."""
    standing = [
        check_in
        for ticket in call.tx.find("ticket", {"registrationId": registration["id"]})
        for check_in in call.tx.find("check_in", {"ticketId": ticket["id"]})
        if check_in["revertedAt"] is None
    ]
    if not standing:
        raise InvalidStateTransition(details="nobody of the registration is checked in", target="status")
    for check_in in sorted(standing, key=lambda each: (each["at"], each["_number"]), reverse=True):
        take_back(call.tx, check_in)


def _same_group(call: Call, registration: Document, nonce: str | None) -> list[Document]:
    """What the same call gave before."""
    if nonce is None:
        return []
    scans = call.tx.find("check_in", {"nonce": nonce})
    return [scan for scan in scans if scan["registrationId"] == registration["id"]]


def _chosen(call: Call, registration: Document, wanted: list[str] | None) -> list[str]:
    """Ids of the tickets to scan."""
    people = {person["id"]: person for person in _people(call, registration)}
    if wanted is not None:
        if unknown := [key for key in wanted if key not in people]:
            raise BusinessRuleViolation(
                details=f"'{unknown[0]}' is no attendee of the registration", target="/attendeeIds"
            )
        return [people[key]["ticketId"] for key in wanted]
    tickets = [call.tx.need("ticket", person["ticketId"]) for person in people.values()]
    outside = [ticket["id"] for ticket in tickets if ticket["status"] in ("valid", "expired")]
    if not outside:
        inside = any(ticket["status"] == "used" for ticket in tickets)
        refusal = AlreadyCheckedIn if inside else TicketRevoked
        raise refusal(details="no ticket of the registration is left to use")
    return outside


def _people(call: Call, registration: Document) -> list[Document]:
    return call.tx.find("attendee", {"registrationId": registration["id"]})
