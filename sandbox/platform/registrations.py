"""Registrations: places taken at an event, from the request over payment to the tickets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    CancellationWindowClosed,
    InvalidStateTransition,
    PaymentRequired,
)
from sandbox.kernel.replies import Page
from sandbox.platform.admission_papers import badge, certificate, persons
from sandbox.platform.call import Call
from sandbox.platform.desk_payments import on_the_house, take_at_desk
from sandbox.platform.entry_counts import count_tickets
from sandbox.platform.filters import Predicate
from sandbox.platform.group_entry import let_in, take_back_all
from sandbox.platform.guest_letters import send_tickets, tell_cancelled
from sandbox.platform.intake import (
    check_consents,
    draft,
    holder_of,
    normalised_contact,
    open_event,
    place,
)
from sandbox.platform.ownership import is_guest
from sandbox.platform.pricing import price_order
from sandbox.platform.promo_codes import count_use
from sandbox.platform.registration_ends import cancel, expire_registration
from sandbox.platform.registration_life import (
    EXPIRE,
    LIFE,
    approve,
    awaits_approval_to_pay,
    confirm,
    due_units,
    keep_hold,
    registrations,
)
from sandbox.platform.settlement import (
    note_payment,
    registration_due,
    settle_registration,
)
from sandbox.platform.ticket_life import issue_tickets, reissue_ticket, tickets_of
from sandbox.platform.waitlist import promote

__all__ = ["JOBS", "note_payment", "registration_due", "registrations", "settle_registration"]

JOBS = {EXPIRE: expire_registration}


def list_registrations(call: Call, email: str | None = None, ticket_type_id: str | None = None) -> Page:
    """Guests get their own by index rather than by looking through all."""
    where: dict[str, Any] = {"userId": call.principal.user_id or ""} if is_guest(call) else {}
    if email is not None:
        where["contact.email"] = email.lower()
    predicates = [_has_type(ticket_type_id)] if ticket_type_id is not None else []
    return registrations.list(call, predicates, **where)


def get_registration_calendar(call: Call, registration_id: str) -> Document:
    """For calendar programs."""
    return registrations.get(call, registration_id)


def get_registration_badge(
    call: Call, registration_id: str, attendee_id: str | None = None
) -> dict[str, Any]:
    """Of the attendee who is asked for, or the first."""
    registration = registrations.get(call, registration_id)
    return badge(call.tx, persons(call.tx, registration["id"], attendee_id)[0])


def get_certificate(call: Call, registration_id: str, attendee_id: str | None = None) -> dict[str, Any]:
    """Of the attendee who is asked for, or the first who came."""
    registration = registrations.get(call, registration_id)
    asked = persons(call.tx, registration["id"], attendee_id)
    came = [each for each in asked if each["status"] == "checked_in"]
    return certificate(call, registration, (came or asked)[0])


def create_registration(call: Call, body: Mapping[str, Any]) -> Document:
    """Take the places, or a position on the waitlist; what costs nothing is confirmed at once."""
    event = open_event(call.tx, body["eventId"])
    check_consents(event, body)
    order = price_order(call.tx, event, body)
    drafted = draft(body, order, call)
    holder = holder_of(call.tx, event, drafted["contact"]["email"])
    registration = registrations.create(call, drafted, _holder=holder, **place(call.tx, event, order))
    _begin(call, registration)
    return registration


def update_registration(call: Call, registration_id: str, body: Mapping[str, Any]) -> Document:
    """Contact, consents, notes and reference may change until the registration is cancelled."""
    before = registrations.get(call, registration_id)
    registrations.check_match(call, before)
    if before["status"] == "cancelled":
        raise InvalidStateTransition(details="a cancelled registration stays as it is", target="status")
    members = _renamed(call, before, body["contact"]) if "contact" in body else {}
    return registrations.update(call, registration_id, body, **members)


def confirm_registration(call: Call, registration_id: str, body: Mapping[str, Any] | None = None) -> Document:
    """Approve, and settle what is due; where a payment is to do so, approval lets the time for it begin."""
    registration = registrations.get(call, registration_id)
    asked = body or {}
    method = asked.get("method", "payment")
    if method == "payment" and awaits_approval_to_pay(registration):
        return approve(call.tx, registration)
    if method == "offline" and due_units(registration) > 0:
        return take_at_desk(call.tx, registration, asked.get("note"))
    waived = on_the_house(call.tx, registration) if method == "complimentary" else {}
    return confirm(call.tx, registration, approvedAt=call.tx.stamp(), **waived)


def cancel_registration(call: Call, registration_id: str, body: Mapping[str, Any]) -> Document:
    """Within the event's deadline, or after it by who may override."""
    registration = registrations.get(call, registration_id)
    LIFE.next(registration["status"], "cancel")
    event = call.tx.need("event", registration["eventId"])
    if registration["status"] == "confirmed":
        _check_deadline(call, event, body["override"])
    if body["notify"]:
        tell_cancelled(call.tx, registration, body["reason"])
    percent = _refund_percent(call, event, body["refund"])
    return cancel(call.tx, registration, body["reason"], _actor(call), percent)


def promote_registration(call: Call, registration_id: str) -> Document:
    """Take it off the waitlist out of turn."""
    return promote(call.tx, registrations.get(call, registration_id))


def check_in_registration(call: Call, registration_id: str, body: Mapping[str, Any] | None = None) -> Page:
    """Let all its people in, or those asked for."""
    made = let_in(call, registrations.get(call, registration_id), body or {})
    return Page.of_all(made, "made")


def revert_registration_check_in(call: Call, registration_id: str) -> None:
    """Nobody of it has come in."""
    take_back_all(call, registrations.get(call, registration_id))


def list_registration_tickets(call: Call, registration_id: str) -> Page:
    """All of them, revoked ones too."""
    registrations.get(call, registration_id)
    found = tickets_of(call.tx, registration_id)
    return Page.of_all(found)


def generate_tickets(call: Call, registration_id: str, body: Mapping[str, Any] | None = None) -> Page:
    """The valid tickets of the attendees asked for, made anew where wanted or where there is none."""
    registration, asked = registrations.get(call, registration_id), body or {}
    _check_confirmed(registration)
    chosen = _attendees(call, registration_id, asked.get("attendeeIds"))
    made = [_ticket_for(call, attendee, bool(asked.get("reissue"))) for attendee in chosen]
    count_tickets(call.tx, registration_id)
    if asked.get("deliver") == "email":
        send_tickets(call.tx, registration, made)
    return Page.of_all(made, "made")


def _renamed(call: Call, before: Document, contact: Mapping[str, Any]) -> dict[str, Any]:
    """The contact with what changed of it, still the only one of that address."""
    changed = normalised_contact({**before["contact"], **contact})
    event = call.tx.need("event", before["eventId"])
    return {"contact": changed, "_holder": holder_of(call.tx, event, changed["email"], before["id"])}


def _begin(call: Call, registration: Document) -> None:
    """What follows from the state a registration starts in."""
    status = registration["status"]
    if registration["promoCode"] is not None:
        count_use(call.tx, registration, 1)
    if status == "confirmed":
        issue_tickets(call.tx, registration)
    if status in ("confirmed", "waitlisted"):
        call.tx.emit(f"registration.{status}", "registration", registration)
    if registration["expiresAt"]:
        keep_hold(call.tx, registration)


def _check_confirmed(registration: Document) -> None:
    if registration["status"] == "pending":
        raise PaymentRequired(details="tickets are issued when the registration is confirmed")
    if registration["status"] not in ("confirmed", "checked_in"):
        raise InvalidStateTransition(details=f"the registration is {registration['status']}", target="status")


def _deadline(event: Document) -> datetime:
    return parse_instant(event["startsAt"]) - timedelta(hours=event["refundPolicy"]["deadlineHours"])


def _check_deadline(call: Call, event: Document, override: bool) -> None:
    deadline, manages = _deadline(event), call.principal.has("registrations:manage")
    if call.tx.now() > deadline and not (override and manages):
        raise CancellationWindowClosed(details=f"cancellation was possible until {instant(deadline)}")


def _refund_percent(call: Call, event: Document, refund: str) -> int:
    """In full where a manager says so; by policy only what comes in time gives money back."""
    policy = event["refundPolicy"]
    if refund == "full" and call.principal.has("registrations:manage"):
        return 100
    if refund == "none" or policy["type"] == "none" or call.tx.now() > _deadline(event):
        return 0
    return int(policy["percent"])


def _attendees(call: Call, registration_id: str, wanted: list[str] | None) -> list[Document]:
    known = call.tx.find("attendee", {"registrationId": registration_id})
    if wanted is None:
        return known
    by_id = {attendee["id"]: attendee for attendee in known}
    if unknown := [key for key in wanted if key not in by_id]:
        raise BusinessRuleViolation(
            details=f"'{unknown[0]}' is no attendee of the registration", target="/attendeeIds"
        )
    return [by_id[key] for key in wanted]


def _ticket_for(call: Call, attendee: Document, reissue: bool) -> Document:
    ticket = call.tx.need("ticket", attendee["ticketId"])
    return reissue_ticket(call.tx, attendee) if ticket["status"] == "revoked" or reissue else ticket


def _has_type(ticket_type_id: str) -> Predicate:
    return lambda registration: any(item["ticketTypeId"] == ticket_type_id for item in registration["items"])


def _actor(call: Call) -> str:
    return call.principal.user_id or call.principal.credential_id
