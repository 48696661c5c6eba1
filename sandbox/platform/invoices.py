"""Invoices: drafted for a registration, a booking or lines of one's own; issued, sent, taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sandbox.accounting.lines import Line, sums, tax_breakdown
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    DuplicateResource,
    InvalidAmount,
)
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.invoice_lines import lines_of, own_lines
from sandbox.platform.invoicing import LIFE, invoices, issue, paid_of, total_of, void
from sandbox.platform.letters import write_letter
from sandbox.platform.money import comparable, exponent, minor_units, money
from sandbox.platform.parties import seller
from sandbox.platform.payment_subjects import ENDED
from sandbox.platform.reach import check_within

__all__ = ["invoices"]

Body = Mapping[str, Any]
BEYOND = 10**12
"""Amounts have twelve digits before the point."""
SUBJECTS = {"registrationId": "registration", "bookingId": "booking", "paymentId": "payment"}


class Sold(NamedTuple):
    """What an invoice is about: a registration or a booking, and the payments it may name."""

    kind: str
    document: Document
    named: list[str]


def create_invoice(call: Call, body: Body) -> Document:
    """A draft; raises DuplicateResource where one stands for the same subject."""
    sold = _sold(call.tx, body.get("subject") or {})
    if sold is not None:
        check_within(call, sold.kind, sold.document)
        _refuse_second(call.tx, sold)
    elif not body.get("lines"):
        raise BusinessRuleViolation(details="say what is sold: a subject or lines", target="/lines")
    return invoices.insert(call.tx, _draft(call.tx, body, sold))


def issue_invoice(call: Call, invoice_id: str) -> Document:
    """Number it; from now on it does not change."""
    return issue(call.tx, invoices.get(call, invoice_id))


def void_invoice(call: Call, invoice_id: str, body: Body | None = None) -> Document:
    """Take it back, by a credit note where it was issued."""
    return void(call.tx, invoices.get(call, invoice_id), (body or {}).get("reason"))


def send_invoice(call: Call, invoice_id: str, body: Body | None = None) -> dict[str, Any]:
    """Mail it to who pays, or to whom it is said."""
    invoice = invoices.get(call, invoice_id)
    LIFE.next(invoice["status"], "send")
    letter = _letter(call.tx, invoice, body or {})
    invoices.save(call.tx, invoice, sentAt=call.tx.stamp())
    return {"status": "accepted", "id": letter["id"], "statusUrl": None}


def _letter(tx: Transaction, invoice: Document, asked: Body) -> Document:
    email = asked.get("to") or invoice["billTo"]["email"]
    if email is None:
        raise BusinessRuleViolation(details="the invoice names no address", target="/to")
    return write_letter(
        tx,
        "invoice",
        {"email": email, "name": invoice["billTo"]["name"]},
        {"type": "invoice", "id": invoice["id"]},
        subject=f"Invoice {invoice['number']}",
        number=invoice["number"],
        total=invoice["totals"]["total"],
        dueAt=invoice["dueAt"],
        message=asked.get("message"),
    )


def _sold(tx: Transaction, subject: Body) -> Sold | None:
    """What the subject names; a payment stands for what it was made for."""
    if not subject:
        return None
    if len(subject) != 1:
        raise BusinessRuleViolation(details="name one subject", target="/subject")
    member, key = next(iter(subject.items()))
    kind, named = SUBJECTS[member], [key]
    document = tx.get(kind, key)
    if document is not None and kind == "payment" and document["subject"]["type"] != "payment_subscription":
        kind, key = document["subject"]["type"], document["subject"]["id"]
        document, named = tx.get(kind, key), [*named, key]
    if document is None or kind == "invoice":
        raise BusinessRuleViolation(
            details=f"there is nothing to invoice behind '{named[0]}'", target=f"/subject/{member}"
        )
    return Sold(kind, document, named)


def _refuse_second(tx: Transaction, sold: Sold) -> None:
    standing = {"_subject": f"{sold.kind}:{sold.document['id']}", "type": "invoice"}
    for twin in tx.find("invoice", {**standing, "status": ["draft", "issued", "paid"]}, limit=1):
        raise DuplicateResource(
            details=f"invoice {twin['number'] or twin['id']} stands for the same {sold.kind}",
            target="/subject",
            links={"existing": {"href": invoices.address(twin)}},
        )


def _draft(tx: Transaction, body: Body, sold: Sold | None) -> dict[str, Any]:
    lines = own_lines(body["lines"]) if body.get("lines") else []
    if sold is not None:
        as_sold = lines_of(tx, sold.kind, sold.document)
        if not as_sold:
            raise BusinessRuleViolation(details="it has no price", target="/subject")
        lines = lines or as_sold
        _check_total(lines, as_sold)
    drafted = draft(lines, seller(), body, sold)
    if sold is not None and sold.document["status"] in ENDED and paid_of(tx, drafted) < total_of(drafted):
        raise BusinessRuleViolation(
            details=f"the {sold.kind} is {sold.document['status']}: nobody owes it", target="/subject"
        )
    return drafted


def _check_total(lines: list[Line], as_sold: list[Line]) -> None:
    """Other words for what was sold are free, another price is not: nobody could pay it."""
    asked, owed = (sums(each, each[0]["total"]["currency"])["total"] for each in (lines, as_sold))
    if asked != owed:
        details = f"the lines come to {asked['amount']} {asked['currency']}, the subject costs "
        raise BusinessRuleViolation(details=f"{details}{owed['amount']} {owed['currency']}", target="/lines")


def draft(lines: list[dict[str, Any]], sold_by: Body, body: Body, sold: Sold | None) -> dict[str, Any]:
    """A draft with its sums."""
    currency = lines[0]["total"]["currency"]
    totals = sums(lines, currency)
    if max(minor_units(totals[name]) for name in ("subtotal", "total")) >= BEYOND * 10 ** exponent(currency):
        raise InvalidAmount(details=f"less than {BEYOND} {currency} can be billed at once", target="/lines")
    kind = sold.kind if sold is not None else None
    owner = (sold.document.get("userId") or sold.document.get("_userId")) if sold is not None else None
    return {
        "metadata": body.get("metadata", {}),
        "number": None,
        "type": "invoice",
        "subject": {**dict.fromkeys(SUBJECTS), **(body.get("subject") or {})},
        "status": "draft",
        "seller": dict(sold_by),
        "billTo": {**dict.fromkeys(BILL_TO), **body["billTo"]},
        "lines": lines,
        "taxBreakdown": tax_breakdown(lines, currency),
        "totals": {**totals, "paid": money(0, currency), "due": totals["total"]},
        "currency": currency,
        "dueAt": body.get("dueAt"),
        **dict.fromkeys(("issuedAt", "paidAt", "voidedAt", "voidReason", "sentAt", "relatedInvoiceId")),
        "_providers": [],
        "_subject": f"{kind}:{sold.document['id']}" if sold is not None else None,
        "_subjectType": kind,
        "_subjectIds": [*sold.named, sold.document["id"]] if sold is not None else [],
        "_userId": owner,
        "_amount": comparable(minor_units(totals["total"]), currency),
    }


BILL_TO = ("company", "vatId", "street", "city", "postalCode", "country", "email")
