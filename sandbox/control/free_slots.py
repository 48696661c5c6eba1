"""Slots that generated bookings take: of whatever can be booked by anybody, on any of the next days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.control.generating import Body, Draw
from sandbox.kernel.clock import instant
from sandbox.kernel.errors import BusinessRuleViolation
from sandbox.kernel.workspace import Transaction
from sandbox.platform.availability import Desk, find_offer
from sandbox.platform.slot_search import open_offers

NARROWING = ("assignmentId", "offeringId")
DAYS_AHEAD = 30


def bookable(tx: Transaction, overrides: Mapping[str, Any]) -> list[Body]:
    """Offerings that ask nothing of who books them; raises BusinessRuleViolation if there are none."""
    wanted = {name: overrides[name] for name in NARROWING if name in overrides}
    offers = open_offers(tx, Desk(tx), {})
    sold = [
        {"assignmentId": offer.assignment["id"], "offeringId": offer.offering["id"]}
        for offer in offers
        if not offer.offering.get("allowedCustomers")
        and "required" not in (offer.assignment.get("extraFields") or {}).values()
    ]
    found = [one for one in sold if wanted.items() <= one.items()]
    if not found:
        raise BusinessRuleViolation(details="nothing can be booked by anybody", target="/entity")
    return found


def free_slot(tx: Transaction, draw: Draw) -> Body:
    """One that is free now; raises BusinessRuleViolation if there is none."""
    day = draw.now + timedelta(days=draw.faker.random_int(0, DAYS_AHEAD))
    first = draw.faker.random_int(0, len(draw.open_to) - 1)
    for begin in (day, draw.now):
        for sold in (*draw.open_to[first:], *draw.open_to[:first]):
            desk = Desk(tx)
            offer = find_offer(tx, desk, sold["assignmentId"], sold["offeringId"])
            for start in desk.free(offer, begin, 1):
                return {**sold, "startsAt": instant(start)}
    raise BusinessRuleViolation(details="no slot is free any more", target="/entity")
