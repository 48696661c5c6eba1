"""What payments, refunds and disputes mean for the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.accounting.movements import (
    Movement,
    charge_movements,
    dispute_movements,
    fee_movements,
    refund_movements,
)
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.ledger import record
from sandbox.platform.money import minor_units

Payment = Mapping[str, Any]


def book_charge(tx: Transaction, payment: Payment) -> None:
    """Money came in, and the provider kept its fee."""
    units, tax = minor_units(payment["amountCaptured"]), payment["_tax"]
    record(tx, "charge", payment, charge_movements(units, tax), f"Payment {payment['reference']}")
    fee = 0 if payment["fees"] is None else minor_units(payment["fees"])
    if fee:
        record(tx, "fee", payment, fee_movements(fee), f"Fee of {payment['provider']}")


def book_refund(tx: Transaction, payment: Payment, refund: Document, before: int) -> None:
    """Money went back; `before` is what had gone back until then, in minor units."""
    movements = refund_movements(payment, minor_units(refund["amount"]), before)
    words = f"Refund of {payment['reference']}"
    record(tx, "refund", payment, movements, words, refund_id=refund["id"])


def book_failed_refund(tx: Transaction, payment: Payment, refund: Document, after: int) -> None:
    """Money that had gone back returned; `after` is what is still gone, in minor units."""
    movements = refund_movements(payment, minor_units(refund["amount"]), after)
    turned = [Movement(each.account, -each.units) for each in movements]
    words = f"Failed refund of {payment['reference']}"
    record(tx, "adjustment", payment, turned, words, refund_id=refund["id"])


def book_dispute(tx: Transaction, payment: Payment, dispute: Document) -> None:
    """The provider took the disputed money back."""
    units, words = minor_units(dispute["amount"]), f"Dispute of {payment['reference']}"
    record(tx, "dispute", payment, dispute_movements(units), words, dispute_id=dispute["id"])


def book_won_dispute(tx: Transaction, payment: Payment, dispute: Document) -> None:
    """The disputed money came back."""
    units, words = minor_units(dispute["amount"]), f"Dispute of {payment['reference']} won"
    record(tx, "dispute_reversal", payment, dispute_movements(-units), words, dispute_id=dispute["id"])
