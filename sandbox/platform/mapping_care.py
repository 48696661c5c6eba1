"""What becomes of mappings when the thing they stand for goes away: stale at once, broken after a day."""

from __future__ import annotations

from datetime import timedelta

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.changes import QUIET
from sandbox.webhooks.catalogue import EVENT_TYPES

BREAK = "mapping.break"
TIME_TO_REPAIR = timedelta(hours=24)
ENDINGS = (".deleted", ".removed", ".erased")
GOING = frozenset(name for name in (*EVENT_TYPES, *QUIET.values()) if name.endswith(ENDINGS))
"""Events after which something is no more."""


def exists(tx: Transaction, kind: str, key: str) -> bool:
    """Whether there is such a thing, and not merely its tombstone."""
    found = tx.get(kind, key)
    return found is not None and found.get("status") != "erased"


def care_for(tx: Transaction, event: Document) -> None:
    """When something goes away, its mappings are stale: their owners are told and have a day for repair."""
    gone = {"platformId": event["resourceId"], "resourceType": event["kind"], "status": "active"}
    for mapping in tx.find("mapping", gone):
        how = event["type"].rpartition(".")[2]
        stale = tx.revise("mapping", mapping, status="stale", staleReason=f"{event['kind']} {how}")
        tx.emit("mapping.stale", "mapping", stale)
        tx.schedule(tx.now() + TIME_TO_REPAIR, BREAK, mapping["id"])


def give_up(tx: Transaction, entry: Document) -> None:
    """Nobody repaired it, and what it stood for has not come back."""
    mapping = tx.get("mapping", entry["subject"])
    if mapping is None or mapping["status"] != "stale":
        return
    if exists(tx, mapping["resourceType"], mapping["platformId"]):
        changed = tx.revise("mapping", mapping, status="active", staleReason=None, lastVerifiedAt=tx.stamp())
    else:
        changed = tx.revise("mapping", mapping, status="broken")
    tx.emit("mapping.updated", "mapping", changed, changedFields=["status"])


JOBS = {BREAK: give_up}
