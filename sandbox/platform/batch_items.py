"""Batches of items: each is what the single operation does, by its validators, rules and errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import DomainError, InternalError
from sandbox.kernel.ports import Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform.batch_jobs import end, is_running, jobs, principal_of, progressed, start
from sandbox.platform.batch_steps import STEPS, Item, performed, waits_for_partners
from sandbox.platform.call import Call
from sandbox.platform.operations import Operations, arguments, id_of

RUN = "batch.run"
SLICE = 50
PACE = timedelta(milliseconds=200)
"""On the clock of the workspace: a long job can be watched, and cancelled, between two slices."""
log = logging.getLogger(__name__)


class _Stopped(Exception):
    """The job was cancelled, or its world replaced."""


class _Refused(Exception):
    """One item of several that belong together was refused."""

    def __init__(self, index: int, error: DomainError) -> None:
        super().__init__(str(error))
        self.index = index
        self.error = error


class Run:
    """One turn of work on a job."""

    def __init__(
        self, operations: Operations, workspace: Workspace, job: Document, items: list[Item]
    ) -> None:
        self.operations = operations
        self.workspace = workspace
        self.job = job
        self.items = items
        self.by = principal_of(job["_by"])

    def transaction(self) -> Transaction:
        """On behalf of nobody but the job."""
        return self.workspace.transaction(self.job["_correlation"])

    def prepared(self, index: int) -> tuple[Call, dict[str, Any]]:
        """The call an item stands for, and what its handler takes; raises DomainError."""
        with self.transaction() as tx:
            step = STEPS[self.job["type"]](self.items[index], tx, self.by)
        call = self.operations.call(self.workspace, step.operation, self.by, self.job["_correlation"])
        return call, arguments(call, step.path, {}, step.body)

    def note(self, tx: Transaction, index: int, status: str, **members: Any) -> None:
        """What became of an item."""
        tx.put("batch_result", result(self.job["id"], index, self.items[index], status, **members))

    def explained(self, tx: Transaction, error: DomainError) -> dict[str, Any]:
        """The error object that the single operation would have answered with."""
        return self.operations.explain(error, self.job["_correlation"], tx.stamp())


def result(job_id: str, index: int, item: Item, status: str, **members: Any) -> dict[str, Any]:
    """A result document."""
    reference = item.get("clientRef")
    return {
        "id": f"{job_id}:{index:05d}",
        "jobId": job_id,
        "index": index,
        "clientRef": reference if isinstance(reference, str) else None,
        "status": status,
        "resourceId": None,
        "error": None,
        **members,
    }


async def run_items(operations: Operations, workspace: Workspace, entry: Document, _: Ports) -> None:
    """One slice of a job, or all of it where the items belong together; the next slice comes by the clock."""
    with workspace.transaction() as tx:
        job = start(tx, entry["subject"])
        kept = tx.get("batch_input", entry["subject"])
        first = tx.count("batch_result", {"jobId": entry["subject"]})
    if job is None or kept is None:
        return
    run = Run(operations, workspace, job, kept["items"])
    try:
        if job["mode"] == "all_or_nothing":
            await _run_together(run)
        else:
            for index in range(first, min(first + SLICE, len(run.items))):
                await _run_one(run, index)
                await asyncio.sleep(0)
            _conclude(run)
    except _Stopped:
        log.info("job %s stopped", job["id"])


async def _run_one(run: Run, index: int) -> None:
    """What the item does and the note of it become true together, unless partners must be asked before."""
    try:
        call, found = run.prepared(index)
        with call.transaction() as tx:
            call.tx = tx
            if not is_running(tx, run.job["id"]):
                raise _Stopped
            asks = waits_for_partners(call, found)
            if not asks:
                run.note(tx, index, "succeeded", resourceId=id_of(performed(call, found)))
        if asks:
            done = await call.plan.handler(call, **found)
            with run.transaction() as tx:
                run.note(tx, index, "succeeded", resourceId=id_of(done))
    except _Stopped:
        raise
    except Exception as error:
        refusal = _refusal(error)
        with run.transaction() as tx:
            run.note(tx, index, "failed", error=run.explained(tx, refusal))


async def _run_together(run: Run) -> None:
    """All items in one transaction. Their form is checked first, so that every fault of that kind is told."""
    faults: dict[int, DomainError] = {}
    prepared = []
    for index in range(len(run.items)):
        try:
            prepared.append(run.prepared(index))
        except DomainError as error:
            faults[index] = error
        await asyncio.sleep(0)
    if not faults:
        try:
            _commit_all(run, prepared)
            return
        except _Refused as refused:
            faults[refused.index] = refused.error
    _undone(run, faults)


def _commit_all(run: Run, prepared: list[tuple[Call, dict[str, Any]]]) -> None:
    with run.transaction() as tx:
        job = tx.get("batch_job", run.job["id"])
        if job is None or job["status"] != "running":
            raise _Stopped
        for index, (call, found) in enumerate(prepared):
            tx.actor, call.tx = call.actor, tx
            try:
                done = performed(call, found)
            except Exception as error:
                raise _Refused(index, _refusal(error)) from error
            run.note(tx, index, "succeeded", resourceId=id_of(done))
        _end(tx, job, len(run.items), 0)


def _undone(run: Run, faults: Mapping[int, DomainError]) -> None:
    """Nothing happened: who is to blame, and who merely stood beside."""
    with run.transaction() as tx:
        job = tx.get("batch_job", run.job["id"])
        if job is None or job["status"] != "running":
            raise _Stopped
        for index in range(len(run.items)):
            if index in faults:
                run.note(tx, index, "failed", error=run.explained(tx, faults[index]))
            else:
                run.note(tx, index, "skipped")
        first = min(faults)
        error = run.explained(tx, faults[first])
        error["target"] = f"/items/{first}{error['target'] or ''}"
        members = progressed(0, len(faults), len(run.items))
        end(tx, job, "fail", error=error, resultsUrl=results_of(job), **members)


def _conclude(run: Run) -> None:
    """Note the progress after a slice; end the job after the last."""
    with run.transaction() as tx:
        job = tx.get("batch_job", run.job["id"])
        if job is None or job["status"] != "running":
            raise _Stopped
        done = tx.find("batch_result", {"jobId": job["id"]})
        failed = sum(1 for each in done if each["status"] == "failed")
        if len(done) == len(run.items):
            _end(tx, job, len(done) - failed, failed)
        else:
            jobs.save(tx, job, **progressed(len(done) - failed, failed, len(run.items)))
            tx.schedule(tx.now() + PACE, RUN, job["id"])


def _end(tx: Transaction, job: Document, succeeded: int, failed: int) -> None:
    action = "complete_with_errors" if failed else "complete"
    members = progressed(succeeded, failed, succeeded + failed)
    end(tx, job, action, resultsUrl=results_of(job), **members)


def skip_rest(tx: Transaction, job: Document) -> dict[str, Any]:
    """For a job that is cancelled: what it has not come to is skipped."""
    kept = tx.get("batch_input", job["id"])
    if kept is None:
        return {}
    done = {each["index"]: each for each in tx.find("batch_result", {"jobId": job["id"]})}
    for index, item in enumerate(kept["items"]):
        if index not in done:
            tx.put("batch_result", result(job["id"], index, item, "skipped"))
    failed = sum(1 for each in done.values() if each["status"] == "failed")
    counted = progressed(len(done) - failed, failed, len(kept["items"]))
    return {**counted, "resultsUrl": results_of(job)}


def results_of(job: Document) -> str:
    """Where the results are."""
    return f"{jobs.address(job)}/results"


def _refusal(error: Exception) -> DomainError:
    if isinstance(error, DomainError):
        return error
    log.error("an item failed unexpectedly", exc_info=error)
    return InternalError(details="the failure was logged under the correlation id")


WORKERS = {RUN: run_items}
