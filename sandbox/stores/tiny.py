"""The embedded store: one world in a TinyDB, as changes over a shared seed layer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeVar

from sandbox.kernel.documents import Document, Where
from sandbox.kernel.layers import SeedLayer
from sandbox.stores.overlay import Overlay
from sandbox.stores.tinydb_tables import LayeredDB, LayeredStorage

T = TypeVar("T")


class TinyStore:
    """The Store port on TinyDB's own extension points.

    The documents live in a TinyDB `Storage` (LayeredStorage); the port's calls go straight to its rows, and
    `db` offers the same rows under TinyDB's API. Nothing is made before the first write of a kind.
    """

    __slots__ = ("_db", "_overlays", "_storage", "draws", "events", "layer")

    def __init__(self, layer: SeedLayer) -> None:
        self._adopt(LayeredStorage(layer), 0, 0)

    def _adopt(self, storage: LayeredStorage, draws: int, events: int) -> None:
        self.layer = storage.layer
        self.draws = draws
        self.events = events
        self._storage = storage
        self._overlays = storage.overlays
        self._db: LayeredDB | None = None

    @property
    def db(self) -> LayeredDB:
        """TinyDB on this world: `store.db.table("location").search(Query().city == "Warsaw")`.

        Its results are private copies. What is written through it is in no transaction and no journal."""
        if self._db is None:
            self._db = LayeredDB(self._storage)
        return self._db

    def get(self, kind: str, key: str) -> Document | None:
        """As Store.get."""
        overlay = self._overlays.get(kind)
        return self.layer.get(kind, key) if overlay is None else overlay.get(key)

    def put(self, kind: str, document: Document) -> Document | None:
        """As Store.put."""
        overlay = self._overlays.get(kind)
        return (self._storage.overlay(kind) if overlay is None else overlay).put(document)

    def remove(self, kind: str, key: str) -> Document | None:
        """As Store.remove."""
        overlay = self._overlays.get(kind)
        if overlay is None and self.layer.get(kind, key) is None:
            return None
        return (self._storage.overlay(kind) if overlay is None else overlay).remove(key)

    def find(
        self,
        kind: str,
        where: Where | None = None,
        order: str = "id",
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Document]:
        """As Store.find."""
        return self._view(kind).find(where, order, offset, limit)

    def iterate(self, kind: str, where: Where | None = None, order: str = "id") -> Iterator[Document]:
        """As Store.iterate."""
        return self._view(kind).iterate(where, order)

    def count(self, kind: str, where: Where | None = None) -> int:
        """As Store.count."""
        if not where and kind not in self._overlays:
            return len(self.layer.rows(kind))
        return self._view(kind).count(where)

    def containing(self, kind: str, paths: tuple[str, ...], text: str) -> Collection[str]:
        """As Store.containing."""
        return self._view(kind).containing(paths, text.casefold())

    def derived(self, kind: str, make: Callable[[Iterable[Document]], T]) -> T:
        """As Store.derived."""
        overlay = self._overlays.get(kind)
        return (self._storage.overlay(kind) if overlay is None else overlay).derived(make)

    def changes(self) -> Iterator[tuple[str, str, Document | None]]:
        """As Store.changes."""
        for overlay in self._overlays.values():
            yield from overlay.changes()

    def fork(self) -> TinyStore:
        """As Store.fork."""
        twin = TinyStore.__new__(TinyStore)
        twin._adopt(self._storage.fork(), self.draws, self.events)
        return twin

    def kinds(self) -> set[str]:
        """As Store.kinds."""
        return self._storage.names()

    def _view(self, kind: str) -> Overlay:
        """The kind's overlay, or an empty one that is not kept."""
        overlay = self._overlays.get(kind)
        return Overlay(kind, self.layer) if overlay is None else overlay
