"""What roles are limited to, and which events and locations a row belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.identity.roles import GUESTS, granted
from sandbox.kernel.workspace import Transaction

Place = tuple[str, str | None]
Limits = frozenset[Place]

GLOBAL = {"scopeType": "global", "scopeId": None}
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


def limits_of_user(user: Mapping[str, Any], scopes: frozenset[str]) -> Limits | None:
    """What the roles that grant any of the scopes were given for; None without limit, nothing without a role.

    As a guest everybody has rows of their own, whatever else they are."""
    roles = [each for each in assignments_of(user) if each["role"] not in GUESTS]
    giving = [each for each in roles if scopes & granted([each["role"]])]
    if any(each["scopeType"] == "global" for each in giving):
        return None
    return frozenset((each["scopeType"], each["scopeId"]) for each in giving)


def places_of(tx: Transaction, kind: str, document: Mapping[str, Any]) -> Iterator[Place]:
    """The events and locations that a row belongs to; those of a part are also those of the whole."""
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
        if key and (followed := tx.get(target, key)) is not None:
            yield from places_of(tx, target, followed)


def is_reached(
    tx: Transaction, user_id: str, scopes: frozenset[str], kind: str, document: Mapping[str, Any]
) -> bool:
    """Whether roles that grant the scopes reach a row; limited ones reach nothing that belongs nowhere."""
    user = tx.get("user", user_id)
    limits = limits_of_user(user, scopes) if user is not None else None
    return limits is None or not limits.isdisjoint(places_of(tx, kind, document))
