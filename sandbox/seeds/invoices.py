"""Invoices: one for every registration that was paid, taken back where the money went back; and a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.accounting.amounts import comparable, minor_units, money
from sandbox.accounting.lines import line, negated, opposite, sums, tax_breakdown
from sandbox.accounting.parties import BLANK, seller
from sandbox.seeds.world import SeedWorld

Doc = dict[str, Any]

UNASKED = 49


def put_invoices(world: SeedWorld) -> None:
    """In the order of time, since their numbers have no gaps; named ones for the named payments."""
    written = 0
    paid = (one for one in world.all("payment") if _is_invoiced(one))
    for payment in sorted(paid, key=lambda one: str(one["completedAt"])):
        number = int(payment["id"][-12:])
        written += 1
        invoice = _invoice(world, number, written, payment)
        if payment["status"] == "refunded":
            written += 1
            take_back(world, invoice, written)
        else:
            world.put("invoice", invoice)
    _put_open(world, written + 1)
    world.put("counter", {"id": f"invoice.{world.anchor.year}", "value": written + 1})
    for name, key, summary in (
        ("paid", 1, "paid by payment.completed_stripe"),
        ("void", 6, "taken back by a credit note"),
        ("issued", 2, "issued, not paid yet"),
        ("draft", 3, "not issued yet"),
    ):
        world.fixture(f"invoice.{name}", "invoice", world.id("d3", key), summary, ["payment"])


def _is_invoiced(payment: Mapping[str, Any]) -> bool:
    """Some never ask for one."""
    asked = payment["status"] != "completed" or int(payment["id"][-12:]) % UNASKED
    return bool(asked) and payment["completedAt"] is not None and payment["subject"]["type"] == "registration"


def _invoice(world: SeedWorld, number: int, written: int, payment: Mapping[str, Any]) -> Doc:
    registration = world.get("registration", payment["subject"]["id"])
    at = payment["completedAt"]
    document = _document(world, number, registration, status="issued", issuedAt=at, dueAt=at)
    known = {**document, "number": number_of(world, written), "_providers": [payment["provider"]]}
    if payment["status"] == "charged_back":
        return known
    total, nothing = document["totals"]["total"], money(0, document["currency"])
    sums = {"totals": {**document["totals"], "paid": total, "due": nothing}}
    return {**known, **sums, "status": "paid", "paidAt": at}


def take_back(world: SeedWorld, invoice: Doc, written: int, reason: str = "The money went back") -> None:
    """Void it, with a credit note of that number."""
    note = f"{invoice['id'][:24]}9{invoice['id'][25:]}"
    nothing = money(0, invoice["currency"])
    why = {"voidedAt": invoice["issuedAt"], "voidReason": reason}
    why["totals"] = {**invoice["totals"], "due": nothing}
    voided = {**invoice, **why, "status": "void", "relatedInvoiceId": note}
    world.put("invoice", voided)
    totals = {name: opposite(amount) for name, amount in invoice["totals"].items()}
    lines = negated(invoice["lines"])
    world.put(
        "invoice",
        {
            **voided,
            "id": note,
            "number": number_of(world, written),
            "type": "credit_note",
            "status": "issued",
            "lines": lines,
            "taxBreakdown": tax_breakdown(lines, invoice["currency"]),
            "totals": {**totals, "paid": nothing, "due": nothing},
            "relatedInvoiceId": invoice["id"],
            **dict.fromkeys(("paidAt", "voidedAt", "dueAt")),
            "_providers": [],
            "_amount": -invoice["_amount"],
        },
    )


def _put_open(world: SeedWorld, written: int) -> None:
    """One that waits for its money, and one that is not yet issued."""
    pending = world.get("registration", world.id("b1", 2))
    stamps = {"issuedAt": world.at(minutes=-5), "dueAt": world.at(days=14)}
    issued = _document(world, 2, pending, status="issued", **stamps)
    world.put("invoice", {**issued, "number": number_of(world, written)})
    sponsor = {**BLANK, "name": "Sponsor GmbH", "vatId": "DE123456789", "country": "DE", "city": "Berlin"}
    sold = [line("Sponsorship, gold", 1, (500_000, 0), "23.00", False, "EUR")]
    world.put("invoice", written_invoice(world, 3, sponsor, sold, status="draft"))


def _document(world: SeedWorld, number: int, registration: Mapping[str, Any], **members: Any) -> Doc:
    contact = registration["contact"]
    buyer = {**BLANK, "name": contact["name"], "email": contact["email"], "company": contact["company"]}
    lines = [_line(item) for item in registration["items"]]
    subject = {"registrationId": registration["id"], "bookingId": None, "paymentId": None}
    about = {
        "subject": subject,
        "_subject": f"registration:{registration['id']}",
        "_subjectType": "registration",
        "_subjectIds": [registration["id"]],
        "_userId": registration["userId"],
        "createdAt": registration["createdAt"],
        "updatedAt": registration["createdAt"],
    }
    return written_invoice(world, number, buyer, lines, **about, **members)


def written_invoice(world: SeedWorld, number: int, buyer: Doc, lines: list[Doc], **members: Any) -> Doc:
    """Complete in every member."""
    currency = lines[0]["total"]["currency"]
    totals = sums(lines, currency)
    times = ("issuedAt", "paidAt", "voidedAt", "voidReason", "sentAt", "relatedInvoiceId", "dueAt", "number")
    return {
        "id": world.id("d3", number),
        "version": 1,
        "createdAt": world.at(days=-1),
        "updatedAt": world.at(days=-1),
        "metadata": {},
        "type": "invoice",
        "subject": dict.fromkeys(("registrationId", "bookingId", "paymentId")),
        "seller": seller(),
        "billTo": buyer,
        "lines": lines,
        "taxBreakdown": tax_breakdown(lines, currency),
        "totals": {**totals, "paid": money(0, currency), "due": totals["total"]},
        "currency": currency,
        **dict.fromkeys(times),
        "_providers": [],
        "_subject": None,
        "_subjectType": None,
        "_subjectIds": [],
        "_userId": None,
        "_amount": comparable(minor_units(totals["total"]), currency),
        **members,
    }


def _line(item: Mapping[str, Any]) -> Doc:
    price = item["unitPrice"]
    return line(
        item["name"],
        item["quantity"],
        (minor_units(price), 0),
        item["taxRatePercent"],
        item["taxIncluded"],
        price["currency"],
    )


def number_of(world: SeedWorld, written: int) -> str:
    """What is printed on the so-manieth."""
    return f"INV-{world.anchor.year}-{written:06d}"
