"""The journal of a workspace: queries over the exchanges that were recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sandbox.control.activity import KINDS_OF_NEWS, activity_of
from sandbox.control.activity_tail import ActivityTail
from sandbox.journal import Journal
from sandbox.journal.ring import Criteria
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.errors import ResourceNotFound
from sandbox.kernel.replies import Page, Stream
from sandbox.platform.call import Call
from sandbox.platform.pagination import ListCollection, page_of, sort_orders
from sandbox.platform.server_sent import last_event_id, streamed

FILTERS = {
    "operationId": "operation_id",
    "status": "status",
    "statusClass": "status_class",
    "credentialId": "credential_id",
    "correlationId": "correlation_id",
    "method": "method",
    "pathContains": "path_contains",
    "minDurationMs": "min_duration_ms",
    "faultId": "fault_id",
    "direction": "direction",
    "purpose": "purpose",
}


def list_journal(call: Call) -> Page:
    call.query = {"cursor": "", **call.query}
    found = JournalCollection(_journal(call), _criteria(call))
    found.orders = ["id" if sort_orders(call)[0] == "at" else "-id"]
    return page_of(call, found)


def get_journal_entry(call: Call, entry_id: str) -> dict[str, Any]:
    exchange = _journal(call).get(entry_id)
    if exchange is None:
        raise ResourceNotFound(
            details=f"journal entry '{entry_id}' does not exist any more", target="entryId"
        )
    return exchange.shown()


def stream_activity(call: Call) -> Stream:
    """Follow everything that happens."""
    names = call.query.get("kinds") or KINDS_OF_NEWS
    activity = activity_of(call.workspace, _journal(call))
    return streamed(call, ActivityTail(activity, last_event_id(call), names))


def clear_journal(call: Call) -> None:
    _journal(call).clear()


class JournalCollection(ListCollection):
    """Matching exchanges, newest first, described only as far as they are looked at.

    Their ids are in the order of time."""

    orders: Sequence[str] = ("-id",)

    def __init__(self, journal: Journal, criteria: Criteria) -> None:
        self._journal = journal
        self._criteria = criteria

    def items(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """A slice."""
        return list(islice(self.each(), offset, offset + limit))

    def total(self) -> int:
        """How many in all."""
        return sum(1 for _ in self._journal.find(self._criteria))

    def each(self) -> Iterator[dict[str, Any]]:
        """All of them."""
        found = self._journal.find(self._criteria)
        return (each.summary() for each in (found if self.orders[0] == "-id" else reversed(list(found))))


def _journal(call: Call) -> Journal:
    return call.server.journals.of(call.workspace.id)


def _criteria(call: Call) -> Criteria:
    query = call.query
    wanted: dict[str, Any] = {member: query[name] for name, member in FILTERS.items() if name in query}
    wanted |= {name: parse_instant(query[name]).timestamp() for name in ("after", "before") if name in query}
    return Criteria(**wanted)
