"""The seed layer: documents that many worlds share and none can change."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from hashlib import blake2b
from itertools import accumulate
from typing import Any

import orjson

from sandbox.kernel.documents import Document, Kinds, SortKey, Where, contains, index_values, member, sort_key

Entry = tuple[SortKey, str]
SEVERAL = (list, tuple, set, frozenset)
MOST_KEPT = 512
BETWEEN = "\x1f"
"""Stands between members and documents; text that contains it is looked for elsewhere."""


class SeedLayer:
    """A frozen world: built once per (profile, seed, anchor, scale), read by every workspace on top of it.

    Indexes and orders are built at their first use and shared from then on.
    """

    def __init__(
        self, documents: Mapping[str, Mapping[str, Document]], kinds: Kinds, name: str = "empty"
    ) -> None:
        self.kinds = kinds
        self.name = name
        self._documents = {kind: dict(rows) for kind, rows in documents.items() if rows}
        self._indexes: dict[tuple[str, str], dict[Any, frozenset[str]]] = {}
        self._orders: dict[tuple[str, str], list[Entry]] = {}
        self._texts: dict[tuple[str, tuple[str, ...]], Texts] = {}
        self._met: dict[Any, Any] = {}
        self._hash = ""

    def get(self, kind: str, key: str) -> Document | None:
        """The document, or None."""
        rows = self._documents.get(kind)
        return rows.get(key) if rows is not None else None

    def rows(self, kind: str) -> Mapping[str, Document]:
        """All documents of a kind by id."""
        return self._documents.get(kind, {})

    def names(self) -> set[str]:
        """Kinds that hold at least one document."""
        return set(self._documents)

    def ids_where(self, kind: str, path: str, value: Any) -> frozenset[str]:
        """Ids filed under one value of a declared index."""
        index = self._indexes.get((kind, path))
        if index is None:
            index = self._indexes[kind, path] = self._build_index(kind, path)
        return index.get(value, frozenset())

    def ids_meeting(self, kind: str, where: Where) -> frozenset[str]:
        """Ids of what meets `where`, each member of which has a declared index; the answer is kept."""
        asked = _asked(where)
        found: frozenset[str] = self._keep(
            (kind, asked), lambda: frozenset.intersection(*(self._filed(kind, *each) for each in asked))
        )
        return found

    def ordered_meeting(self, kind: str, where: Where, path: str) -> list[Entry]:
        """(sort key, id) of what meets `where`, ascending; as `ids_meeting`."""
        ids, rows = self.ids_meeting(kind, where), self.rows(kind)
        found: list[Entry] = self._keep(
            (kind, _asked(where), path), lambda: sorted((sort_key(rows[key], path), key) for key in ids)
        )
        return found

    def _keep(self, name: Any, make: Callable[[], Any]) -> Any:
        found = self._met.get(name)
        if found is None:
            if len(self._met) >= MOST_KEPT:
                self._met.clear()
            found = self._met[name] = make()
        return found

    def _filed(self, kind: str, path: str, values: frozenset[Any]) -> frozenset[str]:
        return frozenset().union(*(self.ids_where(kind, path, value) for value in values))

    def ids_containing(self, kind: str, paths: tuple[str, ...], text: str) -> set[str]:
        """Ids of documents one of whose members contains the text, which is in lower case."""
        if BETWEEN in text:
            return {key for key, row in self.rows(kind).items() if contains(row, paths, text)}
        texts = self._texts.get((kind, paths))
        if texts is None:
            texts = self._texts[kind, paths] = Texts(self.rows(kind), paths)
        return texts.ids(text)

    def ordered(self, kind: str, path: str) -> list[Entry]:
        """(sort key, id) of every document, ascending."""
        order = self._orders.get((kind, path))
        if order is None:
            rows = self._documents.get(kind, {})
            order = sorted((sort_key(document, path), key) for key, document in rows.items())
            self._orders[kind, path] = order
        return order

    def position(self, kind: str, path: str, entry: Entry) -> int:
        """Where an entry stands, or would stand, in the order."""
        return bisect_left(self.ordered(kind, path), entry)

    def content_hash(self) -> str:
        """One hash over every document, the same for the same content."""
        if not self._hash:
            self._hash = content_hash(
                (k, key, d) for k in self._documents for key, d in self._documents[k].items()
            )
        return self._hash

    def _build_index(self, kind: str, path: str) -> dict[Any, frozenset[str]]:
        index: dict[Any, set[str]] = {}
        for key, document in self._documents.get(kind, {}).items():
            for value in index_values(document, path):
                index.setdefault(value, set()).add(key)
        return {value: frozenset(keys) for value, keys in index.items()}


def _asked(where: Where) -> frozenset[tuple[str, frozenset[Any]]]:
    """`where` as something that can be looked up by."""
    return frozenset(
        (path, frozenset(wanted) if isinstance(wanted, SEVERAL) else frozenset((wanted,)))
        for path, wanted in where.items()
    )


class Texts:
    """Some members of all documents in one text, so that looking through them is one search."""

    def __init__(self, rows: Mapping[str, Document], paths: tuple[str, ...]) -> None:
        self._ids = list(rows)
        texts = [_text(row, paths) for row in rows.values()]
        self._ends = list(accumulate(len(text) + 1 for text in texts))
        self._text = BETWEEN.encode().join(texts)

    def ids(self, text: str) -> set[str]:
        """Of the documents whose text contains it."""
        found: set[str] = set()
        wanted = text.encode("utf-8", "surrogatepass")
        at = self._text.find(wanted)
        while at >= 0:
            place = bisect_right(self._ends, at)
            found.add(self._ids[place])
            at = self._text.find(wanted, self._ends[place])
        return found


def _text(row: Document, paths: tuple[str, ...]) -> bytes:
    return BETWEEN.join(str(member(row, path) or "").casefold() for path in paths).encode(
        "utf-8", "surrogatepass"
    )


def content_hash(documents: Any) -> str:
    """Order-independent hash of (kind, key, document) triples."""
    total = 0
    for kind, key, document in documents:
        text = orjson.dumps([kind, key, document], option=orjson.OPT_SORT_KEYS)
        total ^= int.from_bytes(blake2b(text, digest_size=16).digest(), "big")
    return f"{total:032x}"
