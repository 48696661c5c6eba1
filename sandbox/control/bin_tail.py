"""Reading what arrives in a bin from a place on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.watching import Ending, Watch
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform.following import AT_ONCE, Item
from sandbox.platform.marks import UNMARKED, Place, expired, mark_of, read_place
from sandbox.webhooks.bins import received_so_far, request_id

NAME = "request"
Present = Callable[[Document], dict[str, Any]]


class BinTail:
    """Goes by the numbers that a bin gives to what it gets."""

    outlives: tuple[Ending, ...] = ()

    def __init__(self, workspace: Workspace, bin_id: str, present: Present) -> None:
        self.ending: str | None = None
        self._at = Place(0)
        self._workspace = workspace
        self._store = workspace.store
        self._bin_id = bin_id
        self._present = present

    @property
    def place(self) -> str:
        """As Tail says."""
        return str(self._at)

    def begin(self, tx: Transaction, after: str, since: str) -> None:
        """Stand behind an item, else behind a request, else behind everything.

        Raises InvalidCursor, CursorExpired or ResourceNotFound."""
        last = received_so_far(tx, self._bin_id)
        if after:
            self._at = read_place(after)
            is_other = self._there(tx, self._at.number).mark not in (UNMARKED, self._at.mark)
            if self._at.number > last or is_other:
                raise expired()
        elif since:
            self._at = _place(tx.need("captured_request", since, "since"))
        else:
            self._at = self._there(tx, last)

    def take(self) -> list[Item]:
        """As Tail says."""
        with self._workspace.transaction() as tx:
            if tx.store is not self._store:
                return []
            if tx.get("bin", self._bin_id) is None:
                self.ending = "bin_deleted"
                return []
            if received_so_far(tx, self._bin_id) == self._at.number:
                return []
            return self._items(tx)

    def join(self, watch: Watch) -> None:
        """As Tail says: arrivals are commits."""

    def leave(self, watch: Watch) -> None:
        """As Tail says."""

    def _items(self, tx: Transaction) -> list[Item]:
        items: list[Item] = []
        for captured in tx.scan("captured_request", {"binId": self._bin_id}, "sequence"):
            if captured["sequence"] > self._at.number:
                self._at = _place(captured)
                items.append(Item(self.place, NAME, self._present(captured)))
                if len(items) == AT_ONCE:
                    return items
        self._at = self._there(tx, received_so_far(tx, self._bin_id))
        return items

    def _there(self, tx: Transaction, number: int) -> Place:
        """The place of a number; without a mark where the request is no longer kept."""
        captured = tx.get("captured_request", request_id(tx, self._bin_id, number))
        return Place(number) if captured is None else _place(captured)


def _place(captured: Document) -> Place:
    mark = mark_of(captured["receivedAt"], captured["method"], captured["path"], captured["bodyBytes"])
    return Place(captured["sequence"], mark)
