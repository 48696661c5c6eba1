"""What a caller may learn of the world by its changes: which kinds, with which right, and whose rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from sandbox.identity.limits import is_reached
from sandbox.identity.principal import Principal
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

Operation = Literal["created", "updated", "deleted", "erased"]

SCOPES = {
    "location": "locations:read",
    "service": "services:read",
    "practitioner": "practitioners:read",
    "assignment": "practitioners:read",
    "offering": "services:read",
    "schedule": "schedules:read",
    "schedule_override": "schedules:read",
    "calendar_status": "schedules:read",
    "break": "schedules:read",
    "customer": "customers:read",
    "booking": "bookings:read",
    "mapping": "mappings:read",
    "event": "events:read",
    "event_series": "events:read",
    "ticket_type": "events:read",
    "session": "sessions:read",
    "registration": "registrations:read",
    "attendee": "attendees:read",
    "ticket": "registrations:read",
    "check_in": "checkins:read",
    "payment": "payments:read",
    "refund": "payments:read",
    "dispute": "payments:read",
    "invoice": "invoices:read",
    "user": "users:read",
}
"""The kinds whose changes are told, and the right that reading them takes."""

QUIET = {"create": "change.created", "update": "change.updated", "delete": "change.deleted"}
"""Told to readers of the feed only, of kinds whose declaration names no event for the verb."""

_OPERATIONS: dict[str, Operation] = {
    "created": "created",
    "deleted": "deleted",
    "removed": "deleted",
    "erased": "erased",
}


def quiet_event(kind: str, verb: str) -> str | None:
    """What is recorded where no webhook is sent, so that the feed is complete."""
    return QUIET.get(verb) if kind in SCOPES else None


def changed(after: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, list[str]]:
    """What an event says besides its object: the members that differ, but for those that always do."""
    differ = {member for member, value in after.items() if value != before.get(member) and member[0] != "_"}
    return {"changedFields": sorted(differ - {"version", "updatedAt"})}


def tell_quietly(tx: Transaction, kind: str, document: Document, *fields: str) -> None:
    """Let readers of the feed know of a change that no event is told of."""
    tx.emit(QUIET["update"], kind, document, changedFields=list(fields))


def operation_of(event_type: str) -> Operation:
    """`schedule.break_removed` -> `deleted`."""
    last = event_type.rpartition(".")[2].rpartition("_")[2]
    return _OPERATIONS.get(last, "updated")


def may_learn(tx: Transaction, principal: Principal, event: Document) -> bool:
    """Whether a caller may know of what happened."""
    scope = SCOPES.get(event["kind"])
    if scope is None or scope not in principal.scopes:
        return False
    if principal.user_id is not None:
        return is_reached(tx, principal.user_id, frozenset((scope,)), event["kind"], event["data"] or {})
    return principal.client_type != "partner" or _owner(event) in (None, principal.credential_id)


def _owner(event: Document) -> Any:
    """The partner that keeps the row to itself."""
    told = event["data"] or {}
    return told.get("ownerCredentialId") if event["kind"] == "mapping" else told.get("_exclusiveTo")
