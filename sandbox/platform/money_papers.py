"""Invoices, receipts and financial reports in the forms people and spreadsheets read.

What draws pages is loaded with the first of them: at start it would cost more than anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.formats import wording
from sandbox.formats.table import table
from sandbox.formats.xml import xml
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.financial_reports import reports, require_ready

if TYPE_CHECKING:
    from sandbox.formats.bill_page import Sold

KINDS_OF_BILL = {"invoice": "Invoice", "credit_note": "Credit note"}
SUMS = ("gross", "refunds", "disputes", "fees", "tax", "net")
NAMED = {"event": "event", "location": "location", "practitioner": "practitioner"}
"""Groups whose keys are ids -> the kind that has a name for them."""


def invoice_pdf(call: Call, invoice: Document) -> bytes:
    """As it would be sent to the buyer."""
    from sandbox.formats.bill_page import BillFacts, bill_pages

    kind = KINDS_OF_BILL[invoice["type"]]
    related = call.tx.get("invoice", invoice["relatedInvoiceId"] or "")
    notes = []
    if related is not None:
        word = "Corrects" if invoice["type"] == "credit_note" else "Taken back by credit note"
        notes.append(f"{word} {related['number'] or related['id']}.")
    if invoice["voidReason"]:
        notes.append(f"Reason: {invoice['voidReason']}")
    dates = (("Issued", "issuedAt"), ("Due", "dueAt"), ("Paid", "paidAt"), ("Void since", "voidedAt"))
    totals = invoice["totals"]
    return bill_pages(
        BillFacts(
            kind=kind,
            number=invoice["number"] or "",
            state=invoice["status"],
            is_void=invoice["status"] == "void",
            dates=[*_dates(invoice, dates), ("Currency", invoice["currency"])],
            **_bill(invoice, totals, (("Paid", "paid"),)),
            sum=("Amount due", wording.sum_of(totals["due"])),
            notes=notes,
        )
    )


def receipt_pdf(call: Call, receipt: Mapping[str, Any]) -> bytes:
    """That money was received, and for what."""
    from sandbox.formats.bill_page import BillFacts, bill_pages

    payment, totals = receipt["payment"], receipt["totals"]
    by = f"Paid by {payment['provider']}" + (
        f", {payment['paymentMethod']}" if payment["paymentMethod"] else ""
    )
    refunded = (("Refunded", "refunded"),) if float(totals["refunded"]["amount"]) else ()
    return bill_pages(
        BillFacts(
            kind="Receipt",
            number=receipt["number"],
            state=payment["status"].replace("_", " "),
            dates=[
                *_dates(receipt, (("Received", "issuedAt"),)),
                ("Payment", payment["reference"]),
                ("Currency", receipt["currency"]),
            ],
            **_bill(receipt, totals, refunded),
            sum=("Received", wording.sum_of(totals["paid"])),
            notes=[f"{by}."],
        )
    )


def report_pdf(call: Call, report: Document) -> bytes:
    """Once its figures are there."""
    from sandbox.formats.report_page import ReportFacts, report_pages

    require_ready(report)
    grouped = report["groupBy"]
    rows = [[_label(call.tx, grouped, row["key"]), *_figures(row)] for row in report["rows"]]
    return report_pages(
        ReportFacts(
            title=f"Financial report by {grouped}",
            period=f"{_date(report['from'])} – {_date(report['to'])}, both days included, UTC",
            made=f"Figures as of {wording.day_and_time(parse_instant(report['finishedAt']), 'UTC')} UTC",
            heads=[grouped, "Currency", *SUMS, "Payments"],
            rows=rows,
            totals=[["Total", *_figures(row)] for row in report["totals"]],
            filters=_filters(report["filters"]),
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
    bill: Mapping[str, Any], totals: Mapping[str, Any], further: tuple[tuple[str, str], ...]
) -> dict[str, Any]:
    """What invoices and receipts have in common."""
    told = [("Net", "net"), ("Tax", "tax"), ("Total", "total"), *further]
    if float(totals["discount"]["amount"]):
        told = [("Subtotal", "subtotal"), ("Discount", "discount"), *told]
    return {
        "seller": _party(bill["seller"]),
        "buyer": _party(bill["billTo"]),
        "lines": [_sold(line) for line in bill["lines"]],
        "taxes": [
            (f"{share['ratePercent']} %", wording.figure(share["net"]), wording.figure(share["tax"]))
            for share in bill["taxBreakdown"]
        ],
        "totals": [(label, wording.sum_of(totals[name])) for label, name in told],
    }


def _sold(line: Mapping[str, Any]) -> Sold:
    from sandbox.formats.bill_page import Sold

    discount = line.get("discount")
    reduced = discount is not None and float(discount["amount"]) != 0
    return Sold(
        description=line["description"],
        quantity=str(line["quantity"]),
        unit_price=wording.figure(line["unitPrice"]),
        tax_rate=line["taxRatePercent"],
        net=wording.figure(line["net"]),
        total=wording.figure(line["total"]),
        note=f"Discount {wording.sum_of(discount)}" if reduced else "",
    )


def _party(party: Mapping[str, Any]) -> list[str]:
    town = " ".join(part for part in (party.get("postalCode"), party.get("city")) if part)
    vat = f"VAT {party['vatId']}" if party.get("vatId") else ""
    company = party.get("company") if party.get("company") != party["name"] else None
    parts = (
        party["name"],
        company,
        party.get("street"),
        town,
        wording.country(party.get("country")),
        vat,
        party.get("email"),
    )
    return [part for part in parts if part]


def _dates(document: Mapping[str, Any], wanted: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [
        (label, wording.day(parse_instant(document[name]))) for label, name in wanted if document.get(name)
    ]


def _date(text: str) -> str:
    return wording.day(parse_instant(f"{text}T00:00:00Z"))


def _figures(row: Mapping[str, Any]) -> list[str]:
    return [row["currency"], *(wording.figure(row[name]) for name in SUMS), str(row["count"])]


def _label(tx: Transaction, grouped: str, key: str | None) -> str:
    """The name of what the key stands for."""
    if key is None:
        return "–"
    known = tx.get(NAMED[grouped], key) if grouped in NAMED else None
    if known is None:
        return key
    name = known.get("name") or known.get("displayName") or key
    return f"{name}, {_date(known['startsAt'][:10])}" if grouped == "event" else str(name)


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
