"""What is derived from an overlay's documents: sorted entries per sort, ids by value per index."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sandbox.kernel.documents import Document, index_values, sort_key
from sandbox.kernel.layers import Entry

BLOCK = 512
REBUILD = 8  # sorting all again is cheaper once more than one entry in eight is new

Filed = Document | None
Rows = Mapping[str, Document | None]


class Unchanged:
    """Stands for a key that the overlay did not hold."""


UNCHANGED = Unchanged()
Before = Document | Unchanged | None


class SortedEntries:
    """Entries in ascending order, in blocks, so that an insertion moves few of them."""

    __slots__ = ("_blocks", "_lasts", "_size")

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        ordered = sorted(entries)
        self._blocks = [ordered[start : start + BLOCK] for start in range(0, len(ordered), BLOCK)]
        self._lasts = [block[-1] for block in self._blocks]
        self._size = len(ordered)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Entry]:
        for block in self._blocks:
            yield from block

    def __reversed__(self) -> Iterator[Entry]:
        for block in reversed(self._blocks):
            yield from reversed(block)

    def add(self, entry: Entry) -> None:
        """Insert in its place."""
        self._size += 1
        if not self._blocks:
            self._blocks.append([entry])
            self._lasts.append(entry)
            return
        at = min(bisect_left(self._lasts, entry), len(self._blocks) - 1)
        block = self._blocks[at]
        insort(block, entry)
        if len(block) > 2 * BLOCK:
            self._blocks[at : at + 1] = [block[:BLOCK], block[BLOCK:]]
            self._lasts[at : at + 1] = [block[BLOCK - 1], block[-1]]
        else:
            self._lasts[at] = block[-1]

    def discard(self, entry: Entry) -> None:
        """Remove; nothing happens if it is absent."""
        at = bisect_left(self._lasts, entry)
        if at == len(self._blocks):
            return
        block = self._blocks[at]
        place = bisect_left(block, entry)
        if block[place] != entry:
            return
        del block[place]
        self._size -= 1
        if block:
            self._lasts[at] = block[-1]
        else:
            del self._blocks[at], self._lasts[at]


class Order:
    """The overlay's documents by one member. `stale` says how changed keys were filed; reads catch up."""

    __slots__ = ("_entries", "_path", "stale")

    def __init__(self, path: str, rows: Rows) -> None:
        self._path = path
        self.stale: dict[str, Before] = {}
        self._entries = self._sorted(rows)

    def entries(self, rows: Rows) -> SortedEntries:
        """All entries, up to date."""
        if self.stale:
            if len(self.stale) * REBUILD > len(self._entries):
                self._entries = self._sorted(rows)
            else:
                self._catch_up(rows)
            self.stale = {}
        return self._entries

    def _sorted(self, rows: Rows) -> SortedEntries:
        path = self._path
        return SortedEntries((sort_key(row, path), key) for key, row in rows.items() if row is not None)

    def _catch_up(self, rows: Rows) -> None:
        path, entries = self._path, self._entries
        for key, before in self.stale.items():
            now = rows.get(key)
            old = sort_key(before, path) if isinstance(before, dict) else None
            new = sort_key(now, path) if now is not None else None
            if old == new:
                continue
            if old is not None:
                entries.discard((old, key))
            if new is not None:
                entries.add((new, key))


class Index:
    """The overlay's ids by the value of one member, and how many seed documents it hides under each value."""

    __slots__ = ("_hidden", "_ids", "_path", "_seed", "stale")

    def __init__(self, path: str, rows: Rows, seed: Mapping[str, Document]) -> None:
        self._path = path
        self._seed = seed
        self._ids: dict[Any, set[str]] = {}
        self._hidden: dict[Any, int] = {}
        self.stale: dict[str, Before] = dict.fromkeys(rows, UNCHANGED)

    def ids(self, value: Any, rows: Rows) -> Collection[str]:
        """Ids of overlay documents filed under a value."""
        if self.stale:
            self._catch_up(rows)
        return self._ids.get(value, ())

    def surplus(self, value: Any, rows: Rows) -> int:
        """How many more documents are filed under a value than the seed has there."""
        if self.stale:
            self._catch_up(rows)
        return len(self._ids.get(value, ())) - self._hidden.get(value, 0)

    def _catch_up(self, rows: Rows) -> None:
        for key, before in self.stale.items():
            self._refile(key, before, rows.get(key))
            if (before is UNCHANGED) == (key in rows):
                self._hide(key, 1 if key in rows else -1)
        self.stale = {}

    def _refile(self, key: str, before: Before, now: Filed) -> None:
        old = index_values(before, self._path) if isinstance(before, dict) else ()
        new = index_values(now, self._path) if now is not None else ()
        if old == new:
            return
        for value in old:
            filed = self._ids.get(value)
            if filed is not None:
                filed.discard(key)
                if not filed:
                    del self._ids[value]
        for value in new:
            filed = self._ids.get(value)
            if filed is None:
                self._ids[value] = {key}
            else:
                filed.add(key)

    def _hide(self, key: str, step: int) -> None:
        document = self._seed.get(key)
        if document is None:
            return
        for value in set(index_values(document, self._path)):
            self._hidden[value] = self._hidden.get(value, 0) + step
