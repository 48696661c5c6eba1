"""What is settled at the desk: money that staff take is a payment like any other; what they waive is off."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.invoicing import take_back_unpaid
from sandbox.platform.money import minor_units, money, share
from sandbox.platform.payment_life import complete
from sandbox.platform.payment_opening import blank_payment, insert_payment
from sandbox.platform.payment_subjects import owed
from sandbox.platform.registration_life import due_units, registrations, require_confirmable


def take_at_desk(tx: Transaction, registration: Document, note: str | None) -> Document:
    """Take what a registration owes; whoever takes it approves of it too, so it is confirmed thereby."""
    require_confirmable(registration)
    approved = registrations.save(tx, registration, approvedAt=registration["approvedAt"] or tx.stamp())
    subject = {"type": "registration", "id": approved["id"]}
    asked = owed(tx, subject)
    payment = insert_payment(
        tx, blank_payment(tx, asked, asked.due, {"subject": subject, "provider": "offline"}), "api"
    )
    complete(tx, payment, minor_units(asked.due), "api", note)
    return tx.need("registration", approved["id"])


def on_the_house(tx: Transaction, registration: Mapping[str, Any]) -> dict[str, Any]:
    """What changes when nobody is asked for what is due: it is a discount, on which there is no tax."""
    totals, currency, due = registration["totals"], registration["currency"], due_units(registration)
    if due <= 0:
        return {}
    take_back_unpaid(tx, f"registration:{registration['id']}", "nobody is asked for what is due")
    total = minor_units(totals["total"])
    left = total - due
    reduced = {
        "discount": money(minor_units(totals["discount"]) + due, currency),
        "tax": money(share(left, minor_units(totals["tax"]), total), currency),
        "total": money(left, currency),
        "due": money(0, currency),
    }
    payment = {**registration["payment"], "required": False, "status": "not_required"}
    return {
        "totals": {**totals, **reduced},
        "items": _reduced(registration, left, total),
        "payment": payment,
    }


def _reduced(registration: Mapping[str, Any], left: int, total: int) -> list[dict[str, Any]]:
    """The items with their part of what is left: parts of the sum so far, so that they add up."""
    items = registration["items"]
    so_far = accumulate((minor_units(item["total"]) for item in items), initial=0)
    parts = [after - before for before, after in pairwise(share(units, left, total) for units in so_far)]
    currency = registration["currency"]
    return [{**item, "total": money(part, currency)} for item, part in zip(items, parts, strict=True)]
