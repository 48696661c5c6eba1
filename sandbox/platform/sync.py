"""Sync: following what changes, by reading the feed or by pulling notifications."""

from __future__ import annotations

from itertools import islice
from typing import Any

from sandbox.kernel.replies import Page, Stream
from sandbox.platform import notification_queue as queue
from sandbox.platform.call import Call
from sandbox.platform.change_feed import changes_after, read_place, write_place
from sandbox.platform.following import until
from sandbox.platform.notification_tail import NotificationTail
from sandbox.platform.pagination import SIZE
from sandbox.platform.server_sent import last_event_id, streamed

KINDS = [queue.KIND]


def list_changes(call: Call) -> Page:
    """From where the cursor points; there always is a next cursor, to ask again with later."""
    text, size = call.query.get("cursor"), call.query.get("pageSize", SIZE)
    found, last, more = changes_after(call, read_place(call, text) if text else 0, size)
    return Page(found, "cursor", None, 1, size, 0, next_cursor=write_place(call, last), has_more=more)


async def pull_notifications(call: Call, wait_seconds: int = 0) -> dict[str, Any]:
    """The oldest that are not acknowledged, as soon as there are any; acknowledging takes them out."""
    return await until(call, lambda: _pulled(call), _holds_any, wait_seconds)


def stream_notifications(call: Call) -> Stream:
    """Follow the events."""
    tail = NotificationTail(call.workspace, call.principal, call.query.get("types", ()))
    tail.begin(call.tx, last_event_id(call))
    return streamed(call, tail)


def acknowledge_notifications(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """They were received; again is no fault."""
    queue.check_pulls(call.tx, call.principal)
    return queue.acknowledge(call.tx, call.principal, body["ids"])


def release_notifications(call: Call) -> dict[str, Any]:
    """Pushes that were given up begin anew."""
    queue.release(call.tx, call.principal)
    return {"status": "accepted", "id": None, "statusUrl": "/api/v1/notification-queue"}


def _pulled(call: Call) -> dict[str, Any]:
    with call.transaction() as tx:
        queue.check_pulls(tx, call.principal)
        found = queue.waiting(tx, call.principal)
        taken = [queue.shown(event) for _, event in islice(found, call.query.get("limit", SIZE))]
        return {"notifications": taken, "remaining": sum(1 for _ in found)}


def _holds_any(pulled: dict[str, Any]) -> bool:
    return bool(pulled["notifications"])
