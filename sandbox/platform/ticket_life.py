"""The life of a ticket: issued with an attendee, used at the door, replaced, revoked, expired in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import InvalidStateTransition
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.attendees import attendees, register_attendees
from sandbox.platform.call import Call
from sandbox.platform.ownership import is_own, sees_all
from sandbox.platform.resource import Resource

LIFE = TransitionTable(
    "ticket",
    {
        ("valid", "use"): "used",
        ("valid", "revoke"): "revoked",
        ("valid", "expire"): "expired",
        ("valid", "void"): "revoked",
        ("used", "release"): "valid",
        ("used", "lapse"): "expired",
        ("used", "void"): "revoked",
        ("expired", "use"): "used",  # a scan from inside the time, told later
        ("expired", "void"): "revoked",
    },
    by_itself=("use", "expire", "void", "release", "lapse"),
)
DOWNLOADS = {
    "pdf": "/api/v1/tickets/{id}?format=pdf",
    "qrCode": "/api/v1/tickets/{id}/qr-code",
    "walletPass": "/api/v1/tickets/{id}/wallet-pass",
}
CODE_LENGTH = 16
CODE_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def _belongs_to_caller(call: Call, ticket: Document) -> bool:
    registration = call.tx.get("registration", ticket["registrationId"])
    return registration is not None and is_own(call, registration)


def with_downloads(call: Call, ticket: Document) -> dict[str, Any]:
    """Said for those, too, whose version knows no links."""
    return {**ticket, "downloads": {name: path.format(**ticket) for name, path in DOWNLOADS.items()}}


tickets = Resource(
    "ticket",
    path="/api/v1/tickets/{ticketId}",
    indexes=("registrationId", "eventId", "code", "ticketTypeId"),
    visible=_belongs_to_caller,
    sees_all=sees_all,
    present=with_downloads,
    links=DOWNLOADS,
)


def find_by_code(tx: Transaction, code: str) -> Document | None:
    """The ticket on which the code is printed, whatever the case."""
    found = tx.find("ticket", {"code": code.strip().upper()}, limit=1)
    return found[0] if found else None


def tickets_of(tx: Transaction, registration_id: str) -> list[Document]:
    """Every ticket the registration ever had, the replaced ones too."""
    return tx.find("ticket", {"registrationId": registration_id})


def issue_tickets(tx: Transaction, registration: Mapping[str, Any]) -> None:
    """Attendees and tickets of a registration that has none yet."""
    for attendee in register_attendees(tx, registration):
        _issue(tx, attendee, attendee["ticketId"])


def reissue_ticket(tx: Transaction, attendee: Document) -> Document:
    """A new ticket in place of the attendee's present one, which is revoked; raises InvalidStateTransition
    once it would admit nobody.
    """
    if tx.need("event", attendee["eventId"])["status"] == "completed":
        raise InvalidStateTransition(details="the event is over", target="status")
    old = tx.need("ticket", attendee["ticketId"])
    if old["status"] != "revoked":
        tickets.move(tx, old, LIFE, "revoke", revokedAt=tx.stamp(), revocationReason="reissued")
    new = _issue(tx, attendee, tx.new_id("ticket"), old["id"])
    attendees.save(tx, attendee, ticketId=new["id"])
    return new


def void_tickets(tx: Transaction, registration_id: str) -> None:
    """Revoke what a cancelled registration had; its attendees are cancelled."""
    for ticket in tickets_of(tx, registration_id):
        if ticket["status"] != "revoked":
            tickets.move(
                tx, ticket, LIFE, "void", revokedAt=tx.stamp(), revocationReason="registration cancelled"
            )
    for attendee in tx.find("attendee", {"registrationId": registration_id}):
        attendees.save(tx, attendee, status="cancelled")


def expire_tickets(tx: Transaction, event_id: str) -> None:
    """The event is over: what was not used admits nobody any more."""
    for ticket in tx.find("ticket", {"eventId": event_id}):
        if ticket["status"] == "valid":
            tickets.move(tx, ticket, LIFE, "expire")


def _issue(tx: Transaction, attendee: Mapping[str, Any], key: str, reissue_of: str | None = None) -> Document:
    ticket = {
        "id": key,
        "code": tx.new_token("ticket", CODE_LENGTH, CODE_ALPHABET),
        "registrationId": attendee["registrationId"],
        "attendeeId": attendee["id"],
        "eventId": attendee["eventId"],
        "ticketTypeId": attendee["ticketTypeId"],
        "status": "valid",
        "issuedAt": tx.stamp(),
        "revokedAt": None,
        "revocationReason": None,
        "reissueOf": reissue_of,
        "validFrom": None,
        "validUntil": None,
    }
    return tickets.insert(tx, ticket)
