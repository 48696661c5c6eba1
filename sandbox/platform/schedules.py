"""Schedules: weekly working hours, and whether the calendar takes bookings."""

from __future__ import annotations

from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.availability_ranges import (
    Days,
    Span,
    count_slots,
    days_of,
    periods_by_day,
    refuse_outside,
    set_hours,
    standing_outside,
)
from sandbox.platform.call import Call
from sandbox.platform.changes import tell_quietly
from sandbox.platform.overrides import schedule_overrides, tell_of_change
from sandbox.platform.reach import check_within
from sandbox.platform.resource import Resource
from sandbox.platform.slot_calendar import overlapping_periods


def _prepare(call: Call, document: dict[str, Any], before: Document | None) -> dict[str, Any]:
    zone = call.tx.need("location", call.tx.need("assignment", document["id"])["locationId"])["timezone"]
    if document.get("timezone", zone) != zone:
        raise errors.InvalidTimezone(details=f"the location's zone is {zone}", target="/timezone")
    _check_periods(call.tx, document["id"], document["weekly"])
    return {"effectiveFrom": None, **document, "timezone": zone}


def _check_periods(tx: Transaction, assignment_id: str, weekly: list[dict[str, Any]]) -> None:
    days: dict[str, list[dict[str, Any]]] = {}
    for rule in weekly:
        days.setdefault(rule["day"], []).extend(rule["periods"])
    for day, periods in days.items():
        if faulty := overlapping_periods(periods):
            spans = " and ".join("–".join(period) for period in faulty)
            raise errors.ScheduleOverlap(details=f"{day}: {spans}", target="/weekly")
    all_periods = [period for periods in days.values() for period in periods]
    _check_offerings(tx, assignment_id, all_periods, "/weekly")


def _check_offerings(tx: Transaction, assignment_id: str, periods: list[dict[str, Any]], target: str) -> None:
    restricted = [period.get("offeringIds") or () for period in periods]
    for key in sorted({key for keys in restricted for key in keys}):
        offering = tx.get("offering", key)
        if offering is None or offering["assignmentId"] != assignment_id:
            raise errors.BusinessRuleViolation(
                details=f"offering '{key}' is not one of the assignment", target=target
            )


schedules = Resource(
    "schedule",
    path="/api/v1/assignments/{assignmentId}/schedule",
    emits={"update": "schedule.updated"},
    prepare=_prepare,
)
calendar_statuses = Resource(
    "calendar_status", plural="calendar_statuses", path="/api/v1/assignments/{assignmentId}/calendar"
)


def open_calendar(tx: Transaction, assignment: Document) -> None:
    """What a new assignment starts with; both carry the assignment's id."""
    key = assignment["id"]
    zone = tx.need("location", assignment["locationId"])["timezone"]
    hours = {"timezone": zone, "effectiveFrom": None, "weekly": [], "metadata": {}}
    schedules.insert(tx, {"id": key, "assignmentId": key, **hours})
    calendar_statuses.insert(
        tx, {"id": key, "assignmentId": key, "status": "enabled", "changedAt": tx.stamp(), "reason": None}
    )


def close_calendar(tx: Transaction, assignment_id: str) -> None:
    """Remove what belongs to a removed assignment."""
    for kind in ("schedule", "calendar_status"):
        tx.delete(kind, assignment_id)
    for kind in ("schedule_override", "break"):
        for document in tx.find(kind, {"assignmentId": assignment_id}):
            tx.delete(kind, document["id"])


def enable_calendar(call: Call, assignment_id: str) -> Document:
    """Take bookings again."""
    return _switch(call, assignment_id, "enabled", None)


def disable_calendar(call: Call, assignment_id: str, body: dict[str, Any] | None = None) -> Document:
    """Take no more bookings; those made stay."""
    return _switch(call, assignment_id, "disabled", (body or {}).get("reason"))


def _switch(call: Call, assignment_id: str, status: str, reason: str | None) -> Document:
    tx, calendar = call.tx, calendar_statuses.get(call, assignment_id)
    if calendar["status"] == status:
        raise errors.CalendarAlreadyInState(details=f"it is {status} since {calendar['changedAt']}")
    assignment = tx.need("assignment", assignment_id)
    mirrored = tx.revise("assignment", assignment, calendarStatus=status)
    tell_quietly(tx, "assignment", mirrored, "calendarStatus")
    changed = calendar_statuses.save(tx, calendar, status=status, changedAt=tx.stamp(), reason=reason)
    tx.emit(f"schedule.{status}", "calendar_status", changed)
    return changed


def create_schedule_override(call: Call, assignment_id: str, body: dict[str, Any]) -> Document:
    """One for each day; bookings outside its hours forbid it unless they are to be kept."""
    call.tx.need("assignment", assignment_id, "assignmentId")
    made = schedule_overrides.create(call, body, assignmentId=assignment_id)
    tell_of_change(call.tx, assignment_id)
    return made


def delete_schedule_override(call: Call, assignment_id: str, override_id: str) -> None:
    """The day has its weekly hours again."""
    schedule_overrides.get(call, override_id, assignmentId=assignment_id)
    schedule_overrides.delete(call, override_id)
    tell_of_change(call.tx, assignment_id)


def replace_availability(call: Call, assignment_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Exactly these working hours in a range of days; what stood there before is gone."""
    tx, assignment = call.tx, _own(call, assignment_id)
    days = days_of(tx, assignment, body["from"], body["to"])
    _check_offerings(tx, assignment_id, body["periods"], "/periods")
    hours, before = periods_by_day(body["periods"], days), count_slots(tx, assignment, days)
    spans = [(period["start"], period["end"]) for period in body["periods"]]
    standing = _standing(tx, assignment_id, days, spans, body["onConflict"])
    set_hours(tx, assignment, days, hours)
    after = count_slots(tx, assignment, days)
    return {"slotsBefore": before, "slotsAfter": after, "bookingsOutside": [one["id"] for one in standing]}


def delete_availability(call: Call, assignment_id: str) -> None:
    """No working hours on a day or in a range of days."""
    tx, query = call.tx, call.query
    assignment = _own(call, assignment_id)
    first, last = query.get("date", query.get("from")), query.get("date", query.get("to"))
    if not first or not last or ("date" in query and ("from" in query or "to" in query)):
        raise errors.InvalidDateRange(details="name either a date, or from and to", target="date")
    days = days_of(tx, assignment, first, last)
    _standing(tx, assignment_id, days, [], query.get("onConflict", "reject"))
    set_hours(tx, assignment, days, {})


def _own(call: Call, assignment_id: str) -> Document:
    """An assignment whose hours the caller may change."""
    assignment = call.tx.need("assignment", assignment_id, "assignmentId")
    check_within(call, "assignment", assignment)
    return assignment


def _standing(
    tx: Transaction, assignment_id: str, days: Days, spans: list[Span], on_conflict: str
) -> list[Document]:
    standing = standing_outside(tx, assignment_id, days, spans)
    if on_conflict == "reject":
        refuse_outside(standing)
    return standing
