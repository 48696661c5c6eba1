"""The seed layer: documents that many worlds share and none can change."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import orjson

from sandbox.kernel.documents import Document, Kinds, SortKey, index_values, sort_key

Entry = tuple[SortKey, str]


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


def content_hash(documents: Any) -> str:
    """Order-independent hash of (kind, key, document) triples."""
    total = 0
    for kind, key, document in documents:
        text = orjson.dumps([kind, key, document], option=orjson.OPT_SORT_KEYS)
        total ^= int.from_bytes(blake2b(text, digest_size=16).digest(), "big")
    return f"{total:032x}"
