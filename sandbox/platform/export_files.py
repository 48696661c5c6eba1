"""Rows as the file that an export asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from sandbox.contract.plan import Plan
from sandbox.formats.calendar import Entry
from sandbox.formats.table import columns_of, table
from sandbox.formats.xml import xml
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.calendar_forms import booking_entry, event_entry

Rows = list[dict[str, Any]]


class Format(NamedTuple):
    """How a file says what it is."""

    media_type: str
    extension: str


FORMATS: Mapping[str, Format] = {
    "json": Format("application/json; charset=utf-8", "json"),
    "jsonl": Format("application/jsonl; charset=utf-8", "jsonl"),
    "csv": Format("text/csv; charset=utf-8; header=present", "csv"),
    "xml": Format("application/xml; charset=utf-8", "xml"),
    "ics": Format("text/calendar; charset=utf-8", "ics"),
}
CALENDARS = ("events", "bookings")


def rendered(plan: Plan, wanted: Mapping[str, Any], rows: Rows) -> bytes:
    """All rows in the form wanted, which is not a calendar; `plan` lists them."""
    form = wanted["format"]
    if form == "jsonl":
        return b"".join(orjson.dumps(row) + b"\n" for row in rows)
    if form == "xml":
        return xml(plan.returns, {"data": rows})
    if form == "csv":
        return table(rows, _columns(plan, wanted.get("fields")))
    return orjson.dumps(rows)


def entries(tx: Transaction, resource: str, documents: list[Document]) -> list[Entry]:
    """What takes place, for a calendar."""
    if resource == "bookings":
        return [booking_entry(tx, each) for each in documents]
    return [event_entry(each) for each in documents]


def _columns(plan: Plan, fields: list[str] | None) -> list[str]:
    components = plan.schemas.components
    known = columns_of(components[plan.returns.removesuffix("List")], components)
    return known if not fields else [each for each in known if each.partition(".")[0] in ("id", *fields)]
