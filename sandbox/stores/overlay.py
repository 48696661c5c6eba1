"""The rows of one kind in one world: what changed, over the seed layer, with its indexes and orders."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Any

from sandbox.kernel.documents import Document, Kind, Where, index_values, meets, sort_key
from sandbox.kernel.layers import Entry, SeedLayer

Ids = set[str] | frozenset[str]
WALK = 4
"""How many times dearer it is to sort a candidate than to skip a row of a kept order."""


class Rows:
    """Changed rows only: `None` stands for a removed row of the seed.

    Indexes and orders are built at their first use and kept up from then on, so a world pays for those it asks for.
    """

    __slots__ = ("_indexes", "_orders", "changed", "kind", "layer", "live", "shadowed")

    def __init__(self, layer: SeedLayer, kind: Kind) -> None:
        self.layer = layer
        self.kind = kind
        self.changed: dict[str, Document | None] = {}
        self.shadowed: set[str] = set()
        self.live = 0
        self._indexes: dict[str, dict[Any, set[str]]] = {}
        self._orders: dict[str, list[Entry]] = {}

    def adopt(self, other: Rows) -> None:
        """Take over the changes of another world; cost proportional to them."""
        self.changed = other.changed.copy()
        self.shadowed = other.shadowed.copy()
        self.live = other.live

    def get(self, key: str) -> Document | None:
        """The row, or None."""
        if key in self.changed:
            return self.changed[key]
        return self.layer.get(self.kind.name, key)

    def put(self, document: Document) -> Document | None:
        """Insert or replace; returns what was there."""
        key = document["id"]
        before = self._take_out(key)
        self.changed[key] = document
        self.live += 1
        for path, index in self._indexes.items():
            for value in index_values(document, path):
                index.setdefault(value, set()).add(key)
        for path, order in self._orders.items():
            insort(order, (sort_key(document, path), key))
        return before

    def remove(self, key: str) -> Document | None:
        """Remove; returns what was there."""
        before = self._take_out(key)
        if key in self.shadowed:
            self.changed[key] = None
        else:
            self.changed.pop(key, None)
        return before

    def _take_out(self, key: str) -> Document | None:
        """Forget a changed row in every index, or shadow a row of the seed."""
        if key not in self.changed:
            before = self.layer.get(self.kind.name, key)
            if before is not None:
                self.shadowed.add(key)
            return before
        before = self.changed[key]
        if before is not None:
            self.live -= 1
            for path, index in self._indexes.items():
                for value in index_values(before, path):
                    index[value].discard(key)
            for path, order in self._orders.items():
                del order[bisect_left(order, (sort_key(before, path), key))]
        return before

    # reading

    def count(self, where: Where | None) -> int:
        """How many rows meet `where`."""
        if not where:
            return len(self.layer.rows(self.kind.name)) - len(self.shadowed) + self.live
        if len(where) == 1:
            path, wanted = next(iter(where.items()))
            if path in self.kind.indexes and not _several(wanted):
                seeded = self.layer.ids_where(self.kind.name, path, wanted)
                return len(seeded) - _common(self.shadowed, seeded) + len(self._index(path).get(wanted, ()))
        return sum(1 for _ in self.iterate(where, "id"))

    def find(self, where: Where | None, order: str, offset: int, limit: int | None) -> list[Document]:
        """A slice of the ordered rows that meet `where`."""
        if not where and not self.changed and limit is not None:
            return self._seed_slice(order, offset, limit)
        stop = None if limit is None else offset + limit
        return list(islice(self.iterate(where, order, stop), offset, stop))

    def iterate(self, where: Where | None, order: str, wanted: int | None = None) -> Iterator[Document]:
        """Rows that meet `where` in order; `wanted` is how many will be read at most, if that is known."""
        if not where:
            return self._walk(order)
        candidates = self._candidates(where)
        if candidates is None:
            return (row for row in self._walk(order) if meets(row, where))
        if wanted is not None and self._walking_is_cheaper(order, wanted, len(candidates)):
            return (row for row in self._walk(order) if row["id"] in candidates and meets(row, where))
        return iter(self._sorted(candidates, where, order))

    def documents(self) -> Iterator[Document]:
        """Every row, in no order."""
        for key, row in self.layer.rows(self.kind.name).items():
            if key not in self.shadowed:
                yield row
        for changed in self.changed.values():
            if changed is not None:
                yield changed

    def _seed_slice(self, order: str, offset: int, limit: int) -> list[Document]:
        entries = self.layer.ordered(self.kind.name, order.removeprefix("-"))
        rows = self.layer.rows(self.kind.name)
        if order[0] != "-":
            return [rows[key] for _, key in entries[offset : offset + limit]]
        end = len(entries) - offset
        return [rows[key] for _, key in reversed(entries[max(end - limit, 0) : max(end, 0)])]

    def _walk(self, order: str) -> Iterator[Document]:
        """All rows in a kept order."""
        path, descending = order.removeprefix("-"), order[0] == "-"
        turned: Callable[[list[Entry]], Iterable[Entry]] = reversed if descending else iter
        seeded = turned(self.layer.ordered(self.kind.name, path))
        if not self.changed:
            rows = self.layer.rows(self.kind.name)
            return (rows[key] for _, key in seeded)
        changed = turned(self._order(path))
        kept = (entry for entry in seeded if entry[1] not in self.shadowed)
        found = (self.get(key) for _, key in merge(kept, changed, reverse=descending))
        return (row for row in found if row is not None)

    def _candidates(self, where: Where) -> set[str] | None:
        """Ids that the most selective index leaves; None where no index helps."""
        best: list[Ids] | None = None
        least = 0
        for path, wanted in where.items():
            if path not in self.kind.indexes:
                continue
            parts = self._filed(path, wanted)
            size = sum(map(len, parts))
            if best is None or size < least:
                best, least = parts, size
        return None if best is None else set().union(*best)

    def _filed(self, path: str, wanted: Any) -> list[Ids]:
        index = self._index(path)
        parts: list[Ids] = []
        for value in wanted if _several(wanted) else (wanted,):
            seeded = self.layer.ids_where(self.kind.name, path, value)
            parts.append(seeded - self.shadowed if _common(self.shadowed, seeded) else seeded)
            parts.append(index.get(value, frozenset()))
        return parts

    def _walking_is_cheaper(self, order: str, wanted: int, candidates: int) -> bool:
        path = order.removeprefix("-")
        if path != "id" and path not in self.kind.sorts:
            return False
        return wanted * self.count(None) < candidates * candidates * WALK and candidates > wanted

    def _sorted(self, candidates: set[str], where: Where, order: str) -> list[Document]:
        path = order.removeprefix("-")
        rows = [row for key in candidates if (row := self.get(key)) is not None]
        if len(where) > 1:
            rows = [row for row in rows if meets(row, where)]
        rows.sort(key=lambda row: (sort_key(row, path), row["id"]), reverse=order[0] == "-")
        return rows

    def _index(self, path: str) -> dict[Any, set[str]]:
        index = self._indexes.get(path)
        if index is None:
            index = self._indexes[path] = {}
            for key, row in self.changed.items():
                for value in () if row is None else index_values(row, path):
                    index.setdefault(value, set()).add(key)
        return index

    def _order(self, path: str) -> list[Entry]:
        order = self._orders.get(path)
        if order is None:
            order = sorted((sort_key(row, path), key) for key, row in self.changed.items() if row is not None)
            self._orders[path] = order
        return order


def _several(wanted: Any) -> bool:
    return isinstance(wanted, list | tuple | set | frozenset)


def _common(few: set[str], many: frozenset[str]) -> int:
    """How many of the one are in the other, at the price of the smaller."""
    return len(few & many) if few and many else 0
