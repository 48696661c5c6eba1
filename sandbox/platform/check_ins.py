"""Check-ins: every pass through the door, once for each scan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import DomainError
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.admission import Verdict, judge, last_passage
from sandbox.platform.attendees import attendees
from sandbox.platform.call import Call
from sandbox.platform.entry_counts import note_entry, note_entry_reverted
from sandbox.platform.filters import Filter, Predicate
from sandbox.platform.reach import check_within
from sandbox.platform.resource import Resource, at_least, at_most, equals
from sandbox.platform.ticket_life import LIFE as TICKET_LIFE
from sandbox.platform.ticket_life import find_by_code, tickets

LIFE = TransitionTable("check-in", {("standing", "revert"): "reverted"})

REFUSALS: dict[str, type[DomainError]] = {
    "invalid": errors.TicketInvalid,
    "wrong_event": errors.WrongEvent,
    "cancelled": errors.TicketRevoked,
    "revoked": errors.TicketRevoked,
    "unpaid": errors.TicketUnpaid,
    "already_checked_in": errors.AlreadyCheckedIn,
    "not_open": errors.CheckInNotOpen,
    "not_inside": errors.InvalidStateTransition,
}
FORCIBLE = frozenset({"already_checked_in", "not_open", "not_inside"})


def _reverted(wanted: bool) -> Predicate:
    return lambda check_in: (check_in["revertedAt"] is not None) == wanted


check_ins = Resource(
    "check_in",
    path="/api/v1/check-ins/{checkInId}",
    indexes=("ticketId", "eventId", "nonce"),
    sorts=("at",),
    filters={
        "eventId": equals("eventId"),
        "ticketId": equals("ticketId"),
        "gate": equals("gate"),
        "deviceId": equals("deviceId"),
        "type": equals("type"),
        "after": at_least("at"),
        "before": at_most("at"),
        "reverted": Filter(predicate=_reverted),
    },
)


def create_check_in(call: Call, body: dict[str, Any]) -> Document:
    """Let a person in or out; the same scan sent again is answered with the first result."""
    ticket = _scanned_ticket(call.tx, body)
    repeated = _same_scan(call.tx, ticket, body.get("nonce"))
    if repeated is not None:
        return repeated
    _admit(call, ticket, body)
    return _pass(call, ticket, body)


def revert_check_in(call: Call, check_in_id: str) -> None:
    """Take a scan back: the ticket admits again unless another entry stands."""
    check_in = check_ins.get(call, check_in_id)
    check_ins.check_match(call, check_in)
    LIFE.next("reverted" if check_in["revertedAt"] else "standing", "revert")
    take_back(call.tx, check_in)


def take_back(tx: Transaction, check_in: Document) -> None:
    """Revert one that stands; what was cancelled meanwhile keeps its history."""
    if tx.need("registration", check_in["registrationId"])["status"] == "cancelled":
        raise errors.InvalidStateTransition(details="the registration is cancelled", target="status")
    reverted = check_ins.save(tx, check_in, revertedAt=tx.stamp())
    if last_passage(tx, check_in["ticketId"]) is None:
        _release(tx, tx.need("ticket", check_in["ticketId"]))
    tx.emit("checkin.reverted", "check_in", reverted)


def _scanned_ticket(tx: Transaction, body: Mapping[str, Any]) -> Document:
    """The ticket by its code or id; raises TicketInvalid."""
    if ("ticketCode" in body) == ("ticketId" in body):
        raise errors.ValidationError(details="send ticketCode or ticketId, one of them", target="/ticketCode")
    ticket = (
        find_by_code(tx, body["ticketCode"]) if "ticketCode" in body else tx.get("ticket", body["ticketId"])
    )
    if ticket is None:
        raise errors.TicketInvalid(details="no such ticket", target=_shown_by(body))
    return ticket


def _shown_by(body: Mapping[str, Any]) -> str:
    return "/ticketCode" if "ticketCode" in body else "/ticketId"


def _admit(call: Call, ticket: Document, body: Mapping[str, Any]) -> None:
    """Raises what speaks against the passage, unless it may be forced."""
    check_within(call, "ticket", ticket)
    at = body.get("at") or call.tx.stamp()
    verdict = judge(call.tx, ticket, body["type"], at, body.get("eventId"))
    if at > call.tx.stamp():
        verdict = Verdict("not_open", f"{at} is still to come")
    if body["force"] and not call.principal.has("registrations:manage"):
        raise errors.InsufficientPermissions(details="force needs registrations:manage", target="/force")
    if verdict.reason == "ok" or (body["force"] and verdict.reason in FORCIBLE):
        return
    links = {}
    if verdict.previous is not None:
        links["previousCheckIn"] = {"href": check_ins.address(verdict.previous)}
    raise REFUSALS[verdict.reason](details=verdict.details, target=_shown_by(body), links=links)


def _same_scan(tx: Transaction, ticket: Document, nonce: str | None) -> Document | None:
    if nonce is None:
        return None
    scans = tx.find("check_in", {"nonce": nonce, "ticketId": ticket["id"]}, limit=1)
    return scans[0] if scans else None


def _pass(call: Call, ticket: Document, body: Mapping[str, Any]) -> Document:
    tx = call.tx
    stored = check_ins.insert(tx, _check_in(call, ticket, body))
    if body["type"] == "exit":
        return stored
    attendee = tx.need("attendee", ticket["attendeeId"])
    registration = tx.need("registration", ticket["registrationId"])
    if ticket["status"] != "used":
        tickets.move(tx, ticket, TICKET_LIFE, "use")
        attendee = attendees.save(tx, attendee, status="checked_in", checkedInAt=stored["at"])
        registration = note_entry(tx, registration)
    summary = {
        member: registration[member] for member in ("id", "code", "status", "eventId", "checkedInCount")
    }
    tx.emit("checkin.completed", "check_in", stored, attendee=attendees.shown(attendee), registration=summary)
    return stored


def _check_in(call: Call, ticket: Document, body: Mapping[str, Any]) -> dict[str, Any]:
    tx, principal = call.tx, call.principal
    return {
        "ticketId": ticket["id"],
        "ticketCode": ticket["code"],
        "eventId": ticket["eventId"],
        "type": body["type"],
        "at": body.get("at") or tx.stamp(),
        "gate": body.get("gate"),
        "deviceId": body.get("deviceId"),
        "nonce": body.get("nonce"),
        "force": body["force"],
        "offline": body["offline"],
        "metadata": body.get("metadata", {}),
        "result": "ok",
        "attendeeId": ticket["attendeeId"],
        "registrationId": ticket["registrationId"],
        "performedBy": principal.user_id or principal.credential_id,
        "revertedAt": None,
        "_number": tx.count("check_in", {"ticketId": ticket["id"]}),
    }


def _release(tx: Transaction, ticket: Document) -> None:
    """Back to before the first entry."""
    if ticket["status"] != "used":
        return
    over = tx.need("event", ticket["eventId"])["status"] == "completed"
    tickets.move(tx, ticket, TICKET_LIFE, "lapse" if over else "release")
    attendees.save(tx, tx.need("attendee", ticket["attendeeId"]), status="registered", checkedInAt=None)
    note_entry_reverted(tx, tx.need("registration", ticket["registrationId"]))
