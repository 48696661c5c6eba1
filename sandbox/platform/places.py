"""Places at an event and tickets of its types: taken and given back together, never more than there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import DomainError, EventSoldOut, TicketTypeSoldOut
from sandbox.kernel.workspace import Transaction

Items = Iterable[Mapping[str, Any]]


def availability(capacity: int | None, allocated: int, waitlisted: int = 0) -> dict[str, Any]:
    """What an event shows of its places."""
    remaining = None if capacity is None else max(capacity - allocated, 0)
    return {
        "capacity": capacity,
        "allocated": allocated,
        "remaining": remaining,
        "waitlisted": waitlisted,
        "soldOut": remaining == 0,
    }


def places_of(items: Items) -> int:
    """How many persons the items admit."""
    return sum(item["quantity"] * item["admits"] for item in items)


def quantities(items: Items) -> dict[str, int]:
    """Tickets by type."""
    counted: dict[str, int] = {}
    for item in items:
        key = item["ticketTypeId"]
        counted[key] = counted.get(key, 0) + item["quantity"]
    return counted


def shortage(tx: Transaction, event: Document, items: Items) -> DomainError | None:
    """Why the items cannot be had now; None when they can."""
    remaining = event["availability"]["remaining"]
    if remaining is not None and (wanted := places_of(items)) > remaining:
        return EventSoldOut(
            details=f"{wanted} wanted, {remaining} of {event['capacity']} left", target="/items"
        )
    for key, quantity in quantities(items).items():
        left = tx.need("ticket_type", key)["remaining"]
        if left is not None and quantity > left:
            return TicketTypeSoldOut(details=f"{quantity} of '{key}' wanted, {left} left", target="/items")
    return None


def take(tx: Transaction, event: Document, items: Items, from_waitlist: bool = False) -> Document:
    """Allocate; raises EventSoldOut or TicketTypeSoldOut, and then nothing is taken. Returns the event."""
    fault = shortage(tx, event, items)
    if fault is not None:
        raise fault
    return _change(tx, event, items, 1, -1 if from_waitlist else 0)


def give_back(tx: Transaction, event: Document, items: Items) -> Document:
    """Free what the items had taken. Returns the event."""
    return _change(tx, event, items, -1, 0)


def count_waiting(tx: Transaction, event: Document, change: int) -> Document:
    """One more or one less on the waitlist. Returns the event."""
    return _change(tx, event, (), 0, change)


def _change(tx: Transaction, event: Document, items: Items, sign: int, waiting: int) -> Document:
    for key, quantity in quantities(items).items():
        ticket_type = tx.need("ticket_type", key)
        tx.revise(
            "ticket_type",
            ticket_type,
            **stock(ticket_type["quantity"], ticket_type["sold"] + sign * quantity),
        )
    before = event["availability"]
    allocated = before["allocated"] + sign * places_of(items)
    after = availability(event["capacity"], allocated, before["waitlisted"] + waiting)
    return tx.revise("event", event, availability=after)


def stock(quantity: int | None, sold: int) -> dict[str, int | None]:
    """What a ticket type shows of its stock."""
    return {"sold": sold, "remaining": None if quantity is None else max(quantity - sold, 0)}
