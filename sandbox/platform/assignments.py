"""Assignments: a practitioner at a location, with a calendar and working hours of its own."""

from __future__ import annotations

from typing import Any

from sandbox.kernel.documents import Document
from sandbox.platform.call import Call
from sandbox.platform.changes import tell_quietly
from sandbox.platform.practitioners import practitioners
from sandbox.platform.resource import Resource, at_least, equals
from sandbox.platform.schedules import close_calendar, open_calendar

assignments = Resource(
    "assignment",
    path="/api/v1/assignments/{assignmentId}",
    indexes=("practitionerId", "locationId", "calendarStatus", "status"),
    sorts=("createdAt", "updatedAt"),
    filters={
        "practitionerId": equals("practitionerId"),
        "locationId": equals("locationId"),
        "calendarStatus": equals("calendarStatus"),
        "status": equals("status"),
        "updatedSince": at_least("updatedAt"),
    },
    unique=(("practitionerId", "locationId"),),
    references={"practitionerId": "practitioner", "locationId": "location"},
    emits={"create": "assignment.created", "delete": "assignment.removed"},
    used_by=[("booking", "assignmentId"), ("offering", "assignmentId")],
    links={
        "offerings": "/api/v1/assignments/{id}/offerings",
        "schedule": "/api/v1/assignments/{id}/schedule",
        "calendar": "/api/v1/assignments/{id}/calendar",
        "slots": "/api/v1/assignments/{id}/slots{?from,to}",
    },
)


def create_assignment(call: Call, body: dict[str, Any]) -> Document:
    """With an enabled calendar and no working hours yet."""
    created = assignments.create(call, body, calendarStatus="enabled")
    open_calendar(call.tx, created)
    _list_at_practitioner(call, created, add=True)
    return created


def delete_assignment(call: Call, assignment_id: str) -> None:
    """Its calendar and working hours go with it."""
    removed = assignments.get(call, assignment_id)
    assignments.delete(call, assignment_id)
    close_calendar(call.tx, assignment_id)
    _list_at_practitioner(call, removed, add=False)


def _list_at_practitioner(call: Call, assignment: Document, *, add: bool) -> None:
    practitioner = call.tx.need("practitioner", assignment["practitionerId"])
    others = [key for key in practitioner["assignmentIds"] if key != assignment["id"]]
    named = [*others, assignment["id"]] if add else others
    after = practitioners.save(call.tx, practitioner, assignmentIds=named)
    tell_quietly(call.tx, "practitioner", after, "assignmentIds")
