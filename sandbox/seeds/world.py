"""The frame of the seed world: rooms fill it, a frozen layer comes out."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document, Kinds
from sandbox.kernel.layers import SeedLayer
from sandbox.kernel.workspaces import World
from sandbox.seeds.draws import Entry, SeededFaker, Voice, collection_seed
from sandbox.seeds.snapshot import load_tape

DEFAULT_SEED = 20250422
PROFILES = {
    "empty": "services dictionary and personas, nothing else",
    "minimal": "the named fixtures only",
    "standard": "the named fixtures and believable bulk data",
    "load": "standard many times over, ten by default",
}
LOAD_SCALE = 10
"""What `load` multiplies by where nothing else is asked for."""
ROOMS = (
    *("people", "appointments", "mappings", "events", "sessions", "payments"),
    *("webhooks", "batches", "privacy", "status"),
)
"""Filled in this order: a later room may look at what an earlier one put."""

Recordings = dict[str, MutableSequence[Entry]]


class SeedWorld:
    """A world being built. Rooms read and put documents; nothing here looks at the clock."""

    def __init__(
        self,
        profile: str,
        seed: int,
        anchor: datetime,
        scale: int,
        *,
        tape: Mapping[str, list[Entry]] | None = None,
        recordings: Recordings | None = None,
    ) -> None:
        if profile not in PROFILES:
            raise ValueError(f"no seed profile {profile!r}; there are {', '.join(PROFILES)}")
        self.profile = profile
        self.seed = seed
        self.anchor = anchor.astimezone(UTC)
        self.scale = scale
        self.documents: dict[str, dict[str, Document]] = {}
        self.fixtures: dict[str, Document] = {}
        self._tape = tape or {}
        self._recordings = recordings
        self._fakers: dict[str, SeededFaker] = {}

    # what a room asks

    @property
    def fixtures_wanted(self) -> bool:
        """Whether the named fixtures belong into this profile."""
        return self.profile != "empty"

    def bulk(self, count: int) -> int:
        """How many bulk documents to make where the standard world has `count`."""
        return count * self.scale if self.profile in ("standard", "load") else 0

    def faker(self, collection: str) -> SeededFaker:
        """The draws of one collection; asking again continues where the last draw ended."""
        faker = self._fakers.get(collection)
        if faker is None:
            seed = collection_seed(self.seed, collection)
            record = None if self._recordings is None else self._recordings.setdefault(collection, [])
            faker = SeededFaker(Voice(seed, self._tape.get(collection, ()), record), seed)
            self._fakers[collection] = faker
        return faker

    def moment(self, *, days: float = 0, hours: float = 0, minutes: float = 0, zone: str = "") -> datetime:
        """Anchor plus that much; with a zone, that wall-clock time `days` after the anchor's date."""
        if not zone:
            return self.anchor + timedelta(days=days, hours=hours, minutes=minutes)
        wall = self.anchor.replace(tzinfo=None) + timedelta(days=days, hours=hours, minutes=minutes)
        return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)

    def at(self, *, days: float = 0, hours: float = 0, minutes: float = 0, zone: str = "") -> str:
        """`moment` as documents store it."""
        return instant(self.moment(days=days, hours=hours, minutes=minutes, zone=zone))

    def date(self, *, days: int = 0) -> str:
        """The date so many days after the anchor's."""
        return (self.anchor + timedelta(days=days)).date().isoformat()

    def id(self, code: str, number: int) -> str:
        """An id that can be read: the code tells the kind (`c1` a location, `e1` an event), the number which.

        1–99 are named fixtures, 1000 and above bulk data."""
        return f"{code}000000-0000-4000-8000-{number:012d}"

    # what a room gives

    def put(self, kind: str, document: Mapping[str, Any]) -> Document:
        """Add or replace a document by its id."""
        stored = document if type(document) is Document else Document(document)
        self.documents.setdefault(kind, {})[stored["id"]] = stored
        return stored

    def get(self, kind: str, key: str) -> Document:
        """A document put before; KeyError if there is none."""
        return self.documents[kind][key]

    def all(self, kind: str) -> list[Document]:
        """Every document of a kind, in the order they were put."""
        return list(self.documents.get(kind, {}).values())

    def fixture(self, name: str, kind: str, key: str, summary: str = "", tags: Iterable[str] = ()) -> None:
        """Give a document a stable name."""
        if name in self.fixtures:
            raise ValueError(f"the fixture {name!r} is named twice")
        named = {
            "id": name,
            "name": name,
            "type": kind,
            "resourceId": key,
            "summary": summary,
            "tags": list(tags),
        }
        self.fixtures[name] = Document(named)


def anchor_of(text: str, now: datetime) -> datetime:
    """An explicit anchor, or Monday 00:00 UTC of the week of `now`."""
    if text:
        return parse_instant(text)
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday())


def build_world(profile: str, seed: int = DEFAULT_SEED, *, anchor: datetime, scale: int = 1) -> SeedWorld:
    """Every document and fixture of a profile; the same arguments give the same bytes."""
    factor = LOAD_SCALE if profile == "load" and scale == 1 else scale
    world = SeedWorld(profile, seed, anchor, factor, tape=load_tape() if seed == DEFAULT_SEED else None)
    fill(world)
    return world


def fill(world: SeedWorld) -> None:
    """Let every room that exists put its documents."""
    for room in ROOMS:
        seed_room = _room(room)
        if seed_room is not None:
            seed_room(world)


def seed_layer(world: World, kinds: Kinds) -> SeedLayer:
    """The frozen layer of a world, fixtures included under the kind `fixture`."""
    with _collected_once():
        built = build_world(world.profile, world.seed, anchor=parse_instant(world.anchor), scale=world.scale)
        layer = SeedLayer({**built.documents, "fixture": built.fixtures}, kinds, name=world.profile)
        del built
    return layer


@contextmanager
def _collected_once() -> Iterator[None]:
    """What is made stays, but for the parts of Faker, which name each other: one look at what is new frees
    them, where they would otherwise grow old and wait for a look at everything."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.collect(0)
            gc.enable()


def _room(name: str) -> Callable[[SeedWorld], None] | None:
    module = f"sandbox.seeds.{name}"
    if find_spec(module) is None:
        return None
    seed_room: Callable[[SeedWorld], None] = getattr(import_module(module), f"seed_{name}")
    return seed_room
