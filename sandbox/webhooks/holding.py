"""How much is kept of what arrives, and how long: by number in a bin, by bytes in a workspace, by age."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.kernel.agenda import Rule
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.captures import size_of
from sandbox.webhooks.expecting import forget

WORKSPACE_BYTES = 32 * 1024 * 1024
"""What all bins of a workspace keep together; the oldest of all goes beyond it."""
TALLY = "captured-bytes"
TIDY = "bin.tidy"
EXPIRE = "bin.expire"


def hold(tx: Transaction, found: Document, captured: Mapping[str, Any]) -> Document:
    """Keep what arrived; what is too much or too old by now makes room."""
    size = size_of(captured)
    stored = tx.put("captured_request", {**captured, "_size": size})
    held = _add(tx, size)
    _drop_surplus(tx, found)
    if held > WORKSPACE_BYTES:
        _make_room(tx, stored["id"])
    _plan(tx, found)
    return stored


def drop(tx: Transaction, captured: Document) -> None:
    """Forget one request."""
    tx.delete("captured_request", captured["id"])
    _add(tx, -int(captured.get("_size", 0)))


def clear(tx: Transaction, bin_id: str) -> None:
    """Forget what arrived; the answer sequence goes on where it is."""
    for captured in tx.find("captured_request", {"binId": bin_id}):
        drop(tx, captured)


def remove(tx: Transaction, bin_id: str) -> None:
    """All that hangs on a bin goes with it."""
    clear(tx, bin_id)
    for expectation in tx.find("expectation", {"binId": bin_id}):
        forget(tx, expectation)
    tx.delete("bin_secret", bin_id)
    for job in (TIDY, EXPIRE):
        tx.cancel(job, bin_id)


def replan(tx: Transaction, found: Document) -> None:
    """The bin's limits changed: what follows from them is planned anew."""
    for job in (TIDY, EXPIRE):
        tx.cancel(job, found["id"])
    _drop_surplus(tx, found)
    _plan(tx, found)


def tidy(tx: Transaction, entry: Document) -> None:
    """What a bin kept long enough goes."""
    found = tx.get("bin", entry["subject"])
    hours = None if found is None else found.get("retentionHours")
    if found is None or not hours:
        return
    limit = instant(tx.now() - timedelta(hours=hours))
    for captured in tx.find("captured_request", {"binId": found["id"]}):
        if captured["receivedAt"] <= limit:
            drop(tx, captured)
    tx.cancel(TIDY, found["id"])
    _plan(tx, found)


def expire(tx: Transaction, entry: Document) -> None:
    """A bin's time is over."""
    if tx.delete("bin", entry["subject"]) is not None:
        remove(tx, entry["subject"])


def _drop_surplus(tx: Transaction, found: Document) -> None:
    """The oldest requests beyond the bin's number go."""
    while tx.count("captured_request", {"binId": found["id"]}) > found["maxRequests"]:
        for oldest in tx.find("captured_request", {"binId": found["id"]}, "sequence", limit=1):
            drop(tx, oldest)


def _plan(tx: Transaction, found: Document) -> None:
    """What is due later, unless that is planned already; a reset that keeps bins forgets their plans."""
    key, hours, until = found["id"], found.get("retentionHours"), found.get("expiresAt")
    if until and tx.get("agenda", f"{EXPIRE}:{key}") is None:
        tx.schedule(parse_instant(until), EXPIRE, key)
    if not hours or tx.get("agenda", f"{TIDY}:{key}") is not None:
        return
    received = [
        each["receivedAt"] for each in tx.find("captured_request", {"binId": key}, "sequence", limit=1)
    ]
    if received:
        tx.schedule(parse_instant(received[0]) + timedelta(hours=hours), TIDY, key)


def _add(tx: Transaction, size: int) -> int:
    counter = tx.get("counter", TALLY)
    held = max(0, (0 if counter is None else counter["value"]) + size)
    tx.put("counter", {"id": TALLY, "value": held})
    return held


def _make_room(tx: Transaction, newest: str) -> None:
    """Drop the oldest of the workspace. The tally is checked first: others delete what is past its time."""
    held = sum(each.get("_size", 0) for each in tx.scan("captured_request"))
    tx.put("counter", {"id": TALLY, "value": held})
    while held > WORKSPACE_BYTES:
        oldest = [
            each for each in tx.find("captured_request", order="receivedAt", limit=2) if each["id"] != newest
        ]
        if not oldest:
            return
        drop(tx, oldest[0])
        held -= oldest[0].get("_size", 0)


JOBS: dict[str, Rule] = {TIDY: tidy, EXPIRE: expire}
