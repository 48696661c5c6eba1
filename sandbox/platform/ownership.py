"""Whose rows a caller sees: staff and machines every one, attendees their own."""

from __future__ import annotations

from sandbox.identity.roles import GUESTS
from sandbox.kernel.documents import Document
from sandbox.platform.call import Call


def is_guest(call: Call) -> bool:
    """Whether the caller is a person without a role in the organisation."""
    principal = call.principal
    return principal.client_type in ("user", "anonymous") and GUESTS.issuperset(principal.roles)


def sees_all(call: Call) -> bool:
    """Whether no row is hidden from the caller."""
    return not is_guest(call)


def is_own(call: Call, document: Document) -> bool:
    """Whether the row belongs to the person who calls."""
    user_id = call.principal.user_id
    return user_id is not None and document.get("userId") == user_id


def is_payer(call: Call, document: Document) -> bool:
    """Whether the money of the row is that of the person who calls."""
    return document["_userId"] is not None and bool(document["_userId"] == call.principal.user_id)
