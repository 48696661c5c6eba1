"""Sync: following what changes, by reading the feed or by pulling notifications."""

from __future__ import annotations

from itertools import islice
from typing import Any

from sandbox.kernel.replies import Page
from sandbox.platform import notification_queue as queue
from sandbox.platform.call import Call
from sandbox.platform.change_feed import changes_after, read_place, write_place
from sandbox.platform.pagination import SIZE

KINDS = [queue.KIND]


def list_changes(call: Call) -> Page:
    """From where the cursor points; there always is a next cursor, to ask again with later."""
    text, size = call.query.get("cursor"), call.query.get("pageSize", SIZE)
    found, last, more = changes_after(call, read_place(call, text) if text else 0, size)
    return Page(found, "cursor", None, 1, size, 0, next_cursor=write_place(call, last), has_more=more)


def pull_notifications(call: Call) -> dict[str, Any]:
    """The oldest that are not acknowledged; they stay in the queue until they are."""
    queue.check_pulls(call.tx, call.principal)
    found = queue.waiting(call.tx, call.principal)
    taken = [queue.shown(event) for _, event in islice(found, call.query.get("limit", SIZE))]
    return {"notifications": taken, "remaining": sum(1 for _ in found)}


def acknowledge_notifications(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """They were received; again is no fault."""
    queue.check_pulls(call.tx, call.principal)
    return queue.acknowledge(call.tx, call.principal, body["ids"])


def release_notifications(call: Call) -> dict[str, Any]:
    """Pushes that were given up begin anew."""
    queue.release(call.tx, call.principal)
    return {"status": "accepted", "id": None, "statusUrl": "/api/v1/notification-queue"}
