"""Attendees: the persons whom confirmed registrations admit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation, InvalidStateTransition
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.filters import Filter, Predicate
from sandbox.platform.ownership import is_own, sees_all
from sandbox.platform.resource import Resource, equals, text


def _checked_in(wanted: bool) -> Predicate:
    return lambda attendee: (attendee["status"] == "checked_in") == wanted


def _belongs_to_caller(call: Call, attendee: Document) -> bool:
    registration = call.tx.get("registration", attendee["registrationId"])
    return registration is not None and is_own(call, registration)


attendees = Resource(
    "attendee",
    path="/api/v1/attendees/{attendeeId}",
    indexes=("registrationId", "eventId"),
    sorts=("name", "checkedInAt"),
    filters={
        "eventId": equals("eventId"),
        "status": equals("status"),
        "ticketTypeId": equals("ticketTypeId"),
        "sessionId": equals("sessionIds"),
        "q": text("name", "email", "company"),
        "checkedIn": Filter(predicate=_checked_in),
    },
    visible=_belongs_to_caller,
    sees_all=sees_all,
)
PERSON = ("name", "email")
"""What says who it is."""


def update_attendee(call: Call, attendee_id: str, body: Mapping[str, Any]) -> Document:
    """Until it is cancelled; another person only where the ticket may be handed on, or by who manages."""
    before = attendees.get(call, attendee_id)
    attendees.check_match(call, before)
    _check_changeable(call, before, body)
    after = attendees.update(call, attendee_id, body)
    if after is not before:
        _tell(call.tx, after)
    return after


def register_attendees(tx: Transaction, registration: Mapping[str, Any]) -> Iterator[Document]:
    """One attendee for every person the registration admits, each with the id its ticket is to have.

    Who is not named goes by the contact's name."""
    contact = registration["contact"]
    first = {"name": contact["name"], "email": contact["email"], "company": contact.get("company")}
    unnamed = {"name": contact["name"]}
    for item in registration["items"]:
        named = item["attendees"]
        for position in range(item["quantity"] * item["admits"]):
            person = named[position] if position < len(named) else first
            if person is first:
                first = unnamed
            ticket_id = tx.new_id("ticket")
            yield attendees.insert(tx, _attendee(registration, item["ticketTypeId"], ticket_id, person))


def _tell(tx: Transaction, attendee: Document) -> None:
    """Who follows the registration learns of its people too."""
    registration = tx.need("registration", attendee["registrationId"])
    tx.emit("registration.updated", "registration", registration, changedFields=["attendees"])


def _check_changeable(call: Call, attendee: Document, body: Mapping[str, Any]) -> None:
    if attendee["status"] == "cancelled":
        raise InvalidStateTransition(details="the registration is cancelled", target="status")
    if all(body.get(member, attendee[member]) == attendee[member] for member in PERSON):
        return
    ticket_type = call.tx.get("ticket_type", attendee["ticketTypeId"])
    if ticket_type is None or ticket_type["transferable"] or call.principal.has("registrations:manage"):
        return
    raise BusinessRuleViolation(details="this ticket cannot be handed on", target="/name")


def _attendee(
    registration: Mapping[str, Any], ticket_type_id: str, ticket_id: str, person: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "registrationId": registration["id"],
        "eventId": registration["eventId"],
        "ticketTypeId": ticket_type_id,
        "name": person["name"],
        "email": person.get("email"),
        "company": person.get("company"),
        "answers": person.get("answers", {}),
        "status": "registered",
        "checkedInAt": None,
        "badgeName": None,
        "sessionIds": [],
        "ticketId": ticket_id,
    }
