"""How many of a registration's people are in: with the last of them the registration is checked in."""

from __future__ import annotations

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.registration_life import LIFE, registrations
from sandbox.platform.ticket_life import tickets_of


def count_tickets(tx: Transaction, registration_id: str) -> Document:
    """A ticket was revoked or replaced: count those that admit; who are all in are checked in."""
    registration = tx.need("registration", registration_id)
    count = sum(ticket["status"] != "revoked" for ticket in tickets_of(tx, registration_id))
    if count == registration["ticketCount"] or registration["status"] == "cancelled":
        return registration
    inside = 0 < count <= registration["checkedInCount"]
    action = {("confirmed", True): "check_in", ("checked_in", False): "revert"}
    change = action.get((registration["status"], inside))
    if change is None:
        return registrations.save(tx, registration, ticketCount=count)
    return registrations.move(tx, registration, LIFE, change, ticketCount=count)


def note_entry(tx: Transaction, registration: Document) -> Document:
    """One more person is in; with the last one the registration is checked in."""
    count = registration["checkedInCount"] + 1
    if count >= registration["ticketCount"] and registration["status"] == "confirmed":
        return registrations.move(tx, registration, LIFE, "check_in", checkedInCount=count)
    return registrations.save(tx, registration, checkedInCount=count)


def note_entry_reverted(tx: Transaction, registration: Document) -> Document:
    """One person fewer is in."""
    count = max(registration["checkedInCount"] - 1, 0)
    if registration["status"] == "checked_in":
        return registrations.move(tx, registration, LIFE, "revert", checkedInCount=count)
    return registrations.save(tx, registration, checkedInCount=count)
