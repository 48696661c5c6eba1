"""Attendees: the persons whom confirmed registrations admit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.filters import Filter, Predicate
from sandbox.platform.resource import Resource, equals, text


def _checked_in(wanted: bool) -> Predicate:
    return lambda attendee: (attendee["status"] == "checked_in") == wanted


attendees = Resource(
    "attendee",
    path="/api/v1/attendees/{attendeeId}",
    type_code="b2",
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
)


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
            attendee = _attendee(registration, item["ticketTypeId"], person)
            yield attendees.insert(tx, {**attendee, "ticketId": tx.new_id("ticket")})


def _attendee(
    registration: Mapping[str, Any], ticket_type_id: str, person: Mapping[str, Any]
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
    }
