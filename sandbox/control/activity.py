"""What happens in a workspace, for who watches it live: kept while somebody does, and a little longer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from itertools import islice
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sandbox.journal import Exchange, Journal
from sandbox.kernel.commits import OUTBOX, Commit
from sandbox.kernel.documents import Document
from sandbox.kernel.watching import Ending, Watch
from sandbox.kernel.workspace import Workspace

KEPT = 2_000
LINGER = 60.0
"""Seconds that the record outlives its last reader, who may come back to where it was."""

_DELIVERY = (
    "id webhookId messageId eventType resource status attemptCount nextAttemptAt lastStatusCode trigger"
    " correlationId createdAt updatedAt"
)
_ATTEMPT = "id deliveryId number at url statusCode durationMs error errorDetail nextDelaySeconds"
_REQUEST = (
    "id binId sequence receivedAt method path query eventType bodyBytes remoteAddr responseStatus delivery"
)
_ALERT = "id rule severity status subject message value threshold firedAt acknowledgedAt resolvedAt"
_MAIL = "id templateKey to subject status related createdAt"
_EVENT = "messageId type at kind resourceId correlationId"

NAMES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    OUTBOX: ("event", tuple(_EVENT.split())),
    "delivery": ("delivery", tuple(_DELIVERY.split())),
    "delivery_attempt": ("attempt", tuple(_ATTEMPT.split())),
    "captured_request": ("request", tuple(_REQUEST.split())),
    "alert": ("alert", tuple(_ALERT.split())),
    "email": ("mail", tuple(_MAIL.split())),
}
"""Kind of document -> what its news are called, and which members they show."""
KINDS_OF_NEWS = ("exchange", *(name for name, _ in NAMES.values()), "reset")


class News(NamedTuple):
    """One entry: what it is about is described when somebody reads it."""

    number: int
    name: str
    about: Document | Exchange | None

    def shown(self) -> dict[str, Any]:
        """All that a list of such things shows."""
        about = self.about
        if about is None:
            return {}
        if isinstance(about, Exchange):
            return about.summary()
        kind = next(kind for kind, (name, _) in NAMES.items() if name == self.name)
        shown = {member: about.get(member) for member in NAMES[kind][1]}
        if self.name == "request":
            verdict = about["signature"]
            shown["signature"] = {member: verdict[member] for member in ("present", "valid", "reason")}
        return shown


class Activity:
    """The latest news of one workspace."""

    def __init__(self, workspace: Workspace, journal: Journal) -> None:
        self.name = f"{int(workspace.wall() * 1000):x}"
        """Tells this record from those before it, whose numbers were others."""
        self.last = 0
        self._workspace = workspace
        self._journal = journal
        self._ring: deque[News] = deque(maxlen=KEPT)
        self._watches: set[Watch] = set()
        self._lock = Lock()
        workspace.followers.add(self)

    def listen(self, journal: Journal) -> None:
        """Take note of its exchanges, too; a journal that was not used for long may have been replaced."""
        self._journal = journal
        journal.listener = self._exchanged

    def after(self, number: int, limit: int) -> list[News]:
        """The next ones behind a number, oldest first."""
        with self._lock:
            first = self._ring[0].number if self._ring else self.last + 1
            start = max(number + 1 - first, 0)
            return list(islice(self._ring, start, start + limit))

    def join(self, watch: Watch) -> None:
        """Wake it whenever there are news."""
        self._watches.add(watch)

    def leave(self, watch: Watch) -> None:
        """Wake it no more; without readers the record ends soon."""
        self._watches.discard(watch)
        if not self._watches:
            asyncio.get_running_loop().call_later(LINGER, self._close_if_idle)

    def committed(self, commit: Commit) -> None:
        """As Watcher says."""
        for (kind, _), document in commit.after.items():
            if document is not None and kind in NAMES:
                self._add(NAMES[kind][0], document)

    def ended(self, why: Ending) -> None:
        """A reset is news like any other; the rest is for the readers to see."""
        if why == "workspace_reset":
            self._add("reset", None)
        if why == "workspace_deleted":
            _records.pop(self._workspace, None)

    def _exchanged(self, exchange: Exchange) -> None:
        self._add("exchange", exchange)

    def _add(self, name: str, about: Document | Exchange | None) -> None:
        with self._lock:
            self.last += 1
            self._ring.append(News(self.last, name, about))
        for watch in tuple(self._watches):
            watch.wake()

    def _close_if_idle(self) -> None:
        if not self._watches and _records.get(self._workspace) is self:
            del _records[self._workspace]
            self._workspace.followers.remove(self)
            self._journal.listener = None


_records: WeakKeyDictionary[Workspace, Activity] = WeakKeyDictionary()


def activity_of(workspace: Workspace, journal: Journal) -> Activity:
    """The record of the workspace, begun now if there is none."""
    found = _records.get(workspace)
    if found is None:
        found = _records[workspace] = Activity(workspace, journal)
    found.listen(journal)
    return found
