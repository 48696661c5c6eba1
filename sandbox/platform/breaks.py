"""Breaks: time off inside working hours, alone or coupled across a practitioner's assignments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.filters import Filter
from sandbox.platform.reach import check_within
from sandbox.platform.resource import Resource

TIMES = ("startsAt", "endsAt")

breaks = Resource(
    "break",
    path="/api/v1/assignments/{assignmentId}/breaks/{breakId}",
    parent=("assignment", "assignmentId"),
    indexes=("assignmentId",),
    sorts=("startsAt",),
    filters={
        "from": Filter(predicate=lambda begin: lambda pause: pause["endsAt"] > begin),
        "to": Filter(predicate=lambda end: lambda pause: pause["startsAt"] < end),
    },
)


def create_break(call: Call, assignment_id: str, body: dict[str, Any]) -> Document:
    """At one assignment, or at all of the practitioner's."""
    tx, assignment = call.tx, call.tx.need("assignment", assignment_id, "assignmentId")
    check_within(call, "assignment", assignment)
    practitioner = tx.need("practitioner", assignment["practitionerId"])
    others = practitioner["assignmentIds"] if body["applyToAllAssignments"] else ()
    places = list(dict.fromkeys([assignment_id, *others]))
    _check(tx, places, body, body["onConflict"])
    keys = [tx.new_id("break") for _ in places]
    made = [_insert(tx, key, place, keys, body) for key, place in zip(keys, places, strict=True)]
    return made[0]


def _insert(
    tx: Transaction, key: str, assignment_id: str, keys: list[str], body: Mapping[str, Any]
) -> Document:
    said = {member: body.get(member) for member in (*TIMES, "description")}
    coupled = [other for other in keys if other != key]
    pause = {"id": key, "assignmentId": assignment_id, **said, "metadata": body.get("metadata", {})}
    stored = breaks.insert(tx, {**pause, "coupledBreakIds": coupled})
    tx.emit("schedule.break_created", "break", stored)
    return stored


def move_break(call: Call, assignment_id: str, break_id: str, body: dict[str, Any]) -> Document:
    """With all that are coupled to it."""
    before = breaks.get(call, break_id, assignmentId=assignment_id)
    breaks.check_match(call, before)
    _move(call.tx, before, body)
    return breaks.get(call, break_id)


def _move(tx: Transaction, before: Document, body: Mapping[str, Any]) -> None:
    changes = {member: body.get(member, before[member]) for member in (*TIMES, "description")}
    moved = _coupled(tx, before)
    is_moved = any(changes[member] != before[member] for member in TIMES)
    policy = body.get("onConflict") if is_moved else "keep"
    _check(tx, [pause["assignmentId"] for pause in moved], changes, policy, before["id"])
    for pause in moved:
        previous = {member: pause[member] for member in TIMES}
        tx.emit("schedule.break_moved", "break", breaks.save(tx, pause, **changes), previous=previous)


def delete_break(call: Call, assignment_id: str, break_id: str) -> None:
    """With all that are coupled to it."""
    before = breaks.get(call, break_id, assignmentId=assignment_id)
    breaks.check_match(call, before)
    for pause in _coupled(call.tx, before):
        call.tx.delete("break", pause["id"])
        call.tx.emit("schedule.break_removed", "break", pause)


def _coupled(tx: Transaction, pause: Document) -> list[Document]:
    others = [tx.get("break", key) for key in pause["coupledBreakIds"]]
    return [pause, *(other for other in others if other is not None)]


def _check(
    tx: Transaction,
    assignment_ids: list[str],
    times: Mapping[str, Any],
    on_conflict: str | None,
    moved: str = "",
) -> None:
    """Raises InvalidDateRange, DuplicateBreak or BreakConflictsWithBookings."""
    start, end = times["startsAt"], times["endsAt"]
    if end <= start:
        raise errors.InvalidDateRange(details="a break ends after it starts", target="/endsAt")
    for twin in tx.find("break", {"assignmentId": assignment_ids}):
        is_same = (twin["startsAt"], twin["endsAt"]) == (start, end)
        if is_same and moved not in (twin["id"], *twin["coupledBreakIds"]):
            links = {"existing": {"href": breaks.address(twin)}}
            raise errors.DuplicateBreak(details="there is a break just then", target="/startsAt", links=links)
    if on_conflict != "keep":
        refuse_conflicts(tx, assignment_ids, start, end)


def refuse_conflicts(
    tx: Transaction, assignment_ids: Collection[str], start: str, end: str, target: str = "/startsAt"
) -> None:
    """Raises BreakConflictsWithBookings when pending or confirmed bookings stand in [start, end)."""
    active = {"assignmentId": list(assignment_ids), "status": ["pending", "confirmed"]}
    standing = [b for b in tx.find("booking", active) if b["startsAt"] < end and b["endsAt"] > start]
    if standing:
        links = {"conflicts": [{"href": f"/api/v1/bookings/{booking['id']}"} for booking in standing[:5]]}
        raise errors.BreakConflictsWithBookings(
            details=f"bookings that stand in that time: {len(standing)}", target=target, links=links
        )
