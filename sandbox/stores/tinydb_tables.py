"""TinyDB's Storage, Table and database over a seed layer that its API never copies nor changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.storages import Storage
from tinydb.table import Table

from sandbox.kernel.documents import Document
from sandbox.kernel.layers import SeedLayer
from sandbox.stores.overlay import Overlay

Fields = Mapping[str, Any] | Callable[[MutableMapping[str, Any]], None]


class LayeredStorage(Storage):
    """Holds the overlays of one world. `read` and `write` serve TinyDB's whole-database calls."""

    def __init__(self, layer: SeedLayer) -> None:
        self.layer = layer
        self.overlays: dict[str, Overlay] = {}

    def overlay(self, kind: str) -> Overlay:
        """The changes of a kind, made at the first call."""
        overlay = self.overlays.get(kind)
        if overlay is None:
            overlay = self.overlays[kind] = Overlay(kind, self.layer)
        return overlay

    def names(self) -> set[str]:
        """Kinds that hold at least one document."""
        untouched = self.layer.names() - self.overlays.keys()
        return untouched | {kind for kind, overlay in self.overlays.items() if len(overlay)}

    def fork(self) -> LayeredStorage:
        """Independent changes over the same layer."""
        twin = LayeredStorage(self.layer)
        twin.overlays = {kind: overlay.copy() for kind, overlay in self.overlays.items() if overlay.rows}
        return twin

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Every table that holds something, as views."""
        return {kind: ReadView(self.overlay(kind)) for kind in self.names()}  # type: ignore[misc]

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Make the database hold just this; tables handed back as they were read cost nothing."""
        for kind in self.names() | data.keys():
            table = data.get(kind, {})
            if not isinstance(table, ReadView):
                stage = Stage(self.overlay(kind))
                stage.clear()
                stage.update(table)
                stage.commit()


class ReadView(Mapping[str, Document]):
    """A table as TinyDB reads it: the shared documents by id, not copied."""

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay

    def __getitem__(self, key: str) -> Document:
        document = self._overlay.get(key)
        if document is None:
            raise KeyError(key)
        return document

    def __iter__(self) -> Iterator[str]:
        return self._overlay.keys()

    def __len__(self) -> int:
        return len(self._overlay)


class Stage(MutableMapping[str, dict[str, Any]]):
    """A table as TinyDB's updaters edit it: reading promotes a private copy, `commit` puts what differs."""

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay
        self._staged: dict[str, dict[str, Any] | None] = {}

    def __getitem__(self, key: str) -> dict[str, Any]:
        if key in self._staged:
            staged = self._staged[key]
        else:
            document = self._overlay.get(key)
            staged = self._staged[key] = None if document is None else private_copy(document)
        if staged is None:
            raise KeyError(key)
        return staged

    def __contains__(self, key: object) -> bool:
        held = self._staged[key] if key in self._staged else self._overlay.get(key)  # type: ignore[arg-type]
        return held is not None

    def __setitem__(self, key: str, document: Mapping[str, Any]) -> None:
        self._staged[key] = private_copy(document)

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._staged[key] = None

    def __iter__(self) -> Iterator[str]:
        for key in list(self._overlay.keys()):
            if key not in self._staged:
                yield key
        for key, document in list(self._staged.items()):
            if document is not None:
                yield key

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Remove everything."""
        self._staged = dict.fromkeys(list(self), None)

    def commit(self) -> None:
        """Put all that differs, or nothing if one document lost its id."""
        for key, document in self._staged.items():
            if document is not None and document.get("id") != key:
                raise ValueError(f"the document filed under {key!r} has the id {document.get('id')!r}")
        for key, document in self._staged.items():
            if document is None:
                self._overlay.remove(key)
            elif document != self._overlay.get(key):
                self._overlay.put(Document(document))


class NoCache(dict[Any, Any]):
    """TinyDB's query cache, left out: the declared indexes answer sooner, and forks share no results."""

    def __init__(self, capacity: int | None = None) -> None:
        super().__init__()

    def __setitem__(self, key: Any, value: Any) -> None:
        """Keep nothing."""


class LayeredTable(Table):
    """One kind under TinyDB's API. Documents bring their own `id`; results are private copies."""

    document_class = Document  # type: ignore[assignment]
    document_id_class = str  # type: ignore[assignment]
    query_cache_class = NoCache  # type: ignore[assignment]

    def _read_table(self) -> ReadView:  # type: ignore[override]
        return ReadView(self._overlay)

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        stage = Stage(self._overlay)
        updater(stage)
        stage.commit()

    @property
    def _overlay(self) -> Overlay:
        storage: LayeredStorage = self._storage  # type: ignore[assignment]
        return storage.overlay(self._name)

    def __iter__(self) -> Iterator[Document]:  # type: ignore[override]
        return (private_copy(document) for document in self._overlay.iterate())

    def search(self, cond: QueryLike) -> list[Document]:  # type: ignore[override]
        """Documents that meet a query, ordered by id; an equality on a declared index is looked up."""
        return [private_copy(document) for document in self._meeting(cond)]

    def get(  # type: ignore[override]
        self, cond: QueryLike | None = None, doc_id: str | None = None, doc_ids: list[str] | None = None
    ) -> Document | list[Document] | None:
        """By id, by ids or the first that meets a query."""
        if doc_id is not None:
            document = self._overlay.get(doc_id)
            return None if document is None else private_copy(document)
        if doc_ids is not None:
            found = map(self._overlay.get, dict.fromkeys(doc_ids))
            return [private_copy(document) for document in found if document is not None]
        if cond is None:
            raise RuntimeError("You have to pass either cond or doc_id or doc_ids")
        return next(map(private_copy, self._meeting(cond)), None)

    def insert(self, document: Mapping[str, Any]) -> str:  # type: ignore[override]
        """Insert one document under its own id; raises ValueError if it has none or it is taken."""
        return self.insert_multiple([document])[0]

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[str]:  # type: ignore[override]
        """Insert all or none."""
        fresh: dict[str, Document] = {}
        for document in documents:
            if not isinstance(document, Mapping):
                raise ValueError("Document is not a Mapping")
            key = document.get("id")
            if not isinstance(key, str):
                raise ValueError("a document brings its own id, a string")
            if key in fresh or self._overlay.get(key) is not None:
                raise ValueError(f"Document with ID {key} already exists")
            fresh[key] = private_copy(document)
        for document in fresh.values():
            self._overlay.put(document)
        return list(fresh)

    def update(  # type: ignore[override]
        self, fields: Fields, cond: QueryLike | None = None, doc_ids: Iterable[str] | None = None
    ) -> list[str]:
        """Change what meets a query; an updater that raises half-way changes nothing."""
        if doc_ids is None and cond is not None:
            doc_ids = self._ids_meeting(cond)
        return super().update(fields, doc_ids=doc_ids)  # type: ignore[arg-type,return-value]

    def remove(  # type: ignore[override]
        self, cond: QueryLike | None = None, doc_ids: Iterable[str] | None = None
    ) -> list[str]:
        """Remove what meets a query."""
        if doc_ids is None and cond is not None:
            doc_ids = self._ids_meeting(cond)
        return super().remove(doc_ids=doc_ids)  # type: ignore[arg-type,return-value]

    def _ids_meeting(self, cond: QueryLike) -> list[str]:
        return [document["id"] for document in self._meeting(cond)]

    def _meeting(self, cond: QueryLike) -> Iterator[Document]:
        return (document for document in self._overlay.iterate(self._indexed_part(cond)) if cond(document))

    def _indexed_part(self, cond: QueryLike) -> dict[str, Any] | None:
        """What of a query a declared index answers: an equality alone or among several joined by `&`."""
        digest: Any = getattr(cond, "_hash", None)
        for part in digest[1] if digest and digest[0] == "and" else (digest,):
            if part and part[0] == "==" and isinstance(part[2], str):
                path = ".".join(map(str, part[1]))
                if path in self._overlay.indexes:
                    return {path: part[2]}
        return None


class LayeredDB(TinyDB):
    """TinyDB whose tables are the kinds of one world."""

    table_class = LayeredTable

    def __init__(self, storage: LayeredStorage) -> None:
        super().__init__(storage=lambda: storage)


def private_copy(document: Mapping[str, Any]) -> Document:
    """A deep copy of a JSON object."""
    return Document((name, _copied(value)) for name, value in document.items())


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copied(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(inner) for inner in value]
    return value
