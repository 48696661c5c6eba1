"""Financial summary, answered at once, and financial reports, made by due work and kept for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.identity.limits import Limits
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import JobNotReady, JobOutputExpired
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.financial_figures import check_range, figures
from sandbox.platform.reach import beyond, is_within, limits_of
from sandbox.platform.resource import Resource, at_least, at_most, equals

RUN, FINISH, FORGET = "financial_report.run", "financial_report.finish", "financial_report.forget"
STEP = timedelta(seconds=1)
KEPT_FOR = timedelta(days=7)
BLANK: Mapping[str, Any] = {
    **dict.fromkeys(("rows", "totals", "startedAt", "finishedAt", "outputExpiresAt", "error")),
    "status": "queued",
    "_expired": False,
}
LIFE = TransitionTable(
    "financial report",
    {("queued", "run"): "running", ("running", "finish"): "completed", ("running", "fail"): "failed"},
)


def _limits_of(report: Mapping[str, Any]) -> Limits | None:
    """What the role of whoever had it made was given for then."""
    kept = report.get("_limits")
    return None if kept is None else frozenset((kind, key) for kind, key in kept)


def _is_reached(call: Call, report: Document) -> bool:
    made_for, limits = _limits_of(report), limits_of(call)
    return limits is None or (made_for is not None and made_for <= limits)


reports = Resource(
    "financial_report",
    path="/api/v1/financial-reports/{reportId}",
    indexes=("status",),
    sorts=("createdAt",),
    filters={
        "status": equals("status"),
        "groupBy": equals("groupBy"),
        "createdAfter": at_least("createdAt"),
        "createdBefore": at_most("createdAt"),
    },
    visible=_is_reached,
    sees_all=lambda call: limits_of(call) is None,
)


def get_financial_summary(call: Call) -> dict[str, Any]:
    """From the ledger as it is now."""
    asked = _asked(call.query)
    _check(call, asked)
    return {**asked, **figures(call.tx, asked, limits_of(call)), "generatedAt": call.tx.stamp()}


def create_financial_report(call: Call, body: Mapping[str, Any]) -> Document:
    """Queue it; read it again a little later."""
    filters = {"eventIds": [], "locationIds": [], "provider": None, **body.get("filters", {})}
    _check(call, {**body, "filters": filters})
    limits = limits_of(call)
    members = {"filters": filters, "_limits": None if limits is None else sorted(limits)}
    report = reports.insert(call.tx, {"metadata": {}, **body, **BLANK, **members})
    call.tx.schedule(call.tx.now() + STEP, RUN, report["id"])
    return report


def get_financial_report(call: Call, report_id: str) -> Document:
    """As far as it is; raises JobOutputExpired when its figures are no longer kept."""
    report = reports.get(call, report_id)
    if report["_expired"]:
        raise JobOutputExpired(details=f"it was kept until {report['outputExpiresAt']}", target="reportId")
    return report


def _check(call: Call, asked: Mapping[str, Any]) -> None:
    """Raises for a span that is none, and for events and locations that the caller's role is not for."""
    check_range(asked["from"], asked["to"])
    for kind, member in (("event", "eventIds"), ("location", "locationIds")):
        for key in asked["filters"][member]:
            if not is_within(call, kind, call.tx.get(kind, key) or {"id": key}):
                raise beyond()


def _asked(query: Mapping[str, Any]) -> dict[str, Any]:
    """A query in the form of a report's request."""
    return {
        "from": query["from"],
        "to": query["to"],
        "groupBy": query.get("groupBy", "currency"),
        "filters": {
            "eventIds": [query["eventId"]] if "eventId" in query else [],
            "locationIds": [query["locationId"]] if "locationId" in query else [],
            "provider": query.get("provider"),
        },
    }


def require_ready(report: Mapping[str, Any]) -> None:
    """For forms that have no way to say that figures are still missing; raises JobNotReady."""
    if report["status"] != "completed":
        raise JobNotReady(details=f"the report is {report['status']}", target="reportId")


def run_report(tx: Transaction, entry: Document) -> None:
    """Its turn has come."""
    report = tx.get("financial_report", entry["subject"])
    if report is not None and report["status"] == "queued":
        reports.move(tx, report, LIFE, "run", startedAt=tx.stamp())
        tx.schedule(tx.now() + STEP, FINISH, report["id"])


def finish_report(tx: Transaction, entry: Document) -> None:
    """Read the ledger, as it is at this moment."""
    report = tx.get("financial_report", entry["subject"])
    if report is None or report["status"] != "running":
        return
    until = tx.now() + KEPT_FOR
    members = {"finishedAt": tx.stamp(), "outputExpiresAt": instant(until)}
    reports.move(tx, report, LIFE, "finish", **figures(tx, report, _limits_of(report)), **members)
    tx.schedule(until, FORGET, report["id"])


def forget_report(tx: Transaction, entry: Document) -> None:
    """Its figures go, that it was made stays."""
    report = tx.get("financial_report", entry["subject"])
    if report is not None:
        reports.save(tx, report, rows=None, totals=None, _expired=True)


JOBS = {RUN: run_report, FINISH: finish_report, FORGET: forget_report}
