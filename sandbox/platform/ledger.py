"""The ledger: every movement of money is one balanced record, written with its cause, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.accounting.movements import ACCOUNTS, BALANCE, Movement, entry, groups_of
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.workspace import Transaction
from sandbox.platform.money import money
from sandbox.platform.ownership import is_payer, sees_all
from sandbox.platform.resource import Resource, at_least, at_most, equals
from sandbox.platform.sums import amount_filters

transactions = Resource(
    "transaction",
    path="/api/v1/transactions/{transactionId}",
    indexes=("paymentId", "type"),
    sorts=("createdAt", "_amount", "sequence"),
    filters={
        "type": equals("type"),
        "direction": equals("direction"),
        "currency": equals("currency"),
        "provider": equals("provider"),
        "paymentId": equals("paymentId"),
        "subjectType": equals("subject.type"),
        "subjectId": equals("subject.id"),
        **amount_filters(),
        "createdAfter": at_least("createdAt"),
        "createdBefore": at_most("createdAt"),
    },
    visible=is_payer,
    sees_all=sees_all,
)
KINDS = [Kind("ledger_balance")]


def record(
    tx: Transaction,
    kind: str,
    payment: Mapping[str, Any],
    movements: Sequence[Movement],
    description: str,
    **references: str | None,
) -> Document:
    """Write one record; what its movements do not bring to zero is a mistake of ours."""
    kept = [each for each in movements if each.units]
    if sum(each.units for each in kept):
        raise AssertionError(f"the movements of a {kind} do not balance: {kept}")
    currency = payment["amount"]["currency"]
    balances = _carried(tx, currency, kept)
    sequence = tx.next_number("ledger")
    written = entry(kind, payment, kept, description, **references)
    return transactions.insert(
        tx,
        {
            **written,
            "sequence": sequence,
            "balanceAfter": money(balances[BALANCE], currency),
            "occurredAt": tx.stamp(),
            **grouped(tx, payment),
        },
    )


def opened(tx: Transaction, currency: str) -> dict[str, int]:
    """What each account of a currency holds: debits less credits."""
    known = tx.get("ledger_balance", currency)
    held = {} if known is None else known["accounts"]
    return {account: held.get(account, 0) for account in ACCOUNTS}


def grouped(tx: Transaction, payment: Mapping[str, Any]) -> dict[str, str | None]:
    """What reports group by, of what was paid for."""
    kind, key = payment["subject"]["type"], payment["subject"]["id"]
    invoice = tx.get(kind, key) if kind == "invoice" else None
    if invoice is not None and invoice["_subject"]:
        kind, _, key = invoice["_subject"].partition(":")
    return groups_of(tx.get(kind, key) or {})


def _carried(tx: Transaction, currency: str, movements: Sequence[Movement]) -> dict[str, int]:
    balances = opened(tx, currency)
    for each in movements:
        balances[each.account] += each.units
    tx.put("ledger_balance", {"id": currency, "accounts": balances})
    return balances
