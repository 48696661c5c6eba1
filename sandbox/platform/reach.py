"""How far roles reach: whoever has one for single events or locations has nothing to do with the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.identity.roles import PERSONAL, granted
from sandbox.kernel.errors import DomainError, InsufficientPermissions
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.ownership import GUESTS

Place = tuple[str, str | None]

GLOBAL = {"scopeType": "global", "scopeId": None}
OPEN = frozenset(
    [
        "location",
        "assignment",
        "offering",
        "schedule",
        "schedule_override",
        "calendar_status",
        "break",
        "room",
        "material",
    ]
)
"""Kinds that all who work here may read, wherever they work."""
FOR_EVERYBODY = granted(GUESTS) | PERSONAL
USUAL = frozenset({"events:read"})
"""What a role must grant to count where an operation asks for nothing."""
PLACES = ("event", "location", "event_series")
"""What rows belong to; nobody's role is for a series only, so that series are for those without a limit."""
WAYS = {
    "eventId": "event",
    "parentEventId": "event",
    "locationId": "location",
    "assignmentId": "assignment",
    "sessionId": "session",
    "registrationId": "registration",
    "bookingId": "booking",
    "paymentId": "payment",
}
"""Members that lead to where a row belongs."""


def assignments_of(user: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The roles of a user with what they are limited to; what nobody granted came with the account."""
    known = {each["role"]: each for each in user.get("_assignments", ())}
    given = {"grantedBy": "system", "grantedAt": user["createdAt"]}
    return [known.get(role) or {"role": role, **GLOBAL, **given} for role in user["roles"]]


def limits_of(call: Call) -> frozenset[Place] | None:
    """The events and locations that the caller's roles for this operation were given for; None without limit.

    As a guest everybody has rows of their own, whatever else they are."""
    if call.principal.client_type != "user":
        return None
    user = call.tx.get("user", call.principal.user_id or "")
    wanted, roles = call.plan.scopes or USUAL, assignments_of(user) if user is not None else []
    giving = [each for each in roles if each["role"] not in GUESTS and wanted & granted([each["role"]])]
    if not giving or any(each["scopeType"] == "global" for each in giving):
        return None
    return frozenset((each["scopeType"], each["scopeId"]) for each in giving)


def is_within(call: Call, kind: str, document: Mapping[str, Any]) -> bool:
    """Whether the caller's roles reach a row; one that belongs to no event or location is for all."""
    limits = limits_of(call)
    if limits is None:
        return True
    places = set(_places(call.tx, kind, document))
    return not places or not limits.isdisjoint(places)


def check_within(call: Call, kind: str, document: Mapping[str, Any]) -> None:
    """Raises InsufficientPermissions where the caller's role does not reach, unless guests may do it too."""
    if not is_within(call, kind, document) and not is_for_everybody(call, kind):
        raise beyond()


def is_for_everybody(call: Call, kind: str) -> bool:
    """Whether the operation takes no role, or reads what all who work here may read."""
    return call.plan.scopes <= FOR_EVERYBODY or (call.plan.method == "GET" and kind in OPEN)


def beyond() -> DomainError:
    """The error for what is known, but not for the caller's role."""
    return InsufficientPermissions(details="the role was given for other events or locations")


def _places(tx: Transaction, kind: str, document: Mapping[str, Any]) -> Iterator[Place]:
    if kind in PLACES:
        yield kind, document.get("id")
    said = document.get("subject")
    subject = said if isinstance(said, Mapping) else {}
    named = {target: key for name, target in WAYS.items() if (key := document.get(name) or subject.get(name))}
    if "type" in subject:
        named[subject["type"]] = subject.get("id")
    for target, key in named.items():
        if target in PLACES:
            yield target, key
        elif key and (followed := tx.get(target, key)) is not None:
            yield from _places(tx, target, followed)
