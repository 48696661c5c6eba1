"""Me: the user behind the token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import ResourceNotFound
from sandbox.kernel.replies import Page
from sandbox.platform.call import Call
from sandbox.platform.registration_life import registrations
from sandbox.platform.user_life import living, users


def get_me(call: Call) -> Document:
    """The caller, who is a person."""
    return living(call, _user_id(call))


def update_me(call: Call, body: Mapping[str, Any]) -> Document:
    """Under the same rules as by others."""
    living(call, _user_id(call))
    return users.update(call, _user_id(call), body)


def list_my_registrations(call: Call) -> Page:
    """Those in the caller's name."""
    return registrations.list(call, userId=_user_id(call))


def _user_id(call: Call) -> str:
    if call.principal.user_id is None:
        raise ResourceNotFound(details="the credential is a machine's; no user stands behind it")
    return call.principal.user_id
