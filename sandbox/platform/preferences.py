"""Preferences: how somebody wants to be spoken to, one document a user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource
from sandbox.platform.zones import check_zone

preferences = Resource("preferences", path="/api/v1/users/{userId}/preferences", plural="preferences")

USUAL: dict[str, Any] = {
    "dateFormat": "YYYY-MM-DD",
    "currency": "EUR",
    "emailNotifications": {
        "registration": True,
        "reminders": True,
        "updates": True,
        "marketing": False,
        "digest": "never",
    },
    "channels": {"email": True, "sms": False, "push": False},
    "accessibilityNeeds": None,
    "dietary": None,
    "calendarProvider": None,
    "metadata": {},
}


def preferences_of(tx: Transaction, user: Document) -> Document:
    """Those that were set; the usual ones for who set none."""
    stored = tx.get("preferences", user["id"])
    if stored is not None:
        return stored
    born = {"id": user["id"], "version": 1, "createdAt": user["createdAt"], "updatedAt": user["createdAt"]}
    return Document({**born, "locale": user["locale"], "timezone": user["timezone"], **USUAL})


def replace_preferences(call: Call, user: Document, body: Mapping[str, Any]) -> Document:
    """Put all anew under If-Match; what is left out is as usual again."""
    before = preferences_of(call.tx, user)
    preferences.check_match(call, before)
    spoken = {"locale": user["locale"], "timezone": user["timezone"]}
    wanted = {**USUAL, **spoken, **body}
    for grouped in ("emailNotifications", "channels"):
        wanted[grouped] = {**USUAL[grouped], **wanted[grouped]}
    check_zone(wanted["timezone"])
    if all(before[member] == value for member, value in wanted.items()):
        return before
    return preferences.save(call.tx, before, **wanted)
