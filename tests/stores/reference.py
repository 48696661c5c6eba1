"""The Store port in its plainest form: dictionaries and full scans. What any adapter must agree with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from sandbox.kernel.documents import Document, Where, contains, meets, sort_key
from sandbox.kernel.layers import SeedLayer

T = TypeVar("T")


class PlainStore:
    """Copies the whole seed; slow and obvious."""

    def __init__(self, layer: SeedLayer) -> None:
        self.layer = layer
        self.draws = 0
        self.events = 0
        self._rows = {kind: dict(layer.rows(kind)) for kind in layer.names()}

    def get(self, kind: str, key: str) -> Document | None:
        return self._rows.get(kind, {}).get(key)

    def put(self, kind: str, document: Document) -> Document | None:
        before = self.get(kind, document["id"])
        self._rows.setdefault(kind, {})[document["id"]] = document
        return before

    def remove(self, kind: str, key: str) -> Document | None:
        return self._rows.get(kind, {}).pop(key, None)

    def find(
        self,
        kind: str,
        where: Where | None = None,
        order: str = "id",
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Document]:
        path = order.removeprefix("-")
        found = [row for row in self._rows.get(kind, {}).values() if meets(row, where or {})]
        found.sort(key=lambda row: (sort_key(row, path), row["id"]), reverse=order.startswith("-"))
        return found[offset:] if limit is None else found[offset : offset + limit]

    def iterate(self, kind: str, where: Where | None = None, order: str = "id") -> Iterator[Document]:
        return iter(self.find(kind, where, order))

    def count(self, kind: str, where: Where | None = None) -> int:
        return len(self.find(kind, where))

    def containing(self, kind: str, paths: tuple[str, ...], text: str) -> set[str]:
        return {row["id"] for row in self.find(kind) if contains(row, paths, text.casefold())}

    def derived(self, kind: str, make: Callable[[Iterable[Document]], T]) -> T:
        return make(self.iterate(kind))

    def changes(self) -> Iterator[tuple[str, str, Document | None]]:
        for kind in self._rows.keys() | self.layer.names():
            rows, seed = self._rows.get(kind, {}), self.layer.rows(kind)
            for key in rows.keys() | seed.keys():
                if rows.get(key) != seed.get(key):
                    yield kind, key, rows.get(key)

    def fork(self) -> PlainStore:
        twin = PlainStore(self.layer)
        twin.draws = self.draws
        twin.events = self.events
        twin._rows = {kind: dict(rows) for kind, rows in self._rows.items()}
        return twin

    def kinds(self) -> set[str]:
        return {kind for kind, rows in self._rows.items() if rows}
