"""The life of an invoice: numbered without gaps, unchanged once issued, taken back by a credit note."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.accounting.lines import negated, opposite
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import InvalidStateTransition, InvoiceImmutable
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.money import comparable, minor_units, money
from sandbox.platform.ownership import is_payer, sees_all
from sandbox.platform.resource import Resource, at_least, at_most, equals
from sandbox.platform.sums import amount_filters

PAYABLE_WITHIN = timedelta(days=14)
LIFE = TransitionTable(
    "invoice",
    {
        ("draft", "issue"): "issued",
        ("issued", "pay"): "paid",
        ("draft", "void"): "void",
        ("issued", "void"): "void",
        ("paid", "void"): "void",
    },
    by_itself=("pay",),
)
"""A paid one can be taken back too: its credit note is what a refund is booked on."""

invoices = Resource(
    "invoice",
    path="/api/v1/invoices/{invoiceId}",
    indexes=("status", "type", "_subject"),
    sorts=("createdAt", "updatedAt", "number", "_amount"),
    filters={
        "status": equals("status"),
        "type": equals("type"),
        "currency": equals("currency"),
        "number": equals("number"),
        "provider": equals("_providers"),
        "subjectType": equals("_subjectType"),
        "subjectId": equals("_subjectIds"),
        **amount_filters(),
        "createdAfter": at_least("createdAt"),
        "createdBefore": at_most("createdAt"),
        "updatedSince": at_least("updatedAt"),
    },
    emits={"issue": "invoice.issued", "pay": "invoice.paid", "void": "invoice.voided"},
    visible=is_payer,
    sees_all=sees_all,
    links={name: f"/api/v1/invoices/{{id}}/{name}" for name in ("issue", "void", "send")},
    life=LIFE,
)


def issue(tx: Transaction, invoice: Document, paid_units: int) -> Document:
    """Give it its number; what was paid before counts at once. Raises InvoiceImmutable."""
    if invoice["status"] != "draft":
        raise InvoiceImmutable(details=f"the invoice is {invoice['status']}", target="status")
    due_at = invoice["dueAt"] or instant(tx.now() + PAYABLE_WITHIN)
    issued = invoices.move(
        tx, invoice, LIFE, "issue", number=next_invoice_number(tx), issuedAt=tx.stamp(), dueAt=due_at
    )
    return _settled(tx, issued, {**issued["_paid"], "before": paid_units} if paid_units else issued["_paid"])


def note_paid(tx: Transaction, invoice: Document, payment: Mapping[str, Any]) -> Document:
    """Count a payment; with the last of what is due the invoice is paid. Saying it twice changes nothing."""
    if invoice["status"] != "issued" or payment["id"] in invoice["_paid"]:
        return invoice
    noted = {**invoice, "_providers": [*invoice["_providers"], payment["provider"]]}
    paid = {**invoice["_paid"], payment["id"]: minor_units(payment["amountCaptured"])}
    return _settled(tx, Document(noted), paid)


def void(tx: Transaction, invoice: Document, reason: str | None) -> Document:
    """Take it back; what was issued gets a credit note with the opposite amounts."""
    if invoice["type"] == "credit_note":
        raise InvalidStateTransition(details="a credit note cannot be taken back", target="type")
    LIFE.next(invoice["status"], "void")
    members: dict[str, Any] = {"voidedAt": tx.stamp(), "voidReason": reason}
    if invoice["status"] == "draft":
        return invoices.move(tx, invoice, LIFE, "void", **members)
    note = tx.new_id("invoice")
    voided = invoices.move(tx, invoice, LIFE, "void", **members, relatedInvoiceId=note)
    credit = invoices.insert(tx, {**credit_note(voided), "id": note, **_numbered(tx)})
    tx.emit("invoice.issued", "invoice", credit)
    return voided


def credit_note(invoice: Mapping[str, Any]) -> dict[str, Any]:
    """The opposite of an invoice, but for its number and its times."""
    currency = invoice["currency"]
    nothing = money(0, currency)
    totals = {name: opposite(amount) for name, amount in invoice["totals"].items()}
    breakdown = [
        {
            "ratePercent": each["ratePercent"],
            **{name: opposite(each[name]) for name in ("net", "tax", "total")},
        }
        for each in invoice["taxBreakdown"]
    ]
    changed = {
        "type": "credit_note",
        "status": "issued",
        "lines": negated(invoice["lines"]),
        "taxBreakdown": breakdown,
        "totals": {**totals, "paid": nothing, "due": nothing},
        "relatedInvoiceId": invoice["id"],
        **dict.fromkeys(("paidAt", "voidedAt", "dueAt", "sentAt")),
        "_paid": {},
        "_amount": comparable(minor_units(totals["total"]), currency),
    }
    return {**invoice, **changed}


def next_invoice_number(tx: Transaction) -> str:
    """The next one of the year, invoices and credit notes together."""
    year = tx.now().year
    return f"INV-{year}-{tx.next_number(f'invoice.{year}'):06d}"


def _numbered(tx: Transaction) -> dict[str, str]:
    return {"number": next_invoice_number(tx), "issuedAt": tx.stamp()}


def _settled(tx: Transaction, invoice: Document, paid: Mapping[str, int]) -> Document:
    """With what has been paid; nothing left to pay makes it paid."""
    currency, total = invoice["currency"], minor_units(invoice["totals"]["total"])
    units = min(sum(paid.values()), total)
    sums = {"paid": money(units, currency), "due": money(total - units, currency)}
    members = {"totals": {**invoice["totals"], **sums}, "_paid": dict(paid)}
    if units < total:
        return invoices.save(tx, invoice, **members) if paid != invoice["_paid"] else invoice
    return invoices.move(tx, invoice, LIFE, "pay", paidAt=tx.stamp(), **members)
