"""Which accounts move when money comes, goes, is kept as a fee or is disputed; and how it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sandbox.accounting.amounts import comparable, minor_units, money, share

Payment = Mapping[str, Any]

BALANCE = "balance"
ACCOUNTS = (BALANCE, "sales", "tax_payable", "provider_fees", "disputed")
"""Debits make `balance`, `provider_fees` and `disputed` larger, credits the other two."""


class Movement(NamedTuple):
    """One posting on one account, in minor units: debits are positive, credits negative."""

    account: str
    units: int


def charge_movements(units: int, tax: int) -> list[Movement]:
    """Of what came in, the tax is not ours."""
    return [Movement(BALANCE, units), Movement("sales", tax - units), Movement("tax_payable", -tax)]


def fee_movements(units: int) -> list[Movement]:
    """What the provider keeps."""
    return [Movement("provider_fees", units), Movement(BALANCE, -units)]


def refund_movements(payment: Payment, units: int, before: int) -> list[Movement]:
    """Tax goes back in proportion; shares of the sum so far, so that all refunds together give back all."""
    captured, tax = minor_units(payment["amountCaptured"]), payment["_tax"]
    back = share(before + units, tax, captured) - share(before, tax, captured)
    return [Movement("sales", units - back), Movement("tax_payable", back), Movement(BALANCE, -units)]


def dispute_movements(units: int) -> list[Movement]:
    """Kept apart until it is decided; negative when it comes back."""
    return [Movement("disputed", units), Movement(BALANCE, -units)]


def brought_in(payment: Payment) -> int:
    """What was charged back was not paid; what was refunded before that was. In minor units."""
    kept = "amountRefunded" if payment["status"] == "charged_back" else "amountCaptured"
    return minor_units(payment[kept]) if payment.get(kept) else 0


def entry(
    kind: str,
    payment: Mapping[str, Any],
    movements: Sequence[Movement],
    description: str,
    **references: str | None,
) -> dict[str, Any]:
    """The record itself, but for when it happened and what the balance was then."""
    currency = payment["amount"]["currency"]
    units = sum(each.units for each in movements if each.account == BALANCE)
    return {
        "metadata": {},
        "type": kind,
        "direction": "credit" if units >= 0 else "debit",
        "amount": money(abs(units), currency),
        "currency": currency,
        "provider": payment["provider"],
        "subject": payment["subject"],
        "paymentId": payment["id"],
        "refundId": references.get("refund_id"),
        "disputeId": references.get("dispute_id"),
        "description": description,
        "entries": [
            {
                "account": each.account,
                "direction": "debit" if each.units > 0 else "credit",
                "amount": money(abs(each.units), currency),
            }
            for each in movements
        ],
        "_amount": comparable(abs(units), currency),
        "_userId": payment["_userId"],
    }


def groups_of(document: Mapping[str, Any]) -> dict[str, str | None]:
    """Event, location and practitioner of a registration or a booking."""
    return {f"_{name}": document.get(name) for name in ("eventId", "locationId", "practitionerId")}
