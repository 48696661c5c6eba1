"""Promotion codes: what they take off, of which tickets, until when and how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import DomainError, PromoCodeInvalid
from sandbox.kernel.workspace import Transaction

EVERYWHERE = {"SANDBOX10": 10, "SANDBOX50": 50, "SANDBOX100": 100}
"""Percent of the codes that hold for every ticket of every event, in every world."""


class Promotion(NamedTuple):
    """What a code takes off in percent; of all ticket types when none is named."""

    percent: int
    ticket_types: tuple[str, ...] = ()

    def percent_of(self, ticket_type_id: str) -> int:
        """Zero for a ticket type that the code is not for."""
        return self.percent if not self.ticket_types or ticket_type_id in self.ticket_types else 0


def promotion(tx: Transaction, event: Document, code: str) -> Promotion:
    """What the code grants at the event now; raises PromoCodeInvalid."""
    key = code.upper()
    if key in EVERYWHERE:
        return Promotion(EVERYWHERE[key])
    stored = tx.get("promo_code", key)
    if stored is None or stored["eventId"] not in (None, event["id"]):
        raise _invalid(f"'{code}' is no promo code of this event")
    now = tx.stamp()
    if now < (stored["startsAt"] or now):
        raise _invalid(f"'{code}' holds from {stored['startsAt']}")
    if now > (stored["endsAt"] or now):
        raise _invalid(f"'{code}' held until {stored['endsAt']}")
    if stored["maxUses"] is not None and stored["used"] >= stored["maxUses"]:
        raise _invalid(f"'{code}' was used {stored['used']} times, which is all")
    return Promotion(stored["percent"], tuple(stored["ticketTypeIds"]))


def check_covers(granted: Promotion, items: list[dict[str, object]], code: str) -> None:
    """Raises PromoCodeInvalid when no item is of a ticket type that the code is for."""
    if not any(granted.percent_of(str(item["ticketTypeId"])) for item in items):
        raise _invalid(f"'{code}' is for none of these ticket types")


def count_use(tx: Transaction, registration: Mapping[str, object], change: int) -> None:
    """One registration more, or one fewer, holds the code."""
    stored = tx.get("promo_code", str(registration["promoCode"]).upper())
    if stored is not None:
        tx.put("promo_code", {**stored, "used": max(stored["used"] + change, 0)})


def _invalid(details: str) -> DomainError:
    return PromoCodeInvalid(details=details, target="/promoCode")
