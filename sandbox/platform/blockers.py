"""What stands in the way of an erasure: obligations on either side that still need to know who it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.moves import call_off
from sandbox.platform.person import Person, trace

AHEAD = ("pending", "confirmed")


def blockers(tx: Transaction, subject: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each with its code and the resource that is the reason."""
    person = trace(tx, subject)
    return [
        *_of(person, "payment", "open_dispute", lambda each: each["status"] == "disputed"),
        *_of(person, "invoice", "unpaid_invoice", lambda each: each["status"] == "issued"),
        *_of(person, "booking", "upcoming_booking", lambda each: _is_ahead(tx, each)),
        *_of(person, "registration", "upcoming_registration", lambda each: _is_paid_and_ahead(tx, each)),
    ]


def _of(person: Person, kind: str, code: str, stands_in_the_way: Any) -> list[dict[str, Any]]:
    return [
        {"code": code, "resource": {"type": kind, "id": document["id"]}}
        for document in person.documents.get(kind, {}).values()
        if stands_in_the_way(document)
    ]


def _is_ahead(tx: Transaction, booking: Document) -> bool:
    return booking["status"] in AHEAD and bool(booking["startsAt"] > tx.stamp())


def _is_paid_and_ahead(tx: Transaction, registration: Document) -> bool:
    event = tx.get("event", registration["eventId"])
    is_ahead = event is not None and (event["startsAt"] or "") > tx.stamp()
    return (
        is_ahead and registration["status"] in AHEAD and float(registration["totals"]["paid"]["amount"]) > 0
    )


def cancel_bookings(tx: Transaction, subject: Mapping[str, Any]) -> None:
    """All that are still ahead; what was paid goes back."""
    for booking in trace(tx, subject).documents.get("booking", {}).values():
        if _is_ahead(tx, booking):
            call_off(tx, booking, "platform", "erasure")
