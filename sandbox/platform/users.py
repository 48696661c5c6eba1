"""Users: the people who sign in, with their roles, permissions and preferences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.identity.limits import assignments_of
from sandbox.identity.roles import ROLE_SCOPES, granted
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import ResourceInUse
from sandbox.kernel.replies import Page
from sandbox.platform.call import Call
from sandbox.platform.preferences import preferences_of, replace_preferences
from sandbox.platform.user_life import (
    LIFE,
    assign,
    check_not_last_admin,
    living,
    unassign,
    users,
)

ROLES = {
    "admin": "May do everything on the platform.",
    "organizer": "Plans events, sells places at them and follows what becomes of them.",
    "staff": "Works at the door.",
    "finance": "Sees and moves the money.",
    "speaker": "Holds sessions; sees their own.",
    "attendee": "Registers and pays; sees their own.",
    "practitioner": "Holds appointments.",
    "receptionist": "Works at the desk of a location.",
    "dpo": "Answers the requests of those whose data is kept.",
}


def list_users(call: Call) -> Page:
    """All but the erased, unless asked for them."""
    if "status" in call.query:
        return users.list(call)
    return users.list(call, status=["invited", "active", "suspended", "deactivated"])


def get_user(call: Call, user_id: str) -> Document:
    """One who has not been erased."""
    return living(call, user_id)


def update_user(call: Call, user_id: str, body: Mapping[str, Any]) -> Document:
    """One who has not been erased."""
    living(call, user_id)
    return users.update(call, user_id, body)


def deactivate_user(call: Call, user_id: str) -> None:
    """The account ends, what it did stays; not while events to come hang on it."""
    user = living(call, user_id)
    check_not_last_admin(call.tx, user)
    coming = call.tx.scan("event", {"organizerId": user_id, "status": "published"})
    if any(event["endsAt"] > call.tx.stamp() for event in coming):
        raise ResourceInUse(details="events to come are organised by the user", target="userId")
    users.act(call, user_id, LIFE, "deactivate")


def suspend_user(call: Call, user_id: str, body: Mapping[str, Any] | None = None) -> Document:
    """Tokens of the user stop working at once."""
    check_not_last_admin(call.tx, living(call, user_id))
    return users.act(call, user_id, LIFE, "suspend", statusReason=(body or {}).get("reason"))


def reactivate_user(call: Call, user_id: str) -> Document:
    """As before the suspension or deactivation."""
    living(call, user_id)
    return users.act(call, user_id, LIFE, "reactivate", statusReason=None)


def list_roles(call: Call) -> dict[str, Any]:
    """Every role with the scopes it can be granted."""
    shown = [
        {"name": name, "description": ROLES[name], "scopes": sorted(scopes)}
        for name, scopes in ROLE_SCOPES.items()
    ]
    return {"data": shown, "_links": {"self": {"href": call.path}}}


def list_user_roles(call: Call, user_id: str) -> dict[str, Any]:
    """With what each is limited to."""
    return {"data": assignments_of(living(call, user_id)), "_links": {"self": {"href": call.path}}}


def assign_user_role(
    call: Call, user_id: str, role_name: str, body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Saying it twice changes nothing."""
    return assign(call, living(call, user_id), role_name, body or {})


def remove_user_role(call: Call, user_id: str, role_name: str) -> None:
    """Somebody has to stay in charge."""
    unassign(call.tx, living(call, user_id), role_name)


def get_user_permissions(call: Call, user_id: str) -> dict[str, Any]:
    """What the roles come to."""
    user = living(call, user_id)
    scopes = sorted(granted(user["roles"]))
    permissions = [
        {"action": verb, "resourceType": area, "scope": _reach(user, scope)}
        for scope in scopes
        for area, _, verb in [scope.partition(":")]
        if verb
    ]
    return {"roles": user["roles"], "scopes": scopes, "permissions": permissions}


def get_user_preferences(call: Call, user_id: str) -> Document:
    """Those that were set, or how things are for everybody."""
    return preferences_of(call.tx, living(call, user_id))


def replace_user_preferences(call: Call, user_id: str, body: Mapping[str, Any]) -> Document:
    """All of them anew."""
    return replace_preferences(call, living(call, user_id), body)


def _reach(user: Document, scope: str) -> str:
    """`global` where one of the roles that grant a scope is unlimited, otherwise the objects it is for."""
    giving = [each for each in assignments_of(user) if scope in granted([each["role"]])]
    if any(each["scopeType"] == "global" for each in giving):
        return "global"
    return " ".join(sorted(f"{each['scopeType']}:{each['scopeId']}" for each in giving))
