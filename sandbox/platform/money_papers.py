"""Invoices, receipts and financial reports in the forms people and spreadsheets read.

What draws pages is loaded with the first of them: at start it would cost more than anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.formats.table import table
from sandbox.formats.wording import Wording
from sandbox.formats.xml import xml
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.financial_reports import reports, require_ready
from sandbox.platform.printing import words_for

if TYPE_CHECKING:
    from sandbox.formats.bill_page import Sold

KINDS_OF_BILL = {"invoice": "Invoice", "credit_note": "Credit note"}
SUMS = ("gross", "refunds", "disputes", "fees", "tax", "net")
NAMED = {"event": "event", "location": "location", "practitioner": "practitioner"}
"""Groups whose keys are ids -> the kind that has a name for them."""


def invoice_pdf(call: Call, invoice: Document) -> bytes:
    """As it would be sent to the buyer."""
    from sandbox.formats.bill_page import BillFacts, bill_pages

    say = words_for(call)
    dates = (("Issued", "issuedAt"), ("Due", "dueAt"), ("Paid", "paidAt"), ("Void since", "voidedAt"))
    totals = invoice["totals"]
    return bill_pages(
        BillFacts(
            kind=say(KINDS_OF_BILL[invoice["type"]]),
            number=invoice["number"] or "",
            state=say(invoice["status"]),
            is_void=invoice["status"] == "void",
            dates=[*_dates(say, invoice, dates), (say("Currency"), invoice["currency"])],
            **_bill(say, invoice, totals, (("Paid", "paid"),)),
            sum=(say("Amount due"), say.sum_of(totals["due"])),
            notes=_notes(call.tx, say, invoice),
            words=say,
        )
    )


def _notes(tx: Transaction, say: Wording, invoice: Document) -> list[str]:
    notes = []
    related = tx.get("invoice", invoice["relatedInvoiceId"] or "")
    if related is not None:
        corrects = invoice["type"] == "credit_note"
        words = "Corrects {number}." if corrects else "Taken back by credit note {number}."
        notes.append(say(words, number=related["number"] or related["id"]))
    if invoice["voidReason"]:
        notes.append(say("Reason: {reason}", reason=invoice["voidReason"]))
    return notes


def receipt_pdf(call: Call, receipt: Mapping[str, Any]) -> bytes:
    """That money was received, and for what."""
    from sandbox.formats.bill_page import BillFacts, bill_pages

    say, payment, totals = words_for(call), receipt["payment"], receipt["totals"]
    means = (payment["provider"], payment["paymentMethod"])
    refunded = (("Refunded", "refunded"),) if float(totals["refunded"]["amount"]) else ()
    return bill_pages(
        BillFacts(
            kind=say("Receipt"),
            number=receipt["number"],
            state=say(payment["status"].replace("_", " ")),
            dates=[
                *_dates(say, receipt, (("Received", "issuedAt"),)),
                (say("Payment"), payment["reference"]),
                (say("Currency"), receipt["currency"]),
            ],
            **_bill(say, receipt, totals, refunded),
            sum=(say("Received"), say.sum_of(totals["paid"])),
            notes=[say("Paid by {means}.", means=", ".join(say(each) for each in means if each))],
            words=say,
        )
    )


def report_pdf(call: Call, report: Document) -> bytes:
    """Once its figures are there."""
    from sandbox.formats.report_page import ReportFacts, report_pages

    require_ready(report)
    say, grouped = words_for(call), report["groupBy"]
    rows = [[_label(call.tx, say, grouped, row["key"]), *_figures(say, row)] for row in report["rows"]]
    first, last = (_date(say, report[end]) for end in ("from", "to"))
    made = say.day_and_time(parse_instant(report["finishedAt"]), "UTC")
    return report_pages(
        ReportFacts(
            title=say("Financial report by {group}", group=say(grouped)),
            period=say("{first} – {last}, both days included, UTC", first=first, last=last),
            made=say("Figures as of {time} UTC", time=made),
            heads=[grouped, "Currency", *SUMS, "Payments"],
            rows=rows,
            totals=[[say("Total"), *_figures(say, row)] for row in report["totals"]],
            filters=_filters(report["filters"]),
            words=say,
        )
    )


def report_csv(call: Call, report: Document) -> bytes:
    """The rows; totals are for those who read them to add up."""
    require_ready(report)
    columns = ["key", "currency", *(f"{name}.amount" for name in SUMS), "count"]
    rows = [{name: row[name] for name in ("key", "currency", *SUMS, "count")} for row in report["rows"]]
    plain = [{**row, **{name: {"amount": row[name]["amount"]} for name in SUMS}} for row in rows]
    return table(plain, columns)


def report_xml(call: Call, report: Document) -> bytes:
    """All of it."""
    require_ready(report)
    return xml(reports.schema, reports.shown(report))


def _bill(
    say: Wording, bill: Mapping[str, Any], totals: Mapping[str, Any], further: tuple[tuple[str, str], ...]
) -> dict[str, Any]:
    """What invoices and receipts have in common."""
    told = [("Net", "net"), ("Tax", "tax"), ("Total", "total"), *further]
    if float(totals["discount"]["amount"]):
        told = [("Subtotal", "subtotal"), ("Discount", "discount"), *told]
    return {
        "seller": _party(say, bill["seller"]),
        "buyer": _party(say, bill["billTo"]),
        "lines": [_sold(say, line) for line in bill["lines"]],
        "taxes": [
            (f"{say.rate(share['ratePercent'])} %", say.figure(share["net"]), say.figure(share["tax"]))
            for share in bill["taxBreakdown"]
        ],
        "totals": [(say(label), say.sum_of(totals[name])) for label, name in told],
    }


def _sold(say: Wording, line: Mapping[str, Any]) -> Sold:
    from sandbox.formats.bill_page import Sold

    discount = line.get("discount")
    reduced = discount is not None and float(discount["amount"]) != 0
    return Sold(
        description=line["description"],
        quantity=str(line["quantity"]),
        unit_price=say.figure(line["unitPrice"]),
        tax_rate=say.rate(line["taxRatePercent"]),
        net=say.figure(line["net"]),
        total=say.figure(line["total"]),
        note=say("Discount {amount}", amount=say.sum_of(discount)) if reduced else "",
    )


def _party(say: Wording, party: Mapping[str, Any]) -> list[str]:
    town = " ".join(part for part in (party.get("postalCode"), party.get("city")) if part)
    vat = say("VAT {number}", number=party["vatId"]) if party.get("vatId") else ""
    company = party.get("company") if party.get("company") != party["name"] else None
    parts = (
        party["name"],
        company,
        party.get("street"),
        town,
        say.country(party.get("country")),
        vat,
        party.get("email"),
    )
    return [part for part in parts if part]


def _dates(
    say: Wording, document: Mapping[str, Any], wanted: tuple[tuple[str, str], ...]
) -> list[tuple[str, str]]:
    return [
        (say(label), say.day(parse_instant(document[name]))) for label, name in wanted if document.get(name)
    ]


def _date(say: Wording, text: str) -> str:
    return say.day(parse_instant(f"{text}T00:00:00Z"))


def _figures(say: Wording, row: Mapping[str, Any]) -> list[str]:
    return [row["currency"], *(say.figure(row[name]) for name in SUMS), str(row["count"])]


def _label(tx: Transaction, say: Wording, grouped: str, key: str | None) -> str:
    """The name of what the key stands for."""
    if key is None:
        return "–"
    known = tx.get(NAMED[grouped], key) if grouped in NAMED else None
    if known is None:
        return key
    name = known.get("name") or known.get("displayName") or key
    return f"{name}, {_date(say, known['startsAt'][:10])}" if grouped == "event" else str(name)


def _filters(filters: Mapping[str, Any]) -> str:
    told = [
        f"{name}: {', '.join(value) if isinstance(value, list) else value}"
        for name, value in filters.items()
        if value
    ]
    return "; ".join(told)


FORMS = {
    "getInvoice": {"pdf": invoice_pdf},
    "getPaymentReceipt": {"pdf": receipt_pdf},
    "getFinancialReport": {"pdf": report_pdf, "csv": report_csv, "xml": report_xml},
}
