"""Single days with other hours than the week's, or none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.kernel import errors
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.breaks import refuse_conflicts
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource
from sandbox.platform.slot_calendar import overlapping_periods, wall_instant


def _prepare(call: Call, document: dict[str, Any], _: Document | None) -> dict[str, Any]:
    periods = document["periods"]
    if (document["kind"] == "custom") != bool(periods):
        raise errors.BusinessRuleViolation(
            details="a custom day, and no other, has periods", target="/periods"
        )
    if overlapping_periods(periods):
        raise errors.ScheduleOverlap(details="periods overlap or end before they begin", target="/periods")
    if document.pop("onConflict") == "reject":
        for start, end in _closed_times(call.tx, document):
            refuse_conflicts(call.tx, [document["assignmentId"]], start, end, "/date")
    return {"reason": None, **document}


def _closed_times(tx: Transaction, override: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is left of the day outside its periods."""
    location = tx.need("location", tx.need("assignment", override["assignmentId"])["locationId"])
    zone, day = ZoneInfo(location["timezone"]), date.fromisoformat(override["date"])
    if not date(1900, 1, 2) < day < date(9999, 12, 1):
        raise errors.BusinessRuleViolation(details="the day is out of range", target="/date")
    edges = sorted((period["start"], period["end"]) for period in override["periods"])
    walls = ["00:00", *(edge for period in edges for edge in period), "24:00"]
    times = [instant(wall_instant(day, wall, zone)) for wall in walls]
    return [(start, end) for start, end in zip(times[::2], times[1::2], strict=True) if start < end]


schedule_overrides = Resource(
    "schedule_override",
    parent=("assignment", "assignmentId"),
    indexes=("assignmentId",),
    sorts=("date",),
    unique=(("assignmentId", "date"),),
    prepare=_prepare,
    own_id="overrideId",
)


def tell_of_change(tx: Transaction, assignment_id: str) -> None:
    """The working hours are not what they were."""
    tx.emit("schedule.updated", "schedule", tx.need("schedule", assignment_id), changedFields=["overrides"])
