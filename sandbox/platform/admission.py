"""Whether a ticket admits: one judgement for the door and for the question beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction


class Verdict(NamedTuple):
    """`reason` as ticket validations name it; `previous` is the check-in that stands in the way."""

    reason: str
    details: str = ""
    previous: Document | None = None


def judge(tx: Transaction, ticket: Document | None, direction: str, at: str, event_id: str | None) -> Verdict:
    """The first reason that speaks against an entry (or exit) at that time; `ok` when none does."""
    if ticket is None:
        return Verdict("invalid", "no ticket has this code")
    if event_id is not None and ticket["eventId"] != event_id:
        return Verdict("wrong_event", f"the ticket is for event '{ticket['eventId']}'")
    event = tx.need("event", ticket["eventId"])
    registration = tx.need("registration", ticket["registrationId"])
    if "cancelled" in (event["status"], registration["status"]):
        return Verdict("cancelled", "the registration or its event was cancelled")
    if ticket["status"] == "revoked":
        return Verdict("revoked", "the ticket is revoked")
    if registration["status"] not in ("confirmed", "checked_in"):
        return Verdict("unpaid", f"the registration is {registration['status']}")
    return _judge_passage(tx, ticket, event, direction, at)


def last_passage(tx: Transaction, ticket_id: str) -> Document | None:
    """The latest check-in of a ticket that was not reverted."""
    passages = [
        passage for passage in tx.find("check_in", {"ticketId": ticket_id}) if passage["revertedAt"] is None
    ]
    return max(passages, key=lambda passage: (passage["at"], passage["_number"]), default=None)


def doors_open_at(event: Mapping[str, object]) -> str:
    """When the first guests are let in."""
    rules = event["checkIn"]
    minutes = rules["opensMinutesBefore"] if isinstance(rules, Mapping) else 0
    return instant(parse_instant(str(event["startsAt"])) - timedelta(minutes=minutes))


def _judge_passage(tx: Transaction, ticket: Document, event: Document, direction: str, at: str) -> Verdict:
    last = last_passage(tx, ticket["id"])
    inside = last is not None and last["type"] == "entry"
    if direction == "exit":
        return Verdict("ok") if inside else Verdict("not_inside", "the attendee is not inside")
    if last is not None and (inside or not event["checkIn"]["allowReentry"]):
        return Verdict("already_checked_in", f"last scanned at {last['at']}", last)
    opens, closes = doors_open_at(event), min(event["endsAt"], event["completedAt"] or event["endsAt"])
    if not opens <= at <= closes:
        return Verdict("not_open", f"check-in is open from {opens} to {closes}")
    return Verdict("ok")
