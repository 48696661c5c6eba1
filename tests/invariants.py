"""What holds in every world at rest, whoever made it: each check names what breaks it, in one line each."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any

from sandbox.contract.document import load
from sandbox.contract.schemas import Schemas
from sandbox.platform.money import minor_units
from sandbox.platform.resource import Resource

Rows = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Documents by kind and id."""

PLACED = ("pending", "confirmed", "checked_in")
SIGN = {"debit": 1, "credit": -1}
REFERENCE = re.compile(r"_?(\w+)(Ids?)")
ALIASES = {
    "organizer": "user",
    "parent_event": "event",
    "series": "event_series",
    "related_invoice": "invoice",
    "owner_credential": "credential",
    "job": "batch_job",
    "schedule": "batch_schedule",
    "workspace": "",  # a world of its own, and no document of this one
}
COPIES = (
    "outbox",
    "delivery",
    "delivery_attempt",
    "captured_request",
    "audit_entry",
    "batch_result",
    "mapping",
)
"""What tells of documents as they were; those may be gone."""


def rows_of(store: Any) -> Rows:
    """Everything a store holds."""
    return {kind: {row["id"]: row for row in store.iterate(kind)} for kind in store.kinds}


def faults(rows: Rows) -> list[str]:
    """Whatever breaks any of the invariants."""
    return [
        *orphans(rows),
        *oversold(rows),
        *double_booked(rows),
        *unbalanced(rows),
        *misjudged(rows),
        *contradicted(rows),
        *gaps(rows),
    ]


def malformed(rows: Rows, resources: Iterable[Resource]) -> Iterator[str]:
    """Documents that their resource's schema refuses; what was erased is a tombstone and is never shown."""
    contract = Schemas(load("platform"))
    for resource in resources:
        if resource.present is not None:
            continue
        validator = contract.validator(contract.components[resource.schema])
        for key, row in rows.get(resource.name, {}).items():
            for error in validator.iter_errors(resource.shown(row)) if row.get("status") != "erased" else ():
                yield f"{resource.name} {key}: {error.instance_path}: {error.message}"


def orphans(rows: Rows) -> Iterator[str]:
    """References to documents that are not there."""
    for kind in rows.keys() - set(COPIES):
        for key, row in rows[kind].items():
            for member, target, wanted in _references(row, rows):
                if wanted not in rows[target]:
                    yield f"{kind} {key}: {member} names the {target} {wanted}, which is not there"


def _references(value: Any, rows: Rows) -> Iterator[tuple[str, str, str]]:
    """(member, kind, id) of everything that names a document of a known kind."""
    if isinstance(value, list):
        for each in value:
            yield from _references(each, rows)
    elif isinstance(value, dict):
        for member, inner in value.items():
            target = _target(member)
            if target in rows:
                named = inner if isinstance(inner, list) else [inner]
                yield from ((member, target, each) for each in named if isinstance(each, str))
            else:
                yield from _references(inner, rows)


@cache
def _target(member: str) -> str:
    found = REFERENCE.fullmatch(member)
    if found is None:
        return ""
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", found[1]).lower()
    return ALIASES.get(kind, kind)


def oversold(rows: Rows) -> Iterator[str]:
    """Places taken beyond what there is, and counters that tell otherwise than the registrations."""
    sold: Counter[str] = Counter()
    places: Counter[str] = Counter()
    for registration in rows["registration"].values():
        if registration["status"] in PLACED:
            for item in registration["items"]:
                sold[item["ticketTypeId"]] += item["quantity"]
                places[registration["eventId"]] += item["quantity"] * item["admits"]
    for key, kind in rows["ticket_type"].items():
        yield from _counted("ticket type", key, sold[key], kind["sold"], kind["quantity"])
    came = Counter(visit["sessionId"] for visit in rows["attendance"].values())
    for key, session in rows["session"].items():
        yield from _counted("session", key, came[key], session["attendanceCount"], None)
    for key, event in rows["event"].items():
        yield from _counted("event", key, places[key], event["availability"]["allocated"], event["capacity"])


def _counted(what: str, key: str, found: int, told: int, most: int | None) -> Iterator[str]:
    if found != told:
        yield f"{what} {key}: {told} are counted, {found} are taken"
    if most is not None and found > most:
        yield f"{what} {key}: {found} taken of {most}"


def double_booked(rows: Rows) -> Iterator[str]:
    """Practitioners who are to be with two customers at once, unless it is one group, or known and marked."""
    busy: dict[str, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    for booking in rows["booking"].values():
        if booking["status"] in ("pending", "confirmed") and not booking["conflict"]:
            group = (booking["startsAt"], booking["endsAt"], booking["offeringId"])
            busy[booking["practitionerId"]][group] += 1
    for groups in busy.values():
        for (starts, _, offering), size in groups.items():
            if size > rows["offering"][offering]["capacity"]:
                yield f"offering {offering} at {starts}: {size} bookings"
        for (_, ends, _), (starts, _, offering) in pairwise(sorted(groups)):
            if starts < ends:
                yield f"offering {offering} at {starts} begins before {ends}"


def unbalanced(rows: Rows) -> Iterator[str]:
    """Ledger records whose sides differ, gaps between them, balances and payments that tell otherwise."""
    written = sorted(rows["transaction"].values(), key=lambda record: record["sequence"])
    accounts: dict[str, Counter[str]] = defaultdict(Counter)
    for place, record in enumerate(written, start=1):
        if record["sequence"] != place:
            yield f"transaction {record['id']}: number {record['sequence']} stands at place {place}"
        signed = [(e["account"], SIGN[e["direction"]] * minor_units(e["amount"])) for e in record["entries"]]
        if sum(units for _, units in signed) or not signed:
            yield f"transaction {record['id']}: {signed}"
        for account, units in signed:
            accounts[record["currency"]][account] += units
    for currency, sums in accounts.items():
        told = {name: units for name, units in rows["ledger_balance"][currency]["accounts"].items() if units}
        if told != {name: units for name, units in sums.items() if units}:
            yield f"balance {currency}: {told} is told, {dict(sums)} was written"
    yield from _refunded(rows)


def _refunded(rows: Rows) -> Iterator[str]:
    given: Counter[str] = Counter()
    for refund in rows["refund"].values():
        if refund["status"] == "succeeded":
            given[refund["paymentId"]] += minor_units(refund["amount"])
    for key, payment in rows["payment"].items():
        told, taken = minor_units(payment["amountRefunded"]), minor_units(payment["amountCaptured"])
        if told != given[key] or told > taken:
            yield f"payment {key}: {told} of {taken} refunded, {given[key]} by its refunds"


def misjudged(rows: Rows) -> Iterator[str]:
    """Registrations whose sums and summary tell otherwise than the payments made for them."""
    made: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for payment in rows["payment"].values():
        invoice = rows["invoice"].get(payment["subject"]["id"], {})
        made[(invoice.get("_subject") or "").partition(":")[2] or payment["subject"]["id"]].append(payment)
    for key, registration in rows["registration"].items():
        units = {name: minor_units(amount) for name, amount in registration["totals"].items()}
        refunded = sum(minor_units(payment["amountRefunded"]) for payment in made[key])
        lost = [payment for payment in made[key] if payment["status"] == "charged_back"]
        back = sum(minor_units(each["amountCaptured"]) - minor_units(each["amountRefunded"]) for each in lost)
        paid = sum(minor_units(payment["amountCaptured"]) for payment in made[key]) - back
        due = 0 if registration["status"] == "cancelled" else max(units["total"] - paid, 0)
        found, told = (paid, refunded, due), (units["paid"], units["refunded"], units["due"])
        summary = registration["payment"]["status"]
        if found != told:
            yield f"registration {key}: {told} paid, refunded and due are told, {found} by its payments"
        if (summary == "paid") != (0 < paid >= units["total"] + refunded):
            yield f"registration {key}: {summary}, with {paid} of {units['total']} paid, {refunded} refunded"


def contradicted(rows: Rows) -> Iterator[str]:
    """States of one thing that deny those of another."""
    yield from _admitting(rows)
    for key, booking in rows["booking"].items():
        if booking["status"] in ("cancelled", "declined", "expired") and booking["_busy"]:
            yield f"booking {key}: {booking['status']}, and takes time"
    for key, invoice in rows["invoice"].items():
        if invoice["status"] in ("void", "paid") and minor_units(invoice["totals"]["due"]):
            yield f"invoice {key}: {invoice['status']}, and something is due"


def _admitting(rows: Rows) -> Iterator[str]:
    """Tickets by their registrations and events."""
    live: Counter[str] = Counter()
    for ticket in rows["ticket"].values():
        live[ticket["registrationId"]] += ticket["status"] != "revoked"
        event = rows["event"].get(ticket["eventId"], {})
        if ticket["status"] == "valid" and event.get("status") == "completed":
            yield f"ticket {ticket['id']}: valid, and the event is over"
    for key, registration in rows["registration"].items():
        told = 0 if registration["status"] == "cancelled" else registration["ticketCount"]
        if live[key] != told:
            yield f"registration {key}: {registration['status']}, {told} tickets are told, {live[key]} there"


def gaps(rows: Rows) -> Iterator[str]:
    """Numbers of invoices and credit notes that are missing or given twice."""
    series: dict[str, list[int]] = defaultdict(list)
    for invoice in rows["invoice"].values():
        if invoice["number"] is not None:
            prefix, _, number = invoice["number"].rpartition("-")
            series[prefix].append(int(number))
    for prefix, numbers in series.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            yield f"{prefix}: {len(numbers)} numbers up to {max(numbers)}"
