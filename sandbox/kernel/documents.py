"""Documents and the Store port: what a world is made of and how it is kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from sandbox.kernel.layers import SeedLayer

T = TypeVar("T")
Where = Mapping[str, Any]
SortKey = tuple[bool, Any]


class Document(dict[str, Any]):
    """One version of one thing: a JSON object with an `id`.

    A document is replaced, never mutated: the seed layer, forks, snapshots and the memoised
    rendering all share it. `rendered` is that memo (bytes), filled at the first read.
    """

    __slots__ = ("rendered",)
    rendered: bytes


@dataclass(frozen=True, slots=True)
class Kind:
    """What the store must know of a kind of document.

    `indexes`: members looked up by equality; a dotted path reaches into objects, a list value is indexed by
    each element. `sorts`: members lists are ordered by. `prefix`: identifiers are the prefix and 24 hex
    digits instead of a UUID.
    """

    name: str
    indexes: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    prefix: str = ""


class Kinds:
    """The declared kinds; one that nobody declared has no index and no sort."""

    def __init__(self, kinds: Iterable[Kind] = ()) -> None:
        self._kinds: dict[str, Kind] = {}
        for kind in kinds:
            if self._kinds.get(kind.name, kind) != kind:
                raise ValueError(f"the kind {kind.name!r} is declared twice, differently")
            self._kinds[kind.name] = kind

    def __getitem__(self, name: str) -> Kind:
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._kinds[name] = Kind(name)
        return kind

    def __iter__(self) -> Iterator[Kind]:
        return iter(list(self._kinds.values()))


def member(document: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, None where it is absent."""
    if "." not in path:
        return document.get(path)
    value: Any = document
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def index_values(document: Mapping[str, Any], path: str) -> tuple[Any, ...]:
    """The values an equality index files the document under."""
    value = member(document, path)
    return tuple(value) if isinstance(value, list) else (value,)


def sort_key(document: Mapping[str, Any], path: str) -> SortKey:
    """Orders values of one member; documents without the member come first."""
    value = member(document, path)
    return (value is not None, value if value is not None else 0)


def meets(document: Mapping[str, Any], where: Where) -> bool:
    """Whether each member equals its wanted value (or one of them, where a list is wanted)."""
    for path, wanted in where.items():
        value = document.get(path) if "." not in path else member(document, path)
        several = isinstance(wanted, list | tuple | set | frozenset)
        if isinstance(value, list):
            if not (any(each in wanted for each in value) if several else wanted in value):
                return False
        elif not (value in wanted if several else value == wanted):
            return False
    return True


def contains(document: Mapping[str, Any], paths: Iterable[str], text: str) -> bool:
    """Whether any of the members contains the text, which is in lower case."""
    return any(text in str(member(document, path) or "").casefold() for path in paths)


class Store(Protocol):
    """The documents of one world.

    Reads return the stored documents themselves; callers replace, never mutate. A read sees every write made
    before it. Nothing here raises for an unknown kind or key. Calls are serialised by the workspace's lock.
    """

    draws: int
    """How many identifiers and random numbers the world has drawn; part of its state."""

    events: int
    """How many events the world has recorded; part of its state."""

    @property
    def layer(self) -> SeedLayer:
        """The seed layer beneath the changes."""

    def get(self, kind: str, key: str) -> Document | None:
        """The document, or None."""

    def put(self, kind: str, document: Document) -> Document | None:
        """Insert or replace by `document["id"]`; returns what was there before."""

    def remove(self, kind: str, key: str) -> Document | None:
        """Remove; returns what was there, None if nothing was."""

    def find(
        self,
        kind: str,
        where: Where | None = None,
        order: str = "id",
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Document]:
        """Documents that meet `where`, ordered by a declared sort (or `id`), `-` before it for descending.

        Equal sort values are ordered by id, in the same direction. Cost: proportional to the matches of the
        most selective declared index in `where`; without one, to `offset + limit` in a declared order.
        """

    def iterate(self, kind: str, where: Where | None = None, order: str = "id") -> Iterator[Document]:
        """As `find` without bounds, lazily. The kind must not be changed while the iterator is in use."""

    def count(self, kind: str, where: Where | None = None) -> int:
        """How many documents meet `where`; constant time without `where` and for one indexed member, for
        several of those proportional to the changes since the seed at most."""

    def containing(self, kind: str, paths: tuple[str, ...], text: str) -> Collection[str]:
        """Ids of the documents one of whose members contains `text`, whatever the case.

        Cost: a search through the text of the seed's members, and a look at each change since."""

    def derived(self, kind: str, make: Callable[[Iterable[Document]], T]) -> T:
        """What `make` gives for all documents of the kind, by id; kept until one of them changes.

        `make` is known by identity: a function of a module, not one made on the spot."""

    def changes(self) -> Iterator[tuple[str, str, Document | None]]:
        """(kind, key, document or None if removed) for all that differs from the seed layer."""

    def fork(self) -> Store:
        """An independent world with the same documents; cost proportional to the changes since the seed."""

    def kinds(self) -> set[str]:
        """Names of the kinds that hold at least one document."""
