"""The audit log: who called what and what came of it, kept longer than exchanges and over restarts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

LIMIT = 10_000
"""Lines kept of each workspace."""
TOTAL_LIMIT = 500_000
"""Lines kept of all workspaces together."""
OPERATION = "audit"
"""What its records are called among those of the worlds."""

Record = dict[str, Any]


class AuditLine(NamedTuple):
    """One call in short. `at` is the workspace's time, `path` has no query, `location` is what was made."""

    number: int
    at: str
    client_type: str
    credential_id: str
    ip: str
    operation_id: str
    path: str
    status: int
    correlation_id: str
    location: str | None = None


class AuditLogs:
    """The lines of every workspace, the oldest making room. `sink` writes records where they last."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.sink: Callable[[Record], None] | None = None
        self._limit = limit
        self._logs: dict[str, deque[AuditLine]] = {}

    def note(self, workspace_id: str, at: str, *told: Any) -> None:
        """One more line; `told` is what an AuditLine has after its time."""
        log = self._log(workspace_id)
        line = AuditLine._make((log[-1].number + 1 if log else 1, at, *told))
        log.append(line)
        if self.sink is not None:
            self.sink(_record(workspace_id, [line]))

    def of(self, workspace_id: str) -> list[AuditLine]:
        """What is kept of a workspace, oldest first."""
        return list(self._logs.get(workspace_id, ()))

    def replace(self, workspace_id: str, change: Callable[[AuditLine], AuditLine]) -> None:
        """Put other lines in place of those kept; written down with the next compaction."""
        lines = [change(line) for line in self.of(workspace_id)]
        self._logs[workspace_id] = deque(lines, self._limit)

    def make_room(self, most: int = TOTAL_LIMIT) -> None:
        """Shorten the longest logs if all together have more lines; on the disk, with the next compaction."""
        if sum(map(len, self._logs.values())) <= most:
            return
        longest = self._limit
        while sum(min(len(log), longest) for log in self._logs.values()) > most:
            longest = longest * 7 // 8
        for log in self._logs.values():
            while len(log) > longest:
                log.popleft()

    def clear(self, workspace_id: str) -> None:
        """Begin anew, on the disk too."""
        if self._logs.pop(workspace_id, None) and self.sink is not None:
            self.sink({"op": OPERATION, "ws": workspace_id, "lines": None})

    def forget(self, workspace_id: str) -> None:
        """Drop the lines of a deleted workspace: whoever reads its records learns of that."""
        self._logs.pop(workspace_id, None)

    def records(self) -> Iterator[Record]:
        """What brings all lines back that are there at this call; it may be read in a thread."""
        kept = [(workspace_id, list(log)) for workspace_id, log in self._logs.items() if log]
        return (_record(workspace_id, lines) for workspace_id, lines in kept)

    def taken_from(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records of others; its own are read back on the way."""
        for record in records:
            if record["op"] != OPERATION:
                if record["op"] == "delete":
                    self.forget(record["ws"])
                yield record
            elif record["lines"] is None:
                self.forget(record["ws"])
            else:
                self._log(record["ws"]).extend(AuditLine(*line) for line in record["lines"])

    def _log(self, workspace_id: str) -> deque[AuditLine]:
        log = self._logs.get(workspace_id)
        if log is None:
            log = self._logs[workspace_id] = deque(maxlen=self._limit)
        return log


def _record(workspace_id: str, lines: Iterable[AuditLine]) -> Record:
    return {"op": OPERATION, "ws": workspace_id, "lines": [tuple(line) for line in lines]}
