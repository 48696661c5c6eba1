"""Batches: many items in one request, what became of each, exports, and schedules of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BatchTooLarge, JobNotCancellable, JobNotReady
from sandbox.kernel.replies import Page, Reply
from sandbox.platform.batch_items import RUN, skip_rest
from sandbox.platform.batch_jobs import ENDED, NOTHING_DONE, end, jobs, output_of, submit
from sandbox.platform.batch_schedules import RUN_DUE, acting_for, note_run, plan_next, schedules, start_run
from sandbox.platform.call import Call
from sandbox.platform.exports import check_export, submit_export
from sandbox.platform.filters import Predicate
from sandbox.platform.pagination import paginate

MOST_ITEMS = {"registrations": 500, "check_ins": 1000, "bookings": 500, "mappings": 500}


def create_registration_batch(call: Call, body: Mapping[str, Any]) -> Reply:
    """Each as `createRegistration` does it."""
    return _items_job(call, "registrations", body)


def create_check_in_batch(call: Call, body: Mapping[str, Any]) -> Reply:
    """Each as `createCheckIn` does it."""
    return _items_job(call, "check_ins", body)


def create_booking_batch(call: Call, body: Mapping[str, Any]) -> Reply:
    """Each as the operation its `op` names does it."""
    return _items_job(call, "bookings", body)


def create_mapping_batch(call: Call, body: Mapping[str, Any]) -> Reply:
    """Each as `createMapping` does it, or `updateMapping` where the caller has mapped it before."""
    return _items_job(call, "mappings", body)


def create_export(call: Call, body: Mapping[str, Any]) -> Reply:
    """What the list of the resource would show, as a file."""
    check_export(call, body)
    return _accepted(submit_export(call.tx, call.principal, body))


def list_batch_results(call: Call, job_id: str, status: list[str] | None = None) -> Page:
    """In the order of the request."""
    _ended(call, job_id)
    predicates: list[Predicate] = [] if status is None else [lambda each: each["status"] in status]
    return paginate(call, "batch_result", {"jobId": job_id}, predicates)


def download_batch_output(call: Call, job_id: str) -> Reply:
    """The file as it was made."""
    output = output_of(call.tx, _ended(call, job_id))
    headers = {
        "Content-Disposition": f'attachment; filename="{output["fileName"]}"',
        "ETag": f'"output-{job_id[-8:]}-{output["digest"]}"',
    }
    return Reply(200, output["text"].encode(), headers, output["mediaType"])


def cancel_batch_job(call: Call, job_id: str) -> Document:
    """Stop between two items; what was done remains done."""
    job = jobs.get(call, job_id)
    if job["status"] in ENDED:
        raise JobNotCancellable(details=f"the job is {job['status']}", target="status")
    return end(call.tx, job, "cancel", **skip_rest(call.tx, job))


def create_batch_schedule(call: Call, body: dict[str, Any]) -> Document:
    """The rights of its runs are those of who makes it."""
    schedule = schedules.create(call, body)
    plan_next(call.tx, schedule)
    return schedule


def update_batch_schedule(call: Call, batch_schedule_id: str, body: dict[str, Any]) -> Document:
    """Pausing forgets the next run, resuming plans it anew; a job or a recurrence is replaced as a whole."""
    whole = {name: body[name] for name in ("job", "schedule") if name in body}
    rest = {name: value for name, value in body.items() if name not in whole}
    schedule = schedules.update(call, batch_schedule_id, rest, **whole)
    plan_next(call.tx, schedule)
    return schedule


def delete_batch_schedule(call: Call, batch_schedule_id: str) -> None:
    """Jobs that it started go on."""
    schedules.delete(call, batch_schedule_id)
    call.tx.cancel(RUN_DUE, batch_schedule_id)


def run_batch_schedule(call: Call, batch_schedule_id: str) -> Reply:
    """Out of turn; the next run stays where it is."""
    schedule = schedules.get(call, batch_schedule_id)
    job = start_run(call.tx, schedule, acting_for(call.tx, schedule))
    note_run(call.tx, schedule, job)
    return _accepted(job)


def _items_job(call: Call, kind: str, body: Mapping[str, Any]) -> Reply:
    items, most = body["items"], MOST_ITEMS[kind]
    if len(items) > most:
        raise BatchTooLarge(details=f"{len(items)} items, at most {most}", target="/items")
    job = submit(
        call.tx,
        call.principal,
        RUN,
        type=kind,
        mode=body.get("mode", "best_effort"),
        progress={**NOTHING_DONE, "total": len(items)},
        _notify=body["notifyWebhook"],
    )
    call.tx.put("batch_input", {"id": job["id"], "items": items})
    return _accepted(job)


def _accepted(job: Document) -> Reply:
    """Where to ask, and when."""
    return Reply(202, job, {"Location": jobs.address(job), "Retry-After": "1"})


def _ended(call: Call, job_id: str) -> Document:
    job = jobs.get(call, job_id)
    if job["status"] not in ENDED:
        raise JobNotReady(details=f"the job is {job['status']}", target="jobId", retry_after=1)
    return job
