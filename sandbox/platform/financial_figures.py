"""Sums over the ledger: gross, refunds, fees, tax and net by group; never across currencies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from sandbox.identity.limits import Limits, places_of
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import DateRangeTooLarge, InvalidDateRange
from sandbox.kernel.workspace import Transaction
from sandbox.platform.money import minor_units, money

LONGEST_DAYS = 366
SUMS = ("gross", "refunds", "disputes", "fees", "tax", "net")
MEMBER_OF: Mapping[str, tuple[str, int]] = {
    "charge": ("gross", 1),
    "refund": ("refunds", 1),
    "adjustment": ("refunds", -1),
    "dispute": ("disputes", 1),
    "dispute_reversal": ("disputes", -1),
    "fee": ("fees", 1),
}
GROUPS: Mapping[str, Callable[[Document], str | None]] = {
    "currency": lambda record: str(record["currency"]),
    "provider": lambda record: str(record["provider"]),
    "day": lambda record: str(record["occurredAt"][:10]),
    "month": lambda record: str(record["occurredAt"][:7]),
    "event": lambda record: record["_eventId"],
    "location": lambda record: record["_locationId"],
    "practitioner": lambda record: record["_practitionerId"],
}
"""What a row stands for; None where a record has no such thing."""


def check_range(first: str, last: str) -> None:
    """Raises InvalidDateRange or DateRangeTooLarge; both days count."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    if end < start:
        raise InvalidDateRange(details=f"{last} is before {first}", target="to")
    if (end - start).days >= LONGEST_DAYS:
        raise DateRangeTooLarge(details=f"at most {LONGEST_DAYS} days at once", target="to")


def figures(tx: Transaction, asked: Mapping[str, Any], limits: Limits | None) -> dict[str, Any]:
    """Rows and totals of `from` to `to`, both days included, by `groupBy`, narrowed by `filters`.

    Who has limits is told of the money of their events and locations only."""
    key_of = GROUPS[asked["groupBy"]]
    rows: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys((*SUMS, "count"), 0))
    totals: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys((*SUMS, "count"), 0))
    for record in _records(tx, asked):
        if limits is not None and limits.isdisjoint(places_of(tx, "transaction", record)):
            continue
        currency = record["currency"]
        _add(rows[key_of(record) or "", currency], record)
        _add(totals[currency], record)
    return {
        "rows": [
            {"key": key or None, **_written(rows[key, currency], currency)} for key, currency in sorted(rows)
        ],
        "totals": [_written(totals[currency], currency) for currency in sorted(totals)],
    }


def _records(tx: Transaction, asked: Mapping[str, Any]) -> Iterator[Document]:
    filters = asked.get("filters") or {}
    wanted = {
        "_eventId": filters.get("eventIds"),
        "_locationId": filters.get("locationIds"),
        "provider": [filters["provider"]] if filters.get("provider") else None,
    }
    narrowed: Iterable[tuple[str, list[str]]] = [(name, values) for name, values in wanted.items() if values]
    for record in tx.scan("transaction", None, "createdAt"):
        if asked["from"] <= record["occurredAt"][:10] <= asked["to"] and all(
            record[name] in values for name, values in narrowed
        ):
            yield record


def _add(sums: dict[str, int], record: Document) -> None:
    member, sign = MEMBER_OF[record["type"]]
    units = sign * minor_units(record["amount"])
    sums[member] += units
    tax = _tax(record)
    sums["tax"] += tax
    sums["net"] += (units if member == "gross" else -units) - tax
    sums["count"] += record["type"] == "charge"


def _tax(record: Document) -> int:
    return sum(
        minor_units(entry["amount"]) * (1 if entry["direction"] == "credit" else -1)
        for entry in record["entries"]
        if entry["account"] == "tax_payable"
    )


def _written(sums: Mapping[str, int], currency: str) -> dict[str, Any]:
    amounts = {name: money(sums[name], currency) for name in SUMS}
    return {"currency": currency, **amounts, "count": sums["count"]}
