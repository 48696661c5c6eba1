"""How far roles reach: whoever works at certain locations only has nothing to do with the others."""

from __future__ import annotations

from typing import Any

from sandbox.identity.roles import granted
from sandbox.kernel.errors import InsufficientPermissions
from sandbox.platform.call import Call
from sandbox.platform.user_life import assignments_of


def own_places(call: Call, scope: str) -> dict[str, Any]:
    """Which rows a role shows that was given for single locations; all of them with one that is unlimited."""
    user = call.tx.get("user", call.principal.user_id or "")
    giving = [each for each in assignments_of(user) if scope in granted([each["role"]])] if user else []
    if not giving or any(each["scopeType"] == "global" for each in giving):
        return {}
    return {"locationId": [each["scopeId"] for each in giving if each["scopeType"] == "location"]}


def check_place(call: Call, location_id: str, scope: str) -> None:
    """Raises InsufficientPermissions where the caller's role does not reach."""
    if location_id not in own_places(call, scope).get("locationId", (location_id,)):
        raise InsufficientPermissions(details="the role was given for other locations")
