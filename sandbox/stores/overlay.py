"""One kind of document of one world: the changes on top of the shared seed rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from sandbox.kernel.documents import Document, Where, contains, meets, sort_key
from sandbox.kernel.layers import SEVERAL, SeedLayer
from sandbox.stores.ordering import UNCHANGED, Before, Index, Order, SortedEntries

T = TypeVar("T")
LARGE = 64
"""More matches than this are not sorted anew at each call."""

_key_of = itemgetter(1)
_id_of = itemgetter("id")


class Overlay:
    """`rows` holds what differs from the seed: a document, or None for one that was removed.

    Indexes and orders of the changes are built when first asked for and then follow every write. A fork
    starts without them and shares `rows` until one of the two writes: thousands hold a grown world once.
    """

    __slots__ = (
        "_indexes",
        "_layer",
        "_made",
        "_orders",
        "_seed",
        "_shared",
        "_stale",
        "growth",
        "indexes",
        "kind",
        "rows",
    )

    def __init__(self, kind: str, layer: SeedLayer) -> None:
        self.kind = kind
        self.rows: dict[str, Document | None] = {}
        self.growth = 0
        self._shared = False
        self._layer = layer
        self._seed = layer.rows(kind)
        self.indexes = layer.kinds[kind].indexes
        """Members with a declared index."""
        self._forget_derived()

    def copy(self) -> Overlay:
        """Independent changes, shared documents; as `rows` are shared, nobody writes to them from now on."""
        twin = Overlay.__new__(Overlay)
        twin.kind = self.kind
        twin.rows = self.rows
        twin._shared = self._shared = True
        twin.growth = self.growth
        twin._layer = self._layer
        twin._seed = self._seed
        twin.indexes = self.indexes
        twin._forget_derived()
        return twin

    def _forget_derived(self) -> None:
        self._indexes: dict[str, Index] = {}
        self._orders: dict[str, Order] = {}
        self._stale: tuple[Index | Order, ...] = ()
        self._made: dict[Any, Any] = {}

    # by key

    def __len__(self) -> int:
        return len(self._seed) + self.growth

    def get(self, key: str) -> Document | None:
        """The document, or None."""
        row = self.rows.get(key)
        if row is not None or key in self.rows:
            return row
        return self._seed.get(key)

    def put(self, document: Document) -> Document | None:
        """Insert or replace; returns what was there. Putting the seed's own document undoes the change."""
        key = document["id"]
        rows = self._own_rows() if self._shared else self.rows
        row: Before = rows.get(key, UNCHANGED)
        seeded = self._seed.get(key)
        before = seeded if row is UNCHANGED else row
        if seeded is document:
            rows.pop(key, None)
        else:
            rows[key] = document
        if before is None:
            self.growth += 1
        if self._made:
            self._made.clear()
        for derived in self._stale:
            derived.stale.setdefault(key, row)
        return before  # type: ignore[return-value]  # never UNCHANGED here

    def remove(self, key: str) -> Document | None:
        """Remove; returns what was there."""
        before = self.get(key)
        if before is None:
            return None
        rows = self._own_rows() if self._shared else self.rows
        row: Before = rows.get(key, UNCHANGED)
        if key in self._seed:
            rows[key] = None
        else:
            del rows[key]
        self.growth -= 1
        self._made.clear()
        for derived in self._stale:
            derived.stale.setdefault(key, row)
        return before

    def _own_rows(self) -> dict[str, Document | None]:
        self.rows, self._shared = self.rows.copy(), False
        return self.rows

    def keys(self) -> Iterator[str]:
        """Every id, in no order."""
        rows = self.rows
        yield from (key for key in self._seed if key not in rows)
        yield from (key for key, row in rows.items() if row is not None)

    def changes(self) -> Iterator[tuple[str, str, Document | None]]:
        """What differs from the seed."""
        seed = self._seed
        return (
            (self.kind, key, row) for key, row in self.rows.items() if row is None or row != seed.get(key)
        )

    # by value

    def count(self, where: Where | None = None) -> int:
        """How many documents meet `where`."""
        if not where:
            return len(self)
        if len(where) == 1:
            ((path, wanted),) = where.items()
            if path in self.indexes and not isinstance(wanted, SEVERAL):
                return self._matching(path, wanted)
        if self._are_indexed(where):
            return self._counted(where)
        return sum(1 for _ in self.iterate(where))

    def _counted(self, where: Where) -> int:
        seeded = self._layer.ids_meeting(self.kind, where)
        rows = self.rows
        if not rows:
            return len(seeded)
        here = sum(1 for row in rows.values() if row is not None and meets(row, where))
        return len(seeded) - len(rows.keys() & seeded) + here

    def containing(self, paths: tuple[str, ...], text: str) -> set[str]:
        """As Store.containing; the text is in lower case."""
        found = self._layer.ids_containing(self.kind, paths, text)
        found.difference_update(self.rows)
        found.update(k for k, row in self.rows.items() if row is not None and contains(row, paths, text))
        return found

    def derived(self, make: Callable[[Iterable[Document]], T]) -> T:
        """As Store.derived."""
        made: T
        try:
            made = self._made[make]
        except KeyError:
            made = self._made[make] = make(self.iterate())
        return made

    def find(self, where: Where | None, order: str, offset: int, limit: int | None) -> list[Document]:
        """As Store.find."""
        stop = None if limit is None else offset + limit
        return list(islice(self.iterate(where, order, stop), offset, stop))

    def iterate(
        self, where: Where | None = None, order: str = "id", stop: int | None = None
    ) -> Iterator[Document]:
        """As Store.iterate; `stop` says how many the caller will take at most."""
        descending = order[:1] == "-"
        path = order[1:] if descending else order
        if not where:
            return self._walk(path, descending)
        narrowest = self._narrowest(where)
        if narrowest is not None and narrowest[0] > LARGE and self._are_indexed(where):
            return self._kept(where, narrowest[1], path, descending)
        if narrowest is None or (stop is not None and self._walk_is_cheaper(narrowest[0], stop)):
            return (document for document in self._walk(path, descending) if meets(document, where))
        found = self._filed(narrowest[1], where[narrowest[1]])
        if len(where) > 1:
            found = [document for document in found if meets(document, where)]
        found.sort(key=_sorting(path), reverse=descending)
        return iter(found)

    def _are_indexed(self, where: Where) -> bool:
        return all(path in self.indexes for path in where)

    def _kept(self, where: Where, narrowest: str, path: str, descending: bool) -> Iterator[Document]:
        """Many matches: the seed's, whose order is kept, and those among the changes."""
        rows, ordered = self.rows, self._layer.ordered_meeting(self.kind, where, path)
        entries = (each for each in (reversed(ordered) if descending else ordered) if each[1] not in rows)
        here = [row for row in self._changed(narrowest, where[narrowest]) if meets(row, where)]
        if not here:
            return (self._seed[key] for _, key in entries)
        own = sorted(((sort_key(row, path), row["id"]) for row in here), reverse=descending)
        return (rows.get(key) or self._seed[key] for _, key in merge(entries, own, reverse=descending))

    def _changed(self, path: str, wanted: Any) -> list[Document]:
        """Of the changes, those that an index files under the wanted value, or one of several."""
        if not self.rows:
            return []
        values = wanted if isinstance(wanted, SEVERAL) else (wanted,)
        keys = {key for value in values for key in self._index(path).ids(value, self.rows)}
        return [self.rows[key] for key in keys]  # type: ignore[misc]  # an index holds no removed document

    def _walk_is_cheaper(self, matches: int, wanted: int) -> bool:
        """A page of very many matches is sooner found along the order than by sorting all matches."""
        return matches > 2 * wanted + 64 and wanted * len(self) < matches * matches

    def _narrowest(self, where: Where) -> tuple[int, str] | None:
        """(number of matches at most, member) of the most selective index that `where` can use."""
        declared = self.indexes
        best: tuple[int, str] | None = None
        for path, wanted in where.items():
            if path in declared or path == "id":
                values = wanted if isinstance(wanted, SEVERAL) else (wanted,)
                matches = (
                    len(values) if path == "id" else sum(self._matching(path, value) for value in values)
                )
                if best is None or matches < best[0]:
                    best = (matches, path)
        return best

    def _filed(self, path: str, wanted: Any) -> list[Document]:
        """Documents that an index files under the wanted value, or under one of several."""
        if isinstance(wanted, SEVERAL):
            found = {document["id"]: document for value in wanted for document in self._filed(path, value)}
            return list(found.values())
        if path == "id":
            return [document] if (document := self.get(wanted)) is not None else []
        rows, seed = self.rows, self._seed
        seeded = self._layer.ids_where(self.kind, path, wanted)
        if not rows:
            return [seed[key] for key in seeded]
        found_here = [seed[key] for key in seeded if key not in rows]
        found_here += [rows[key] for key in self._index(path).ids(wanted, rows)]  # type: ignore[misc]
        return found_here

    def _matching(self, path: str, value: Any) -> int:
        seeded = len(self._layer.ids_where(self.kind, path, value))
        if not self.rows and path not in self._indexes:
            return seeded
        return seeded + self._index(path).surplus(value, self.rows)

    def _index(self, path: str) -> Index:
        index = self._indexes.get(path)
        if index is None:
            index = self._indexes[path] = Index(path, self.rows, self._seed)
            self._stale = (*self._indexes.values(), *self._orders.values())
        return index

    def _order(self, path: str) -> SortedEntries:
        order = self._orders.get(path)
        if order is None:
            order = self._orders[path] = Order(path, self.rows)
            self._stale = (*self._indexes.values(), *self._orders.values())
        return order.entries(self.rows)

    def _walk(self, path: str, descending: bool) -> Iterator[Document]:
        ordered = self._layer.ordered(self.kind, path)
        if not self.rows:
            return map(self._seed.__getitem__, map(_key_of, reversed(ordered) if descending else ordered))
        return self._merged_down(path) if descending else self._merged_up(path)

    def _merged_up(self, path: str) -> Iterator[Document]:
        ordered, rows, seed = self._layer.ordered(self.kind, path), self.rows, self._seed
        low = 0
        for entry in self._order(path):
            high = bisect_left(ordered, entry, low)
            for place in range(low, high):
                if (key := ordered[place][1]) not in rows:
                    yield seed[key]
            low = high
            yield rows[entry[1]]  # type: ignore[misc]  # an order holds no removed document
        for place in range(low, len(ordered)):
            if (key := ordered[place][1]) not in rows:
                yield seed[key]

    def _merged_down(self, path: str) -> Iterator[Document]:
        ordered, rows, seed = self._layer.ordered(self.kind, path), self.rows, self._seed
        high = len(ordered)
        for entry in reversed(self._order(path)):
            low = bisect_left(ordered, entry, 0, high)
            for place in range(high - 1, low - 1, -1):
                if (key := ordered[place][1]) not in rows:
                    yield seed[key]
            high = low
            yield rows[entry[1]]  # type: ignore[misc]  # an order holds no removed document
        for place in range(high - 1, -1, -1):
            if (key := ordered[place][1]) not in rows:
                yield seed[key]


def _sorting(path: str) -> Callable[[Document], Any]:
    if path == "id":
        return _id_of
    return lambda document: (sort_key(document, path), document["id"])
