"""The life of a user: who is invited, active, suspended or deactivated, and which roles somebody has."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import scrypt
from typing import Any

from sandbox.identity.limits import GLOBAL, assignments_of
from sandbox.identity.roles import ROLE_SCOPES, granted
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    InsufficientPermissions,
    LastAdmin,
    ResourceGone,
    ResourceNotFound,
    ValidationError,
)
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.filters import Filter
from sandbox.platform.resource import Resource, at_least, equals, text
from sandbox.platform.zones import check_zone

LIFE = TransitionTable(
    "user",
    {
        ("invited", "suspend"): "suspended",
        ("active", "suspend"): "suspended",
        ("suspended", "reactivate"): "active",
        ("deactivated", "reactivate"): "active",
        ("invited", "deactivate"): "deactivated",
        ("active", "deactivate"): "deactivated",
        ("suspended", "deactivate"): "deactivated",
    },
)
BLANK: dict[str, Any] = {
    "givenName": None,
    "familyName": None,
    "phone": None,
    "avatarUrl": None,
    "organization": None,
    "externalId": None,
    "lastLoginAt": None,
    "emailVerified": False,
    "statusReason": None,
}


def _prepare(call: Call, document: dict[str, Any], before: Document | None) -> dict[str, Any]:
    check_zone(document["timezone"])
    email = document["email"].lower()
    prepared = {**BLANK, **document, "email": email}
    password = prepared.pop("password", None)
    if password is not None:
        prepared["_password"] = hashed(password, call.tx.new_token("password", 32))
    if before is None:
        prepared["status"] = "invited" if password is None else "active"
        prepared["identities"] = [{"provider": "password", "subject": email}]
        prepared["roles"] = ["attendee"]
    elif email != before["email"]:
        prepared["emailVerified"] = False
    return prepared


users = Resource(
    "user",
    path="/api/v1/users/{userId}",
    indexes=("email", "status", "roles", "externalId"),
    sorts=("displayName", "createdAt"),
    filters={
        "q": text("displayName", "email", "organization"),
        "role": equals("roles"),
        "status": equals("status"),
        "email": Filter(predicate=lambda wanted: lambda user: user["email"] == wanted.lower()),
        "externalId": equals("externalId"),
        "updatedSince": at_least("updatedAt"),
    },
    unique=(("email",),),
    emits={
        "create": "user.created",
        "update": "user.updated",
        "suspend": "user.updated",
        "reactivate": "user.updated",
        "deactivate": "user.updated",
    },
    prepare=_prepare,
    links={
        "roles": "/api/v1/users/{id}/roles",
        "permissions": "/api/v1/users/{id}/permissions",
        "preferences": "/api/v1/users/{id}/preferences",
    },
)


def hashed(password: str, salt: str) -> str:
    """What is kept of a password: enough to recognise it."""
    return f"{salt}:{scrypt(password.encode(), salt=salt.encode(), n=2**12, r=8, p=1).hex()}"


def living(call: Call, user_id: str) -> Document:
    """A user whose data was not erased; raises ResourceGone."""
    user = users.get(call, user_id)
    if user["status"] == "erased":
        raise ResourceGone(details="the user's data was erased", target="userId")
    return user


# roles


def assign(call: Call, user: Document, role: str, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Give a role, or give it anew for another scope; raises InsufficientPermissions, ResourceNotFound."""
    _check_role(role)
    if not granted([role]) <= call.principal.scopes and "admin" not in call.principal.roles:
        raise InsufficientPermissions(details=f"nobody hands out more than they have: {role}")
    limited = _limit(call.tx, {**GLOBAL, **scope})
    before = next((each for each in assignments_of(user) if each["role"] == role), None)
    if before is not None and limited.items() <= before.items():
        return before
    by = call.principal.user_id or call.principal.credential_id
    made = {"role": role, **limited, "grantedBy": by, "grantedAt": call.tx.stamp()}
    others = [each for each in assignments_of(user) if each["role"] != role]
    _keep(call.tx, user, [*others, made])
    return made


def _limit(tx: Transaction, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Of what it is limited to, the id; raises ValidationError, ResourceNotFound."""
    if scope["scopeType"] == "global":
        return {**GLOBAL}
    if scope["scopeId"] is None:
        raise ValidationError(details=f"say which {scope['scopeType']}", target="/scopeId")
    tx.need(scope["scopeType"], scope["scopeId"], "/scopeId")
    return dict(scope)


def unassign(tx: Transaction, user: Document, role: str) -> None:
    """Take a role back; raises ResourceNotFound, and LastAdmin rather than leave nobody in charge."""
    if role not in user["roles"]:
        raise ResourceNotFound(details=f"the user is no {role}", target="roleName")
    if role == "admin":
        check_not_last_admin(tx, user)
    _keep(tx, user, [each for each in assignments_of(user) if each["role"] != role])


def check_not_last_admin(tx: Transaction, user: Document) -> None:
    """Raises LastAdmin for the only active administrator."""
    others = [
        one for one in tx.find("user", {"roles": "admin", "status": "active"}) if one["id"] != user["id"]
    ]
    if "admin" in user["roles"] and user["status"] == "active" and not others:
        raise LastAdmin(details=f"{user['displayName']} is the only administrator left")


def _keep(tx: Transaction, user: Document, assignments: list[dict[str, Any]]) -> None:
    roles = [each["role"] for each in assignments]
    stored = users.save(tx, user, roles=roles, _assignments=assignments)
    tx.emit("user.updated", "user", stored, changedFields=["roles"])


def _check_role(role: str) -> None:
    if role not in ROLE_SCOPES:
        raise ResourceNotFound(details=f"there is no role '{role}'", target="roleName")
