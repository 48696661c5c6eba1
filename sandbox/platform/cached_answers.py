"""Tells who keeps answers in a cache which of them are out of date."""

from __future__ import annotations

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.cached import CACHED, invalidated
from sandbox.webhooks.subscriptions import subscribed

EVENT = "cache.invalidated"


def announce(tx: Transaction, event: Document) -> None:
    """Only to who asked for it by name: `*` does not mean it."""
    if event["kind"] in CACHED and event["type"] != EVENT and subscribed(tx, EVENT, "cache_entry", {}):
        tx.emit(EVENT, "cache_entry", invalidated(event["kind"], event["data"], event["type"]))


REACTIONS = {"*": announce}
