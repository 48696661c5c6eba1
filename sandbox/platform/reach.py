"""How far roles reach: whoever has one for single events or locations has nothing to do with the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.identity.limits import Limits, limits_of_user, places_of
from sandbox.identity.roles import GUESTS, PERSONAL, granted
from sandbox.kernel.errors import DomainError, InsufficientPermissions
from sandbox.platform.call import Call

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


def limits_of(call: Call) -> Limits | None:
    """The events and locations that the caller's roles for this operation were given for; None without limit.

    As a guest everybody has rows of their own, whatever else they are."""
    if call.principal.client_type != "user":
        return None
    user = call.tx.get("user", call.principal.user_id or "")
    return None if user is None else limits_of_user(user, call.plan.scopes or USUAL) or None


def is_within(call: Call, kind: str, document: Mapping[str, Any]) -> bool:
    """Whether the caller's roles reach a row; one that belongs to no event or location is for all."""
    limits = limits_of(call)
    if limits is None:
        return True
    places = set(places_of(call.tx, kind, document))
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
