"""Exports: a file of all rows that a list would show its caller."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any
from zlib import crc32

from sandbox.formats.calendar import calendar
from sandbox.identity.authentication import authorize
from sandbox.identity.principal import Principal
from sandbox.kernel import errors
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.ports import Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform.anonymity import anonymised
from sandbox.platform.batch_jobs import (
    end,
    is_running,
    jobs,
    principal_of,
    progressed,
    start,
    submit,
    with_output,
)
from sandbox.platform.call import Call
from sandbox.platform.export_files import CALENDARS, FORMATS, Rows, entries, rendered
from sandbox.platform.letters import write_letter
from sandbox.platform.operations import Operations, operations_of, query_of

EXPORT = "batch.export"
SLICE = 200
LONGEST = timedelta(days=366)
EVERYTHING = 10_000_000
PAGING = frozenset(("page", "pageSize", "limit", "offset", "cursor", "fields", "expand"))
RANGES = (
    ("from", "to"),
    ("startsAfter", "startsBefore"),
    ("createdAfter", "createdBefore"),
    ("after", "before"),
)
LISTS = {
    "events": "listEvents",
    "registrations": "listRegistrations",
    "attendees": "listAttendees",
    "check_ins": "listCheckIns",
    "payments": "listPayments",
    "transactions": "listTransactions",
    "invoices": "listInvoices",
    "bookings": "listBookings",
    "customers": "listCustomers",
    "audit_logs": "listAuditLogs",
}
log = logging.getLogger(__name__)


class Stopped(Exception):
    """The export was cancelled, or its world replaced."""


def check_export(call: Call, wanted: Mapping[str, Any]) -> None:
    """Raises what speaks against an export before it is begun."""
    resource, form = wanted["resource"], wanted["format"]
    plan = operations_of(call).plan(LISTS[resource])
    if plan is None:
        raise errors.BusinessRuleViolation(details=f"there are no {resource} here", target="/resource")
    if form == "ics" and resource not in CALENDARS:
        raise errors.BusinessRuleViolation(details="a calendar holds events or bookings", target="/format")
    authorize(call.principal, plan.scopes)
    known = plan.schemas.components[plan.returns.removesuffix("List")]["properties"]
    if unknown := [name for name in wanted.get("fields") or () if name not in known]:
        raise errors.InvalidFieldSelection(details=f"'{unknown[0]}' is no member", target="/fields")
    if paging := PAGING & wanted["filters"].keys():
        raise errors.UnknownParameter(
            details=f"'{min(paging)}' is no filter", target=f"/filters/{min(paging)}"
        )
    _check_range(query_of(plan, wanted["filters"]))


def _check_range(query: Mapping[str, Any]) -> None:
    for lower, upper in RANGES:
        first, last = query.get(lower), query.get(upper)
        if not (first and last):
            continue
        span = parse_instant(last) - parse_instant(first)
        if span < timedelta(0):
            raise errors.InvalidDateRange(details=f"'{upper}' comes before '{lower}'", target="/filters")
        if span > LONGEST:
            raise errors.DateRangeTooLarge(details=f"{span.days} days, at most 366", target="/filters")


def submit_export(
    tx: Transaction, by: Principal, wanted: Mapping[str, Any], schedule_id: str | None = None
) -> Document:
    """Accept an export that was checked."""
    progress = {"total": None, "processed": 0, "succeeded": 0, "failed": 0}
    return submit(
        tx, by, EXPORT, type="export", export=dict(wanted), scheduleId=schedule_id, progress=progress
    )


async def run_export(operations: Operations, workspace: Workspace, entry: Document, _: Ports) -> None:
    """Take the rows as they are at one moment, put them into their form, and keep the file."""
    with workspace.transaction() as tx:
        job = start(tx, entry["subject"])
    if job is None:
        return
    try:
        made = await _made(operations, workspace, job)
    except Stopped:
        return
    except Exception as error:
        _fail(operations, workspace, job, error)
        return
    _finish(workspace, job, *made)


async def _made(operations: Operations, workspace: Workspace, job: Document) -> tuple[bytes, int]:
    """The file, and how many rows went into it."""
    wanted = job["export"]
    call = operations.call(
        workspace, LISTS[wanted["resource"]], principal_of(job["_by"]), job["_correlation"]
    )
    found = _found(call, wanted["filters"])
    if wanted["format"] == "ics":
        with call.transaction() as tx:
            dates = entries(tx, wanted["resource"], found)
        return await asyncio.to_thread(calendar, wanted["resource"].capitalize(), dates), len(dates)
    rows = await _rows(operations, call, job, found)
    return await asyncio.to_thread(rendered, call.plan, wanted, rows), len(rows)


async def _rows(operations: Operations, call: Call, job: Document, found: list[Document]) -> Rows:
    """What the caller is shown of each, slice by slice."""
    wanted = job["export"]
    key = call.workspace.chance.draw("anonymous", 0)
    rows: Rows = []
    for place in range(0, len(found), SLICE):
        with call.transaction() as tx:
            call.tx = tx
            if not is_running(tx, job["id"]):
                raise Stopped
            shown = [operations.shown(call, each) for each in found[place : place + SLICE]]
            rows += [_row(row, wanted, key) for row in shown]
            if len(found) > SLICE:
                jobs.save(tx, tx.need("batch_job", job["id"]), **progressed(len(rows), 0, len(found)))
        await asyncio.sleep(0)
    return rows


def _found(call: Call, filters: Mapping[str, Any]) -> list[Document]:
    """What the list would show on one endless page."""
    query = {**query_of(call.plan, filters), "page": 1, "pageSize": EVERYTHING}
    with call.transaction() as tx:
        call.tx, call.query = tx, query
        found: list[Document] = call.plan.handler(call, **call.plan.arguments({}, query, None)).items
    return found


def _row(row: dict[str, Any], wanted: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    row.pop("_links", None)
    if wanted["anonymise"]:
        row = anonymised(row, wanted["resource"], key)
    kept = wanted.get("fields")
    return {member: row[member] for member in ("id", *kept) if member in row} if kept else row


def _finish(workspace: Workspace, job: Document, body: bytes, count: int) -> None:
    resource, form = job["export"]["resource"], FORMATS[job["export"]["format"]]
    with workspace.transaction(job["_correlation"]) as tx:
        running = tx.get("batch_job", job["id"])
        if running is None or running["status"] != "running":
            return
        output = {
            "mediaType": form.media_type,
            "fileName": f"{resource}-{tx.stamp()[:10]}-{job['id'][-8:]}.{form.extension}",
            "text": body.decode(),
            "digest": f"{crc32(body):08x}",
        }
        members = with_output(tx, running, output)
        ended = end(tx, running, "complete", **progressed(count, 0, count), **members)
        _tell(tx, ended)


def _tell(tx: Transaction, job: Document) -> None:
    """Who asked to be told by mail; who gets no mail finds the file all the same."""
    email = job["export"].get("notifyEmail")
    if not email:
        return
    about = {"type": "batch_job", "id": job["id"]}
    with suppress(errors.EmailSuppressed):
        write_letter(
            tx,
            "export_ready",
            {"email": email, "name": None},
            about,
            subject="Your export is ready",
            url=job["outputUrl"],
        )


def _fail(operations: Operations, workspace: Workspace, job: Document, error: Exception) -> None:
    """The export as a whole did not work out."""
    if not isinstance(error, errors.DomainError):
        log.error("export %s failed unexpectedly", job["id"], exc_info=error)
        error = errors.InternalError(details="the failure was logged under the correlation id")
    with workspace.transaction(job["_correlation"]) as tx:
        running = tx.get("batch_job", job["id"])
        if running is not None and running["status"] == "running":
            explained = operations.explain(error, job["_correlation"], tx.stamp())
            end(tx, running, "fail", error=explained)


WORKERS = {EXPORT: run_export}
