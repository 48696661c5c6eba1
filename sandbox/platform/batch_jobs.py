"""The life of a batch job: accepted, worked through, ended; who may see it and who hears of its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.identity.principal import Principal
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.errors import JobOutputExpired
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource, at_least, equals

LIFE = TransitionTable(
    "batch job",
    {
        ("queued", "start"): "running",
        ("queued", "cancel"): "cancelled",
        ("running", "complete"): "completed",
        ("running", "complete_with_errors"): "completed_with_errors",
        ("running", "fail"): "failed",
        ("running", "cancel"): "cancelled",
    },
    by_itself=("start", "complete", "complete_with_errors", "fail"),
)
EVENTS = {
    "complete": "batch.completed",
    "complete_with_errors": "batch.completed",
    "fail": "batch.failed",
}
ENDED = ("completed", "completed_with_errors", "failed", "cancelled")
OUTPUT_KEPT = timedelta(hours=24)
EXPIRE_OUTPUT = "batch.expire_output"
NOTHING_DONE = {"total": 0, "processed": 0, "succeeded": 0, "failed": 0}
BLANK: Mapping[str, Any] = {
    "status": "queued",
    "mode": "best_effort",
    "progressPercent": 0,
    "scheduleId": None,
    "resourceId": None,
    "export": None,
    "startedAt": None,
    "finishedAt": None,
    "resultsUrl": None,
    "outputUrl": None,
    "outputExpiresAt": None,
    "error": None,
    "metadata": {},
}
KINDS = [
    Kind("batch_input"),
    Kind("batch_result", indexes=("jobId",), sorts=("index",)),
    Kind("batch_output"),
]


def sees_all_jobs(call: Call) -> bool:
    """Whether the jobs of others are shown as well."""
    principal = call.principal
    return principal.client_type == "internal" or "admin" in principal.roles


jobs = Resource(
    "batch_job",
    path="/api/v1/batch-jobs/{jobId}",
    indexes=("status", "type", "submittedBy"),
    sorts=("createdAt",),
    filters={"type": equals("type"), "status": equals("status"), "createdAfter": at_least("createdAt")},
    visible=lambda call, job: job["submittedBy"] == call.principal.credential_id,
    sees_all=sees_all_jobs,
    links={"results": "/api/v1/batch-jobs/{id}/results", "cancel": "/api/v1/batch-jobs/{id}/cancel"},
    life=LIFE,
)


def submit(tx: Transaction, by: Principal, work: str, **members: Any) -> Document:
    """Accept a job; `work` is the effect that does it, from now on."""
    job = jobs.insert(
        tx,
        {
            **BLANK,
            "progress": NOTHING_DONE,
            "_notify": True,
            **members,
            "submittedBy": by.credential_id,
            "_by": stored_principal(by),
            "_work": work,
            "_correlation": tx.correlation_id,
        },
    )
    tx.schedule(tx.now(), work, job["id"])
    return job


def start(tx: Transaction, job_id: str) -> Document | None:
    """The job, running; None when it is gone or has ended."""
    job = tx.get("batch_job", job_id)
    if job is None or job["status"] in ENDED:
        return None
    if job["status"] == "queued":
        return jobs.move(tx, job, LIFE, "start", startedAt=tx.stamp())
    return job


def is_running(tx: Transaction, job_id: str) -> bool:
    """Whether work on it may go on."""
    job = tx.get("batch_job", job_id)
    return job is not None and job["status"] == "running"


def progressed(succeeded: int, failed: int, total: int) -> dict[str, Any]:
    """The members that say how far a job is."""
    processed = succeeded + failed
    progress = {"total": total, "processed": processed, "succeeded": succeeded, "failed": failed}
    return {"progress": progress, "progressPercent": 100 * processed // total if total else 100}


def end(tx: Transaction, job: Document, action: str, **members: Any) -> Document:
    """Ended in the way the action says, and whoever subscribed is told."""
    ended = jobs.move(tx, job, LIFE, action, finishedAt=tx.stamp(), **members)
    tx.delete("batch_input", job["id"])
    tx.cancel(job["_work"], job["id"])
    event = EVENTS.get(action)
    if event and job["_notify"]:
        tx.emit(event, "batch_job", ended)
        if ended["outputUrl"]:
            tx.emit("export.ready", "batch_job", ended)
    return ended


def with_output(tx: Transaction, job: Document, output: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the file of a job for a day; the members that say where it is."""
    expires = tx.now() + OUTPUT_KEPT
    tx.put("batch_output", {**output, "id": job["id"]})
    tx.schedule(expires, EXPIRE_OUTPUT, job["id"])
    return {"outputUrl": f"{jobs.address(job)}/output", "outputExpiresAt": instant(expires)}


def output_of(tx: Transaction, job: Document) -> Document:
    """The file of a job that has ended; raises ResourceNotFound or JobOutputExpired."""
    if job["outputExpiresAt"] is None:
        raise jobs.not_found(f"{job['id']}/output")
    output = tx.get("batch_output", job["id"])
    if output is None:
        raise JobOutputExpired(details=f"it was kept until {job['outputExpiresAt']}", target="jobId")
    return output


def expire_output(tx: Transaction, entry: Document) -> None:
    """The file is gone; the job remembers until when it was kept."""
    tx.delete("batch_output", entry["subject"])
    job = tx.get("batch_job", entry["subject"])
    if job is not None:
        jobs.save(tx, job, outputUrl=None)


def stored_principal(principal: Principal) -> dict[str, Any]:
    """Who asked and with which rights, for the time after the answer."""
    return {
        "credentialId": principal.credential_id,
        "clientType": principal.client_type,
        "scopes": sorted(principal.scopes),
        "roles": list(principal.roles),
        "userId": principal.user_id,
        "subject": principal.subject,
        "workspaceId": principal.workspace_id,
    }


def principal_of(kept: Mapping[str, Any]) -> Principal:
    """The same as a principal."""
    return Principal(
        kept["credentialId"],
        kept["clientType"],
        frozenset(kept["scopes"]),
        tuple(kept["roles"]),
        kept["userId"],
        kept["subject"],
        kept["workspaceId"],
    )


JOBS = {EXPIRE_OUTPUT: expire_output}
