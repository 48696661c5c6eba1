"""Seeded batch jobs, one for each way to end, and two schedules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.seeds.people import PARTNER
from sandbox.seeds.world import SeedWorld

OWNER = "key_000000000000000000000011"
"""The published API key of the demo partner."""
BY = {
    "credentialId": OWNER,
    "clientType": "partner",
    "scopes": sorted(PARTNER),
    "roles": [],
    "userId": None,
    "subject": OWNER,
    "workspaceId": "ws_default",
}
TAG = ("batch",)
EXPORT = {
    "resource": "registrations",
    "format": "jsonl",
    "filters": {"status": ["confirmed"]},
    "anonymise": False,
}
SOLD_OUT = ("EVENT_SOLD_OUT", "The event is sold out.", 409, "/items")
SKIPPED: Mapping[str, Any] = {"status": "skipped", "resourceId": None, "error": None}


def seed_batches(world: SeedWorld) -> None:
    """In every profile that has fixtures."""
    if not world.fixtures_wanted:
        return
    for number, (name, summary, members) in enumerate(_jobs(world), start=1):
        job = world.put("batch_job", _job(world, number, members))
        world.fixture(f"batch_job.{name}", "batch_job", job["id"], summary, TAG)
        for index, result in enumerate(members.get("_results", ())):
            world.put("batch_result", _result(job["id"], index, result))
    for number, (name, summary, members) in enumerate(_schedules(world), start=1):
        _put_schedule(world, number, name, summary, members)


def _jobs(world: SeedWorld) -> list[tuple[str, str, dict[str, Any]]]:
    registration = world.id("b1", 7)
    done = {"status": "succeeded", "resourceId": registration, "error": None}
    refused = {"status": "failed", "resourceId": None, "error": _error(world, *SOLD_OUT)}
    file_gone = {"type": "export", "status": "completed", "export": EXPORT, "_count": 380}
    return [
        (
            "completed",
            "Every scan of a morning without a network went in",
            {"type": "check_ins", "status": "completed", "_results": [done]},
        ),
        (
            "with_errors",
            "One registration of two was refused: EVENT_SOLD_OUT",
            {"type": "registrations", "status": "completed_with_errors", "_results": [done, refused]},
        ),
        (
            "all_or_nothing_failed",
            "One refusal undid the others",
            {
                "type": "registrations",
                "status": "failed",
                "mode": "all_or_nothing",
                "error": _error(world, *SOLD_OUT[:3], "/items/1/items"),
                "_results": [SKIPPED, refused],
            },
        ),
        (
            "cancelled",
            "Stopped after the first of three",
            {"type": "bookings", "status": "cancelled", "_results": [done, SKIPPED, SKIPPED]},
        ),
        ("export_expired", "Its file is gone: JOB_OUTPUT_EXPIRED", file_gone),
    ]


def _job(world: SeedWorld, number: int, members: Mapping[str, Any]) -> dict[str, Any]:
    results = members.get("_results", [])
    count = members.get("_count", len(results))
    failed = sum(1 for each in results if each["status"] == "failed")
    skipped = sum(1 for each in results if each["status"] == "skipped")
    processed, key, begun = count - skipped, world.id("f2", number), world.at(days=-number, hours=9)
    is_export = members["type"] == "export"
    return {
        "id": key,
        "version": 3,
        "mode": "best_effort",
        "progress": {
            "total": count,
            "processed": processed,
            "succeeded": processed - failed,
            "failed": failed,
        },
        "progressPercent": 100 * processed // count,
        "submittedBy": OWNER,
        "scheduleId": world.id("f3", 1) if is_export else None,
        "resourceId": None,
        "export": None,
        "startedAt": begun,
        "finishedAt": world.at(days=-number, hours=9, minutes=1),
        "resultsUrl": None if is_export else f"/api/v1/batch-jobs/{key}/results",
        "outputUrl": None,
        "outputExpiresAt": world.at(days=1 - number, hours=9, minutes=1) if is_export else None,
        "error": None,
        "metadata": {},
        **{name: value for name, value in members.items() if name[0] != "_"},
        "createdAt": begun,
        "updatedAt": world.at(days=-number, hours=9, minutes=1),
    }


def _result(job_id: str, index: int, result: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{job_id}:{index:05d}",
        "jobId": job_id,
        "index": index,
        "clientRef": f"row-{index + 1}",
        **result,
    }


def _error(world: SeedWorld, code: str, message: str, status: int, target: str) -> dict[str, Any]:
    return {
        "code": code,
        "message": message,
        "details": "0 places are left, 1 asked for",
        "target": target,
        "status": status,
        "timestamp": world.at(days=-2, hours=9),
        "correlationId": "00000000-0000-4000-8000-0000000000f2",
        "documentation": f"/docs/errors/{code}",
    }


def _next_month(world: SeedWorld) -> int:
    """Days from the anchor to the first of a month that the first week does not reach."""
    day = world.anchor + timedelta(days=8)
    while day.day != 1:
        day += timedelta(days=1)
    return (day - world.anchor).days


def _schedules(world: SeedWorld) -> list[tuple[str, str, dict[str, Any]]]:
    monthly = {
        "name": "Confirmed registrations, every month",
        "job": {"type": "export", "export": EXPORT},
        "schedule": {"cron": "30 2 1 * *", "timezone": "Europe/Warsaw"},
        "status": "active",
        "nextRunAt": world.at(days=_next_month(world), hours=2, minutes=30, zone="Europe/Warsaw"),
        "lastRun": {"at": world.at(days=-5, hours=9), "jobId": world.id("f2", 5)},
    }
    weekly = {
        "name": "Bookings of the week",
        "job": {
            "type": "export",
            "export": {"resource": "bookings", "format": "csv", "filters": {}, "anonymise": True},
        },
        "schedule": {"rrule": "FREQ=WEEKLY;BYDAY=MO;BYHOUR=6;BYMINUTE=0", "timezone": "Europe/London"},
        "status": "paused",
        "nextRunAt": None,
        "lastRun": None,
    }
    return [
        ("monthly_export", "Runs on the first of each month at 02:30 in Warsaw", monthly),
        ("weekly_paused", "Paused: nothing until it is resumed", weekly),
    ]


def _put_schedule(world: SeedWorld, number: int, name: str, summary: str, members: dict[str, Any]) -> None:
    key, made = world.id("f3", number), world.at(days=-30)
    document = {
        "id": key,
        "version": 1,
        **members,
        "submittedBy": OWNER,
        "metadata": {},
        "createdAt": made,
        "updatedAt": made,
        "_by": BY,
    }
    world.put("batch_schedule", document)
    world.fixture(f"batch_schedule.{name}", "batch_schedule", key, summary, TAG)
    if members["nextRunAt"]:
        due, entry = members["nextRunAt"], f"batch.schedule:{key}"
        plan = {"id": entry, "due": due, "job": "batch.schedule", "subject": key, "payload": {}}
        world.put("agenda", plan)
