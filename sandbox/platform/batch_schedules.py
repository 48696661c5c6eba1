"""Schedules: jobs that the clock of the workspace starts again and again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.identity.authentication import authorize
from sandbox.identity.judgement import entitled
from sandbox.identity.principal import Principal
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    DomainError,
    IntegrationNotConnected,
    InternalError,
)
from sandbox.kernel.ports import Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform.batch_jobs import (
    end,
    principal_of,
    progressed,
    sees_all_jobs,
    start,
    stored_principal,
    submit,
)
from sandbox.platform.batch_times import check_recurrence, next_run
from sandbox.platform.call import Call
from sandbox.platform.exports import check_export, submit_export
from sandbox.platform.operations import Operations, arguments, id_of, operations_of
from sandbox.platform.resource import Resource, equals

OPERATIONS = {"report": "createFinancialReport", "sync": "startSync"}
RUN_DUE = "batch.schedule"
PERFORM = "batch.perform"
log = logging.getLogger(__name__)


def _prepared(call: Call, document: dict[str, Any], previous: Document | None) -> dict[str, Any]:
    """Refuse what could never run; plan the next run."""
    begin = call.tx.stamp() if previous is None else previous["createdAt"]
    check_recurrence(document["schedule"], parse_instant(begin))
    _check_job(call, document["job"])
    active = document["status"] == "active"
    planned = next_run(document["schedule"], parse_instant(begin), call.tx.now()) if active else None
    kept = {"lastRun": None, "metadata": {}, "_by": stored_principal(call.principal)}
    return {
        **(kept if previous is None else {}),
        **document,
        "nextRunAt": None if planned is None else instant(planned),
        "submittedBy": call.principal.credential_id if previous is None else previous["submittedBy"],
    }


def _check_job(call: Call, job: Mapping[str, Any]) -> None:
    kind = job["type"]
    extra = [name for name in ("export", "sync", "report") if name != kind and job.get(name) is not None]
    if extra or not job.get(kind):
        raise BusinessRuleViolation(details=f"type {kind} goes with the member '{kind}' alone", target="/job")
    if kind == "export":
        authorize(call.principal, frozenset(("exports:write",)))
        check_export(call, job["export"])
        return
    plan = operations_of(call).plan(OPERATIONS[kind])
    authorize(call.principal, plan.scopes if plan is not None else frozenset())


schedules = Resource(
    "batch_schedule",
    path="/api/v1/batch-schedules/{batchScheduleId}",
    indexes=("status",),
    sorts=("createdAt", "name"),
    filters={"status": equals("status")},
    prepare=_prepared,
    visible=lambda call, schedule: schedule["submittedBy"] == call.principal.credential_id,
    sees_all=sees_all_jobs,
    links={"run": "/api/v1/batch-schedules/{id}/run"},
)


def start_run(tx: Transaction, schedule: Document, by: Principal) -> Document:
    """Submit the job of a schedule; the rights are those of whoever made the schedule."""
    job = schedule["job"]
    if job["type"] == "export":
        return submit_export(tx, by, job["export"], schedule["id"])
    kind = "sync" if job["type"] == "sync" else "export"
    return submit(tx, by, PERFORM, type=kind, scheduleId=schedule["id"], _step=_step(tx, schedule))


def _step(tx: Transaction, schedule: Document) -> dict[str, Any]:
    """The operation behind a report or an exchange, and what it is told."""
    job = schedule["job"]
    if job["type"] == "sync":
        wanted = {name: value for name, value in job["sync"].items() if name != "provider"}
        return {
            "operation": OPERATIONS["sync"],
            "path": {"provider": job["sync"]["provider"]},
            "body": wanted,
        }
    report = job["report"]
    local = tx.now().astimezone(ZoneInfo(schedule["schedule"]["timezone"]))
    first, last = _period(report["period"], local.date())
    body = {"from": first, "to": last, "groupBy": report["groupBy"], "format": report["format"]}
    return {"operation": OPERATIONS["report"], "path": {}, "body": body}


def _period(name: str, today: date) -> tuple[str, str]:
    """First and last day."""
    if name == "previous_day":
        first = last = today - timedelta(days=1)
    elif name == "previous_week":
        last = today - timedelta(days=today.weekday() + 1)
        first = last - timedelta(days=6)
    else:
        last = today.replace(day=1) - timedelta(days=1)
        first = last.replace(day=1)
    return first.isoformat(), last.isoformat()


def plan_next(tx: Transaction, schedule: Document) -> None:
    """Put the next run on the agenda, or take it off."""
    if schedule["nextRunAt"] is None:
        tx.cancel(RUN_DUE, schedule["id"])
    else:
        tx.schedule(parse_instant(schedule["nextRunAt"]), RUN_DUE, schedule["id"])


def run_due(tx: Transaction, entry: Document) -> None:
    """When the clock reaches the next run: start the job, plan the one after."""
    schedule = tx.get("batch_schedule", entry["subject"])
    if schedule is None or schedule["status"] != "active":
        return
    by = acting_for(tx, schedule)
    if not _still_valid(tx, by):
        schedules.save(tx, schedule, status="paused", nextRunAt=None)
        return
    job = start_run(tx, schedule, by)
    begin, planned = parse_instant(schedule["createdAt"]), parse_instant(entry["due"])
    following = next_run(schedule["schedule"], begin, max(planned, tx.now()))
    noted = note_run(tx, schedule, job, nextRunAt=None if following is None else instant(following))
    plan_next(tx, noted)


def acting_for(tx: Transaction, schedule: Document) -> Principal:
    """Who made the schedule, with what their roles open now."""
    by = principal_of(schedule["_by"])
    return entitled(by, tx.get("user", by.user_id or ""))


def _still_valid(tx: Transaction, by: Principal) -> bool:
    """Whether who made the schedule could still call; what lives in another world is not known here."""
    kind, key = ("user", by.user_id) if by.user_id else ("credential", by.credential_id)
    known = tx.get(kind, key)
    return known is None or known["status"] == "active"


def note_run(tx: Transaction, schedule: Document, job: Document, **members: Any) -> Document:
    """Remember what was started last."""
    return schedules.save(tx, schedule, lastRun={"at": tx.stamp(), "jobId": job["id"]}, **members)


async def perform(operations: Operations, workspace: Workspace, entry: Document, _: Ports) -> None:
    """Do the one operation that a report or an exchange consists of."""
    with workspace.transaction() as tx:
        job = start(tx, entry["subject"])
    if job is None:
        return
    try:
        _check_known(operations, job)
        done, failure = await _perform(operations, workspace, job), None
    except Exception as error:
        if not isinstance(error, DomainError):
            log.error("job %s failed unexpectedly", job["id"], exc_info=error)
        done, failure = None, error if isinstance(error, DomainError) else InternalError()
    with workspace.transaction(job["_correlation"]) as tx:
        running = tx.get("batch_job", job["id"])
        if running is None or running["status"] != "running":
            return
        if failure is None:
            end(tx, running, "complete", **progressed(1, 0, 1), resourceId=done)
        else:
            end(tx, running, "fail", error=operations.explain(failure, job["_correlation"], tx.stamp()))


def _check_known(operations: Operations, job: Document) -> None:
    """Where the platform has no such operation, the provider cannot be connected at all."""
    if operations.plan(job["_step"]["operation"]) is None:
        provider = job["_step"]["path"]["provider"]
        raise IntegrationNotConnected(
            details=f"'{provider}' is not connected, so there is nothing to exchange with it",
            target="/job/sync/provider",
        )


async def _perform(operations: Operations, workspace: Workspace, job: Document) -> str | None:
    step = job["_step"]
    call = operations.call(workspace, step["operation"], principal_of(job["_by"]), job["_correlation"])
    found = arguments(call, step["path"], {}, step["body"])
    if call.plan.is_async:
        done = await call.plan.handler(call, **found)
    else:
        with call.transaction() as tx:
            call.tx = tx
            done = call.plan.handler(call, **found)
    return id_of(done)


JOBS = {RUN_DUE: run_due}
WORKERS = {PERFORM: perform}
