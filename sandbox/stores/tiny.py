"""The embedded store: TinyDB through its own extension points, over a shared seed layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Table

from sandbox.kernel.documents import Document, Where
from sandbox.kernel.layers import SeedLayer
from sandbox.stores.overlay import Rows


class LayerStorage(Storage):
    """Where tables find the seed layer. A table holds its rows itself, so a write never touches another table."""

    def __init__(self, layer: SeedLayer) -> None:
        self.layer = layer
        self.tables: dict[str, WorldTable] = {}

    def read(self) -> dict[str, dict[str, Any]]:
        """Every table's rows by id, seed included."""
        names = self.layer.names() | set(self.tables)
        return {name: {row["id"]: row for row in self._rows(name).documents()} for name in names}

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Make every table hold exactly these rows."""
        for name in self.layer.names() | set(self.tables) | set(data):
            table = self.tables.get(name) or WorldTable(self, name)
            table.replace_all(data.get(name, {}))

    def _rows(self, name: str) -> Rows:
        table = self.tables.get(name)
        return table.rows if table is not None else Rows(self.layer, self.layer.kinds[name])


class WorldTable(Table):
    """A TinyDB table whose rows overlay the seed: direct access by id, declared indexes, no query cache.

    TinyDB's queries and updates work on it as on any table; an update that raises changes nothing.
    """

    document_id_class = str  # type: ignore[assignment]
    default_query_cache_capacity = 0

    def __init__(self, storage: LayerStorage, name: str, **_: Any) -> None:
        self._storage = storage
        self._name = name
        self.rows = Rows(storage.layer, storage.layer.kinds[name])
        storage.tables[name] = self

    def insert(self, document: Mapping[str, Any]) -> str:  # type: ignore[override]
        """Insert or replace by the document's own id, which is returned."""
        self.rows.put(document if type(document) is Document else Document(document))
        return str(document["id"])

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[str]:  # type: ignore[override]
        """Each as `insert`."""
        return [self.insert(document) for document in documents]

    def get(self, cond: Any = None, doc_id: Any = None, doc_ids: Any = None) -> Any:
        """By id at once; by condition the first that meets it."""
        if doc_id is not None:
            return self.rows.get(doc_id)
        if doc_ids is not None:
            return [row for key in doc_ids if (row := self.rows.get(key)) is not None]
        return next((row for row in self.rows.documents() if cond(row)), None)

    def search(self, cond: Any) -> list[Any]:
        """All that meet a TinyDB query."""
        return [row for row in self.rows.documents() if cond(row)]

    def contains(self, cond: Any = None, doc_id: Any = None) -> bool:
        """Whether there is one."""
        return self.get(cond, doc_id) is not None

    def replace_all(self, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Hold exactly these rows."""
        for key in {row["id"] for row in self.rows.documents()} - rows.keys():
            self.rows.remove(key)
        for key, row in rows.items():
            if self.rows.get(key) is not row:
                self.rows.put(Document(row))

    def clear_cache(self) -> None:
        """There is none."""

    def __iter__(self) -> Iterator[Any]:
        return self.rows.documents()

    def __len__(self) -> int:
        return self.rows.count(None)

    def _read_table(self) -> dict[str, Any]:  # type: ignore[override]
        return {row["id"]: row for row in self.rows.documents()}

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        """The updater works on private copies, which take effect when it has returned."""
        staged: dict[str, Any] = {row["id"]: dict(row) for row in self.rows.documents()}
        updater(staged)
        unchanged = {key: row for key in staged if (row := self.rows.get(key)) == staged[key]}
        self.replace_all({**staged, **unchanged})


class WorldDatabase(TinyDB):
    """TinyDB with our tables."""

    table_class = WorldTable


class TinyStore:
    """The Store port on TinyDB: one database a world, one table a kind, made at the kind's first write."""

    __slots__ = ("_tables", "db", "draws", "layer")

    def __init__(self, layer: SeedLayer) -> None:
        self.layer = layer
        self.draws = 0
        self.db = WorldDatabase(layer, storage=LayerStorage)
        self._tables: dict[str, WorldTable] = self.db.storage.tables  # type: ignore[attr-defined]

    def get(self, kind: str, key: str) -> Document | None:
        """As the port says."""
        table = self._tables.get(kind)
        return self.layer.get(kind, key) if table is None else table.rows.get(key)

    def put(self, kind: str, document: Document) -> Document | None:
        """As the port says."""
        return self._rows(kind).put(document)

    def remove(self, kind: str, key: str) -> Document | None:
        """As the port says."""
        return self._rows(kind).remove(key)

    def find(
        self,
        kind: str,
        where: Where | None = None,
        order: str = "id",
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Document]:
        """As the port says."""
        return self._rows(kind).find(where, order, offset, limit)

    def iterate(self, kind: str, where: Where | None = None, order: str = "id") -> Iterator[Document]:
        """As the port says."""
        return self._rows(kind).iterate(where, order)

    def count(self, kind: str, where: Where | None = None) -> int:
        """As the port says."""
        table = self._tables.get(kind)
        if table is None and not where:
            return len(self.layer.rows(kind))
        return self._rows(kind).count(where)

    def changes(self) -> Iterator[tuple[str, str, Document | None]]:
        """As the port says."""
        for kind, table in self._tables.items():
            for key, document in table.rows.changed.items():
                yield kind, key, document

    def fork(self) -> TinyStore:
        """As the port says."""
        forked = TinyStore(self.layer)
        forked.draws = self.draws
        for kind, table in self._tables.items():
            if table.rows.changed:
                forked._rows(kind).adopt(table.rows)
        return forked

    def kinds(self) -> set[str]:
        """As the port says."""
        return {kind for kind in self.layer.names() | set(self._tables) if self.count(kind)}

    def _rows(self, kind: str) -> Rows:
        table = self._tables.get(kind)
        if table is None:
            table = self.db.table(kind)  # type: ignore[assignment]
        return table.rows  # type: ignore[union-attr]
