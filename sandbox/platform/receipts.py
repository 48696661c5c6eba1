"""Receipts: what was paid, by whom, for what, with its tax; the same at every reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.accounting.lines import sums, tax_breakdown
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import ReceiptNotAvailable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.invoice_lines import lines_of
from sandbox.platform.letters import inform
from sandbox.platform.parties import buyer, seller

SHOWN = (
    "id",
    "reference",
    "subject",
    "provider",
    "paymentMethod",
    "status",
    "amount",
    "amountCaptured",
    "amountRefunded",
    "completedAt",
)


def receipt_of(tx: Transaction, payment: Mapping[str, Any]) -> dict[str, Any]:
    """The receipt of a payment; raises ReceiptNotAvailable before it completes."""
    if payment["completedAt"] is None:
        raise ReceiptNotAvailable(details=f"the payment is {payment['status']}", target="paymentId")
    kind, currency = payment["subject"]["type"], payment["amount"]["currency"]
    document = tx.get(kind, payment["subject"]["id"]) or Document()
    lines = lines_of(tx, kind, document) if document else []
    paid = {"paid": payment["amountCaptured"], "refunded": payment["amountRefunded"]}
    return {
        "number": payment["reference"].replace("PAY-", "RCP-"),
        "issuedAt": payment["completedAt"],
        "seller": seller(),
        "billTo": buyer(tx, kind, document) if document else {"name": "Unknown"},
        "payment": {name: payment[name] for name in SHOWN},
        "lines": lines,
        "taxBreakdown": tax_breakdown(lines, currency),
        "totals": {**sums(lines, currency), **paid},
        "currency": currency,
    }


def send_receipt(tx: Transaction, payment: Document) -> None:
    """To the address that was given for it, or that of who buys; not to who gets no mail."""
    receipt = receipt_of(tx, payment)
    to = {
        "email": payment["receiptEmail"] or receipt["billTo"].get("email"),
        "name": receipt["billTo"]["name"],
    }
    inform(
        tx,
        "payment_receipt",
        to,
        {"type": "payment", "id": payment["id"]},
        subject=f"Receipt {receipt['number']}",
        number=receipt["number"],
        paid=payment["amountCaptured"],
    )
