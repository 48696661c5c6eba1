"""A workspace: a small deterministic world, touched only inside a transaction."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from threading import RLock
from types import TracebackType
from typing import Any, TypeVar

from sandbox.kernel.chance import Chance
from sandbox.kernel.clock import (
    WallClock,
    clock_now,
    clock_setting,
    clock_text,
    instant,
    parse_instant,
    system_clock,
)
from sandbox.kernel.commits import OUTBOX, Commit
from sandbox.kernel.documents import Document, Kinds, Store, Where
from sandbox.kernel.errors import ResourceNotFound
from sandbox.kernel.layers import content_hash
from sandbox.kernel.watching import Followers

T = TypeVar("T")
Reaction = Callable[["Transaction", Document], None]
Reactions = Mapping[str, Sequence[Reaction]]
"""By type of event; what follows every event is under `*`."""
NO_REACTIONS: Reactions = {}

OUTBOX_LIMIT = 10_000
PROPERTIES = "workspace"
HEX = "0123456789abcdef"


CommitListener = Callable[["Workspace", Commit], None]


class Workspace:
    """A world by its id. `store` is swapped whole by reset and restore, under the same lock as
    transactions.
    """

    def __init__(
        self,
        workspace_id: str,
        store: Store,
        kinds: Kinds,
        *,
        seed: int = 0,
        wall: WallClock = system_clock,
        reactions: Reactions = NO_REACTIONS,
    ) -> None:
        self.id = workspace_id
        self.store = store
        self.kinds = kinds
        self.seed = seed
        self.wall = wall
        self.reactions = reactions
        self.chance = Chance(seed)
        self.lock = RLock()
        self.listener: CommitListener | None = None
        self.relays_mail = False
        """Whether letters leave; a property of the server."""
        self.generation = 0
        """Grows with every commit and swap: equal numbers mean an unchanged world."""
        self.meters: dict[str, Any] = {}
        """What belongs to this process rather than to the world, by name: limiters, keys under way,
        calls counted. A reset or restart forgets it."""
        self.followers = Followers(self.lock)
        """Who follows this world live."""

    def transaction(self, correlation_id: str = "", actor: Mapping[str, Any] | None = None) -> Transaction:
        """`with workspace.transaction() as tx:` commits everything at the end, or nothing if it raises.

        Blocks while another thread is inside one. Do no I/O in it."""
        return Transaction(self, correlation_id, actor)

    def now(self) -> datetime:
        """What the workspace's clock shows."""
        return clock_now(self.store.get("clock", "clock"), self.wall)

    def swap(self, store: Store, seed: int) -> None:
        """Put another world in place of this one."""
        with self.lock:
            self.store = store
            self.generation += 1
            if seed != self.seed:
                self.seed, self.chance = seed, Chance(seed)
            self.meters.clear()
            self.followers.end("workspace_reset")

    def state_hash(self) -> str:
        """One hash over the whole world but its own properties: equal for equal worlds."""
        with self.lock:
            return world_hash(self.store)

    @property
    def properties(self) -> Document:
        """Name, profile, seed, anchor, scale, settings …"""
        return self.store.get(PROPERTIES, PROPERTIES) or Document(id=PROPERTIES)


class Transaction:
    """The only way to read or change a world. Writes are visible inside it at once."""

    __slots__ = (
        "_after",
        "_before",
        "_clock_changed",
        "_draws",
        "_earliest",
        "_events",
        "_now",
        "_stamp",
        "actor",
        "correlation_id",
        "store",
        "workspace",
    )

    def __init__(self, workspace: Workspace, correlation_id: str, actor: Mapping[str, Any] | None) -> None:
        self.workspace = workspace
        self.correlation_id = correlation_id
        self.actor = actor

    def __enter__(self) -> Transaction:
        self.workspace.lock.acquire()
        self.store = self.workspace.store
        self._before: dict[tuple[str, str], Document | None] = {}
        self._after: dict[tuple[str, str], Document | None] = {}
        self._draws = self.store.draws
        self._events = self.store.events
        self._now: datetime | None = None
        self._stamp = ""
        self._earliest: str | None = None
        self._clock_changed = False
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is not None:
                self._roll_back()
            elif self._before or self.store.draws != self._draws:
                self._commit()
        finally:
            self.workspace.lock.release()

    def _roll_back(self) -> None:
        for (kind, key), before in reversed(self._before.items()):
            if before is None:
                self.store.remove(kind, key)
            else:
                self.store.put(kind, before)
        self.store.draws = self._draws
        self.store.events = self._events

    def _commit(self) -> None:
        self.workspace.generation += 1
        listener = self.workspace.listener
        if listener is not None:
            store = self.store
            commit = Commit(self._after, store.draws, store.events, self._earliest, self._clock_changed)
            try:
                listener(self.workspace, commit)
            except BaseException:  # what cannot be written down has not happened
                self._roll_back()
                raise

    # documents

    def get(self, kind: str, key: str) -> Document | None:
        """The document, or None."""
        return self.store.get(kind, key)

    def need(self, kind: str, key: str, target: str | None = None) -> Document:
        """The document; raises ResourceNotFound."""
        document = self.store.get(kind, key)
        if document is None:
            raise ResourceNotFound(details=f"{kind.replace('_', ' ')} '{key}' does not exist", target=target)
        return document

    def put(self, kind: str, document: Mapping[str, Any]) -> Document:
        """Insert or replace by `id`; returns the stored document."""
        stored = document if type(document) is Document else Document(document)
        key = stored["id"]
        before = self.store.put(kind, stored)
        place = (kind, key)
        self._before.setdefault(place, before)
        self._after[place] = stored
        return stored

    def revise(self, kind: str, document: Mapping[str, Any], /, **changes: Any) -> Document:
        """Put with the changes, as the next version; returns the stored document."""
        stored = Document(document)
        stored.update(changes, version=document["version"] + 1, updatedAt=self.stamp())
        return self.put(kind, stored)

    def delete(self, kind: str, key: str) -> Document | None:
        """Remove; returns what was there."""
        before = self.store.remove(kind, key)
        place = (kind, key)
        if before is not None:
            self._before.setdefault(place, before)
            self._after[place] = None
        return before

    def find(
        self,
        kind: str,
        where: Where | None = None,
        order: str = "id",
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Document]:
        """As Store.find."""
        return self.store.find(kind, where, order, offset, limit)

    def scan(
        self,
        kind: str,
        where: Where | None = None,
        order: str = "id",
        matches: Callable[[Document], bool] | None = None,
    ) -> Iterator[Document]:
        """Lazily what `find` gives, filtered by `matches`. Do not write to the kind while iterating."""
        found = self.store.iterate(kind, where, order)
        return found if matches is None else filter(matches, found)

    def count(self, kind: str, where: Where | None = None) -> int:
        """How many documents meet `where`."""
        return self.store.count(kind, where)

    def containing(self, kind: str, paths: tuple[str, ...], text: str) -> Collection[str]:
        """As Store.containing."""
        return self.store.containing(kind, paths, text)

    def derived(self, kind: str, make: Callable[[Iterable[Document]], T]) -> T:
        """As Store.derived."""
        return self.store.derived(kind, make)

    # time and chance

    def now(self) -> datetime:
        """The instant of this transaction, the same at every call."""
        if self._now is None:
            self._now = parse_instant(self.stamp())
        return self._now

    def stamp(self) -> str:
        """`now` as stored in documents."""
        if not self._stamp:
            self._stamp = clock_text(self.store.get("clock", "clock"), self.workspace.wall)
        return self._stamp

    def set_clock(self, mode: str, now: datetime) -> None:
        """From here on the clock shows `now` and runs by `mode` (real, offset, frozen)."""
        self._now, self._stamp, self._clock_changed = None, "", True
        self.put("clock", clock_setting(mode, now, self.workspace.wall))

    def _draw(self) -> int:
        self.store.draws += 1
        return self.store.draws

    def new_id(self, kind: str) -> str:
        """A fresh identifier in the form the kind declares.

        After a reset the same numbers come again: an id that something kept has already is passed over."""
        prefix = self.workspace.kinds[kind].prefix
        while True:
            number = self._draw()
            drawn = self.workspace.chance.draw("id", number, 12).hex() if prefix else ""
            key = prefix + drawn if prefix else self.workspace.chance.uuid(number)
            if self.store.get(kind, key) is None:
                return key

    def new_token(self, label: str, length: int, alphabet: str = HEX) -> str:
        """`length` characters that nobody could guess without the seed."""
        return self.workspace.chance.token(label, self._draw(), length, alphabet)

    def chance(self, label: str) -> random.Random:
        """A generator for this draw."""
        return self.workspace.chance.random(label, self._draw())

    def next_number(self, label: str) -> int:
        """1, 2, 3 … without gaps: a transaction that fails gives its number back."""
        counter = self.store.get("counter", label)
        number = 1 if counter is None else counter["value"] + 1
        self.put("counter", {"id": label, "value": number})
        return number

    # events and due work

    def emit(self, event: str, kind: str, document: Mapping[str, Any], **extra: Any) -> Document:
        """Record an event about a document as it is now; reactions run at once, inside this transaction.

        Event documents: {id: sequence as 12 digits, messageId, type, at, kind, resourceId, data, extra,
        correlationId}.
        """
        sequence = self.store.events = self.store.events + 1
        message = "whk_" + self.workspace.chance.draw("message", sequence, 12).hex()
        recorded = self.put(
            OUTBOX,
            {
                "id": f"{sequence:012d}",
                "messageId": message,
                "type": event,
                "at": self.stamp(),
                "kind": kind,
                "resourceId": document["id"],
                "data": document,
                "extra": extra,
                "correlationId": self.correlation_id,
            },
        )
        if sequence > OUTBOX_LIMIT:
            self.delete(OUTBOX, f"{sequence - OUTBOX_LIMIT:012d}")
        reactions = self.workspace.reactions
        for reaction in chain(reactions.get(event, ()), reactions.get("*", ())):
            reaction(self, recorded)
        return recorded

    def schedule(self, due: datetime, job: str, subject: str, **payload: Any) -> Document:
        """Run `job` for `subject` when the clock reaches `due`; replaces what was scheduled for both."""
        when = instant(due)
        if self._earliest is None or when < self._earliest:
            self._earliest = when
        entry = {"id": f"{job}:{subject}", "due": when, "job": job, "subject": subject, "payload": payload}
        return self.put("agenda", entry)

    def cancel(self, job: str, subject: str) -> None:
        """Take scheduled work back; nothing happens if there is none."""
        self.delete("agenda", f"{job}:{subject}")


def world_hash(store: Store) -> str:
    """One hash over all documents of a world but its own properties."""
    changes = content_hash(change for change in store.changes() if change[0] != PROPERTIES)
    return f"{int(changes, 16) ^ int(store.layer.content_hash(), 16):032x}"
