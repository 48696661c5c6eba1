"""The ledger of the seed world: what every payment, refund and dispute of it moved, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.accounting.amounts import minor_units, money
from sandbox.accounting.movements import (
    ACCOUNTS,
    BALANCE,
    Movement,
    charge_movements,
    dispute_movements,
    entry,
    fee_movements,
    groups_of,
    refund_movements,
)
from sandbox.seeds.world import SeedWorld

Doc = dict[str, Any]
Step = tuple[str, str, Mapping[str, Any], list[Movement], str, dict[str, str]]
"""When, which kind, of which payment, what moved, in words, what else it names."""


def put_books(world: SeedWorld) -> None:
    """Records with their balances, and the balances themselves."""
    balances: dict[str, dict[str, int]] = {}
    steps = sorted(_steps(world), key=lambda step: step[0])
    for sequence, (at, kind, payment, movements, words, references) in enumerate(steps, 1):
        kept = [each for each in movements if each.units]
        currency = payment["amount"]["currency"]
        held = balances.setdefault(currency, dict.fromkeys(ACCOUNTS, 0))
        for each in kept:
            held[each.account] += each.units
        record = {
            "id": world.id("d8", sequence + 999),
            "version": 1,
            "createdAt": at,
            "updatedAt": at,
            **entry(kind, payment, kept, words, **references),
            "sequence": sequence,
            "balanceAfter": money(held[BALANCE], currency),
            "occurredAt": at,
            **groups_of(world.get(payment["subject"]["type"], payment["subject"]["id"])),
        }
        world.put("transaction", record)
    for currency, accounts in balances.items():
        world.put("ledger_balance", {"id": currency, "accounts": accounts})
    world.put("counter", {"id": "ledger", "value": len(steps)})


def _steps(world: SeedWorld) -> Iterator[Step]:
    for payment in world.all("payment"):
        yield from _of_payment(payment)
    for refund in world.all("refund"):
        if refund["status"] != "succeeded":
            continue
        payment = world.get("payment", refund["paymentId"])
        moved = refund_movements(payment, minor_units(refund["amount"]), 0)
        words = f"Refund of {payment['reference']}"
        yield refund["createdAt"], "refund", payment, moved, words, {"refund_id": refund["id"]}
    for dispute in world.all("dispute"):
        payment = world.get("payment", dispute["paymentId"])
        moved = dispute_movements(minor_units(dispute["amount"]))
        words = f"Dispute of {payment['reference']}"
        yield dispute["createdAt"], "dispute", payment, moved, words, {"dispute_id": dispute["id"]}


def _of_payment(payment: Mapping[str, Any]) -> Iterator[Step]:
    units = minor_units(payment["amountCaptured"])
    if not units:
        return
    at, moved = payment["completedAt"], charge_movements(units, payment["_tax"])
    yield at, "charge", payment, moved, f"Payment {payment['reference']}", {}
    if payment["fees"] is not None:
        moved = fee_movements(minor_units(payment["fees"]))
        yield at, "fee", payment, moved, f"Fee of {payment['provider']}", {}
