"""Tickets: what admits a person; revoked by hand, and judged before the door does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.platform.admission import Verdict, judge
from sandbox.platform.admission_papers import wallet_pass
from sandbox.platform.attendees import attendees
from sandbox.platform.call import Call
from sandbox.platform.entry_counts import count_tickets
from sandbox.platform.reach import is_within
from sandbox.platform.ticket_life import LIFE, find_by_code, tickets, with_downloads

__all__ = ["tickets"]


def revoke_ticket(call: Call, ticket_id: str, body: Mapping[str, Any] | None = None) -> Document:
    """The ticket admits nobody any more; its registration keeps the place and counts one ticket fewer."""
    reason = (body or {}).get("reason")
    revoked = tickets.act(call, ticket_id, LIFE, "revoke", revokedAt=call.tx.stamp(), revocationReason=reason)
    count_tickets(call.tx, revoked["registrationId"])
    return revoked


def get_ticket_qr_code(call: Call, ticket_id: str) -> Document:
    """What is scanned at the door."""
    return tickets.get(call, ticket_id)


def get_wallet_pass(call: Call, ticket_id: str) -> dict[str, Any]:
    """For the wallet of a telephone."""
    return wallet_pass(call, tickets.get(call, ticket_id))


def validate_ticket(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    """What the door would say, without changing anything."""
    ticket = find_by_code(call.tx, body["code"])
    if ticket is not None and not is_within(call, "ticket", ticket):
        return _report(call, None, Verdict("wrong_event", "the role was given for other events"))
    at = body.get("at") or call.tx.stamp()
    return _report(call, ticket, judge(call.tx, ticket, "entry", at, body.get("eventId")))


def _report(call: Call, ticket: Document | None, verdict: Verdict) -> dict[str, Any]:
    """The verdict with whom it is about; the scan that stands in the way comes with it."""
    attendee = call.tx.get("attendee", ticket["attendeeId"]) if ticket is not None else None
    used = verdict.previous
    return {
        "valid": verdict.reason == "ok",
        "reason": verdict.reason,
        "ticket": tickets.shown(with_downloads(call, ticket)) if ticket is not None else None,
        "attendee": attendees.shown(attendee) if attendee is not None else None,
        "requiresAttention": verdict.reason not in ("ok", "not_open"),
        "previousCheckIn": {k: v for k, v in used.items() if k[0] != "_"} if used is not None else None,
    }
