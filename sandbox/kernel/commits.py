"""What one transaction changed, and the form in which that is written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sandbox.kernel.documents import Document, Store

Change = tuple[str, str, Document | None]
Record = dict[str, Any]

OUTBOX = "outbox"


class Commit(NamedTuple):
    """What one transaction changed: the document at each (kind, key), None where it was removed; `draws` and
    `events` are the store's counters after it."""

    after: Mapping[tuple[str, str], Document | None]
    draws: int
    events: int
    earliest_due: str | None
    clock_changed: bool

    def record(self, workspace_id: str) -> Record:
        """As a record that `apply` understands."""
        changes = [
            (kind, key, self._event(document) if kind == OUTBOX and document is not None else document)
            for (kind, key), document in self.after.items()
        ]
        return {"op": "commit", "ws": workspace_id, "n": self.draws, "e": self.events, "c": changes}

    def _event(self, event: Document) -> Mapping[str, Any]:
        """Without its copy of the document it is about, where that is written beside it."""
        beside = self.after.get((event["kind"], event["resourceId"])) is event["data"]
        return {**event, "data": None} if beside else event


def apply(store: Store, record: Record) -> None:
    """Do to the store what a record says."""
    abridged: list[Record] = []
    for kind, key, document in record["c"]:
        if document is None:
            store.remove(kind, key)
            continue
        store.put(kind, Document(document))
        if kind == OUTBOX and document["data"] is None:
            abridged.append(document)
    for event in abridged:
        store.put(OUTBOX, Document({**event, "data": store.get(event["kind"], event["resourceId"])}))
    store.draws, store.events = record["n"], record["e"]
