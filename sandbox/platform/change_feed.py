"""The change feed: a reading of the outbox from a place that a cursor marks."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import blake2b
from typing import Any

import orjson

from sandbox.kernel import errors
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.commits import OUTBOX
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import OUTBOX_LIMIT, Transaction
from sandbox.platform.call import Call
from sandbox.platform.changes import may_learn, operation_of
from sandbox.webhooks.deliveries import told

RETENTION = timedelta(days=30)
SIGNED = 12


def events_after(tx: Transaction, sequence: int) -> Iterator[tuple[int, Document]]:
    """Recorded events with their numbers, oldest first, as far as the outbox reaches back."""
    last = tx.store.events
    for number in range(max(sequence, last - OUTBOX_LIMIT) + 1, last + 1):
        event = tx.get(OUTBOX, f"{number:012d}")
        if event is not None:
            yield number, event


def changes_after(call: Call, sequence: int, size: int) -> tuple[list[dict[str, Any]], int, bool]:
    """Up to `size` changes, the number to go on behind, and whether there are more by now."""
    since = max(instant(call.tx.now() - RETENTION), call.query.get("since", ""))
    is_wanted, found = _wanted(call), list[dict[str, Any]]()
    with_data = "data" in call.query.get("include", ())
    last = sequence
    for number, event in events_after(call.tx, sequence):
        if event["at"] >= since and is_wanted(event) and may_learn(call.tx, call.principal, event):
            if len(found) == size:
                return found, last, True
            found.append(_change(call.tx, number, event, with_data=with_data))
        last = number
    return found, max(last, call.tx.store.events), False


def _wanted(call: Call) -> Callable[[Document], bool]:
    """`types` names kinds of resources and types of changes."""
    types = frozenset(call.query.get("types", ()))
    if not types:
        return lambda event: True
    return lambda event: event["kind"] in types or event["type"] in types


def _change(tx: Transaction, number: int, event: Document, *, with_data: bool) -> dict[str, Any]:
    kind, key, snapshot = event["kind"], event["resourceId"], event["data"] or {}
    change = {
        "sequence": number,
        "at": event["at"],
        "type": event["type"],
        "operation": operation_of(event["type"]),
        "resource": {"type": kind, "id": key, "version": snapshot.get("version")},
    }
    if with_data:
        now = tx.get(kind, key)
        is_there = now is not None and now.get("status") != "erased"
        change["data"] = told(kind, snapshot) if is_there else None
    return change


def write_place(call: Call, sequence: int) -> str:
    """A cursor that goes on behind a change; only this workspace understands it."""
    payload = orjson.dumps([sequence, call.tx.stamp()])
    return base64.urlsafe_b64encode(_signature(call, payload) + payload).decode().rstrip("=")


def read_place(call: Call, text: str) -> int:
    """Behind which change to go on; raises InvalidCursor or CursorExpired."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if not hmac.compare_digest(raw[:SIGNED], _signature(call, raw[SIGNED:])):
            raise errors.InvalidCursor(
                details="the cursor is another workspace's or altered", target="cursor"
            )
        sequence, at = orjson.loads(raw[SIGNED:])
    except (ValueError, binascii.Error):
        raise errors.InvalidCursor(details="the cursor cannot be read", target="cursor") from None
    last = call.tx.store.events
    is_forgotten = sequence < last - OUTBOX_LIMIT or call.tx.now() - parse_instant(at) > RETENTION
    if is_forgotten or sequence > last:
        raise errors.CursorExpired(
            details="changes are missing behind it; read everything anew, then go on without a cursor",
            target="cursor",
        )
    return int(sequence)


def _signature(call: Call, payload: bytes) -> bytes:
    key = call.workspace.chance.draw("changes", 0)
    return blake2b(payload + call.workspace.id.encode(), key=key, digest_size=SIGNED).digest()
