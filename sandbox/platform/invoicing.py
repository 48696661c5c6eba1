"""The life of an invoice: numbered without gaps, unchanged once issued, taken back by a credit note."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.accounting.lines import negated, opposite
from sandbox.accounting.movements import brought_in
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import InvalidStateTransition, InvoiceImmutable
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.changes import tell_quietly
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
        ("paid", "reopen"): "issued",
        ("draft", "void"): "void",
        ("issued", "void"): "void",
        ("paid", "void"): "void",
        ("issued", "send"): "issued",
        ("paid", "send"): "paid",
    },
    by_itself=("pay", "reopen"),
)
"""A paid one can be taken back too: its credit note is what a refund is booked on. What is charged back was
not paid, so that the invoice is open again."""

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
    withheld={"void": lambda invoice: invoice["type"] == "credit_note"},
)


def issue(tx: Transaction, invoice: Document) -> Document:
    """Give it its number; what was paid before counts at once. Raises InvoiceImmutable."""
    if invoice["status"] != "draft":
        raise InvoiceImmutable(details=f"the invoice is {invoice['status']}", target="status")
    due_at = invoice["dueAt"] or instant(tx.now() + PAYABLE_WITHIN)
    issued = invoices.move(
        tx, invoice, LIFE, "issue", number=next_invoice_number(tx), issuedAt=tx.stamp(), dueAt=due_at
    )
    return note_payments(tx, issued)


def note_payments(tx: Transaction, invoice: Document) -> Document:
    """Bring an issued invoice in line with the payments of what it bills; saying it twice changes nothing."""
    if invoice["status"] not in ("issued", "paid"):
        return invoice
    currency, total = invoice["currency"], total_of(invoice)
    units = min(paid_of(tx, invoice), total)
    sums = {"paid": money(units, currency), "due": money(total - units, currency)}
    totals = {**invoice["totals"], **sums}
    members = {
        "totals": totals,
        "_providers": sorted({each["provider"] for each in _payments_of(tx, invoice)}),
    }
    status = "paid" if units >= total else "issued"
    if status == invoice["status"]:
        return invoice if totals == invoice["totals"] else _saved(tx, invoice, members)
    if status == "paid":
        return invoices.move(tx, invoice, LIFE, "pay", paidAt=tx.stamp(), **members)
    return _saved(tx, invoice, {**members, "status": LIFE.next(invoice["status"], "reopen"), "paidAt": None})


def _saved(tx: Transaction, invoice: Document, members: Mapping[str, Any]) -> Document:
    after = invoices.save(tx, invoice, **members)
    tell_quietly(tx, "invoice", after, "status", "totals")
    return after


def total_of(invoice: Mapping[str, Any]) -> int:
    """What it comes to, in minor units."""
    return minor_units(invoice["totals"]["total"])


def paid_of(tx: Transaction, invoice: Mapping[str, Any]) -> int:
    """What was paid of what it bills, in minor units; it may be more than that."""
    return sum(brought_in(payment) for payment in _payments_of(tx, invoice))


def _payments_of(tx: Transaction, invoice: Mapping[str, Any]) -> list[Document]:
    """Those that completed, of the registration or booking that is billed, or else of the bill itself."""
    kind, _, key = (invoice["_subject"] or "").partition(":")
    billed = tx.get(kind, key) if key else None
    if billed is not None and "payment" in billed:
        found = [tx.get("payment", each) for each in billed["payment"]["paymentIds"]]
    else:
        named = tx.get("payment", invoice["subject"]["paymentId"] or "")
        found = [named, *tx.find("payment", {"subject.id": invoice.get("id")})]
    return [payment for payment in found if payment is not None and payment["completedAt"] is not None]


def take_back_unpaid(tx: Transaction, billed: str, reason: str) -> None:
    """Nobody is to pay the rest of what is not sold any more: `billed` is its kind and id."""
    for invoice in tx.find("invoice", {"_subject": billed, "status": ["draft", "issued"], "type": "invoice"}):
        void(tx, invoice, reason)


def void(tx: Transaction, invoice: Document, reason: str | None) -> Document:
    """Take it back; what was issued gets a credit note with the opposite amounts."""
    if invoice["type"] == "credit_note":
        raise InvalidStateTransition(details="a credit note cannot be taken back", target="type")
    LIFE.next(invoice["status"], "void")
    totals = {**invoice["totals"], "due": money(0, invoice["currency"])}
    members: dict[str, Any] = {"voidedAt": tx.stamp(), "voidReason": reason, "totals": totals}
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
        "_providers": [],
        "_amount": comparable(minor_units(totals["total"]), currency),
    }
    return {**invoice, **changed}


def next_invoice_number(tx: Transaction) -> str:
    """The next one of the year, invoices and credit notes together."""
    year = tx.now().year
    return f"INV-{year}-{tx.next_number(f'invoice.{year}'):06d}"


def _numbered(tx: Transaction) -> dict[str, str]:
    return {"number": next_invoice_number(tx), "issuedAt": tx.stamp()}
