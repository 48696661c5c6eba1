"""The integration report as one accessible page that stands alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from sandbox.formats.web_page import REPORT_STYLE, standing_alone
from sandbox.platform.call import Call

_STYLE = REPORT_STYLE + "td,thead th{white-space:nowrap}tbody th{overflow-wrap:anywhere}"
OPERATION_HEADS = ("Operation", "Calls", "Errors", "95 %, ms")
Rows = Iterable[Sequence[Any]]


def as_html(report: Mapping[str, Any]) -> bytes:
    """No script, nothing fetched."""
    window, slo = report["window"], report["slo"]
    findings = "".join(
        f'<li class="{escape(each["severity"])}"><strong>{escape(each["code"])}</strong> '
        f"({escape(each['severity'])}): {escape(each['advice'])}</li>"
        for each in report["findings"]
    )
    figures = [
        ("Calls", report["requests"]),
        ("Answered with a server error", _percent(report["errorRate"])),
        ("Median, ms", report["p50Ms"]),
        ("95 % within, ms", report["p95Ms"]),
        ("Refused for their credential", report["authFailures"]),
        ("Refused as too many", report["rateLimited"]),
        ("Available", _percent(slo["availability"])),
        ("Delivery attempts", report["webhooks"]["attempts"]),
        ("Attempts that were taken", _percent(report["webhooks"]["successRate"])),
        ("Bookings tried", report["bookings"]["attempted"]),
        ("Bookings made", report["bookings"]["succeeded"]),
    ]
    operations = [
        (row["operationId"], row["requests"], row["errors"], row["p95Ms"]) for row in report["byOperation"]
    ]
    text = (
        f"<main><h1>Integration report</h1><p>From {escape(window['from'])} to {escape(window['to'])}.</p>"
        f"<h2>Findings</h2><ul>{findings or '<li>Nothing to complain about.</li>'}</ul>"
        f"{_table('Figures', ('What', 'Value'), figures)}"
        f"{_table('Operations', OPERATION_HEADS, operations) if operations else ''}</main>"
    )
    return standing_alone("Integration report", _STYLE, text).encode()


def _table(caption: str, heads: Sequence[str], rows: Rows) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(str(first))}</th>'
        + "".join(f"<td>{escape(str(each))}</td>" for each in rest)
        + "</tr>"
        for first, *rest in rows
    )
    rows_of_all = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f"<table><caption>{escape(caption)}</caption>{rows_of_all}</table>"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def form(call: Call, report: Mapping[str, Any]) -> bytes:
    """As forms are made."""
    return as_html(report)
