"""The exchanges of a workspace: the latest ones, bounded by number and by bytes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sandbox.journal.audit import AuditLogs
from sandbox.journal.exchange import BODY_LIMIT, Exchange

COUNT_LIMIT = 1_000
BYTES_LIMIT = 8 * 1024 * 1024
JOURNALS_LIMIT = 2_500
TOTAL_LIMIT = 256 * 1024 * 1024
"""Bytes that the exchanges of all workspaces take together, roughly."""
LOOK_EVERY = 1.0
"""Seconds: to count them with every call would cost every call something."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """What to look for; None does not restrict. `after` and `before` are wall-clock seconds."""

    operation_id: str | None = None
    status: int | None = None
    status_class: str | None = None
    credential_id: str | None = None
    correlation_id: str | None = None
    method: str | None = None
    path_contains: str | None = None
    min_duration_ms: float | None = None
    fault_id: str | None = None
    direction: str | None = None
    purpose: str | None = None
    after: float | None = None
    before: float | None = None

    def meets(self, exchange: Exchange) -> bool:
        """Whether the exchange is one of those."""
        return self._equal(exchange) and self._within(exchange)

    def _equal(self, exchange: Exchange) -> bool:
        names = (
            "operation_id",
            "status",
            "credential_id",
            "correlation_id",
            "method",
            "direction",
            "purpose",
        )
        wanted = ((getattr(self, name), getattr(exchange, name)) for name in names)
        return all(want is None or want == have for want, have in wanted)

    def _within(self, exchange: Exchange) -> bool:
        return (
            (self.status_class is None or exchange.status // 100 == int(self.status_class[0]))
            and (self.path_contains is None or self.path_contains in exchange.path)
            and (self.min_duration_ms is None or exchange.duration_ms >= self.min_duration_ms)
            and (self.fault_id is None or self.fault_id in exchange.fault_ids)
            and (self.after is None or exchange.at > self.after)
            and (self.before is None or exchange.at < self.before)
        )


class Journal:
    """A ring: recording is constant time, the oldest entries make room."""

    __slots__ = (
        "_bytes",
        "_last_use",
        "_ring",
        "_sequence",
        "body_limit",
        "bytes_limit",
        "count_limit",
        "listener",
    )

    def __init__(
        self, count_limit: int = COUNT_LIMIT, bytes_limit: int = BYTES_LIMIT, body_limit: int = BODY_LIMIT
    ) -> None:
        self.count_limit = count_limit
        self.bytes_limit = bytes_limit
        self.body_limit = body_limit
        self._ring: deque[Exchange] = deque()
        self._bytes = 0
        self._sequence = 0
        self._last_use: dict[str, float] = {}
        self.listener: Callable[[Exchange], None] | None = None
        """Who watches live."""

    def __len__(self) -> int:
        return len(self._ring)

    @property
    def size(self) -> int:
        """Approximate memory in use."""
        return self._bytes

    @property
    def recorded(self) -> int:
        """How many exchanges there were, whether or not they are still kept."""
        return self._sequence

    def record(self, exchange: Exchange) -> None:
        """Keep an exchange that ended."""
        self._sequence += 1
        self._bytes += exchange.seal(self._sequence, self.body_limit)
        self._ring.append(exchange)
        if exchange.credential_id:
            self._last_use[exchange.credential_id] = exchange.at
        while len(self._ring) > self.count_limit or self._bytes > self.bytes_limit:
            self._bytes -= self._ring.popleft().size
        if self.listener is not None:
            self.listener(exchange)

    def get(self, entry_id: str) -> Exchange | None:
        """The exchange, None if it is unknown or has made room."""
        if not self._ring or not entry_id.startswith("jrn_"):
            return None
        try:
            place = int(entry_id[4:], 16) - self._ring[0].sequence
        except ValueError:
            return None
        return self._ring[place] if 0 <= place < len(self._ring) else None

    def find(self, criteria: Criteria = Criteria(), older_than: int | None = None) -> Iterator[Exchange]:
        """Matching exchanges, newest first; with `older_than`, those recorded before that number."""
        for exchange in reversed(list(self._ring)):
            if (older_than is None or exchange.sequence < older_than) and criteria.meets(exchange):
                yield exchange

    def exchanges(self) -> list[Exchange]:
        """All that are kept, oldest first: for who must take something out of them."""
        return list(self._ring)

    def last_use(self, credential_id: str) -> float | None:
        """Wall time of the latest exchange of a credential, whether or not that is still kept."""
        return self._last_use.get(credential_id)

    def shed(self, excess: int) -> int:
        """Forget the oldest entries until so many bytes are free, if there are so many; how many are."""
        before = self._bytes
        while self._ring and before - self._bytes < excess:
            self._bytes -= self._ring.popleft().size
        return before - self._bytes

    def clear(self) -> None:
        """Forget all entries; numbers go on."""
        self._ring.clear()
        self._bytes = 0


class Journals:
    """One journal per workspace, made at its first use; the longest unused ones make room."""

    def __init__(self, count_limit: int = COUNT_LIMIT, body_limit: int = BODY_LIMIT) -> None:
        self._count_limit = count_limit
        self._body_limit = body_limit
        self._journals: OrderedDict[str, Journal] = OrderedDict()
        self.audit = AuditLogs()
        """What outlives the exchanges."""

    def of(self, workspace_id: str) -> Journal:
        """The workspace's journal."""
        journal = self._journals.get(workspace_id)
        if journal is not None:
            self._journals.move_to_end(workspace_id)
        else:
            if len(self._journals) >= JOURNALS_LIMIT:
                self._journals.popitem(last=False)
            journal = self._journals[workspace_id] = Journal(self._count_limit, body_limit=self._body_limit)
        return journal

    async def keep_room(self) -> None:
        """See to it, for as long as it is not cancelled, that all together stay within bounds."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self.make_room()

    def make_room(self, most: int = TOTAL_LIMIT) -> None:
        """Let what was recorded in the longest unused workspaces go, as far as all have more than that."""
        excess = sum(journal.size for journal in self._journals.values()) - most
        for journal in self._journals.values():
            if excess <= 0:
                break
            excess -= journal.shed(excess)
        self.audit.make_room()

    def forget(self, workspace_id: str) -> None:
        """Drop the journal of a deleted workspace."""
        self._journals.pop(workspace_id, None)
        self.audit.forget(workspace_id)
