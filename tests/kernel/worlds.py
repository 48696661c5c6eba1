"""Worlds without a server: an empty registry on a clock that only moves when told."""

from __future__ import annotations

from typing import Any

from sandbox.kernel.documents import Document, Kind, Kinds
from sandbox.kernel.layers import SeedLayer
from sandbox.kernel.workspace import NO_REACTIONS, Reactions, Workspace
from sandbox.kernel.workspaces import Workspaces, World
from sandbox.stores.tiny import TinyStore

NOON = 1_795_176_000.0
KINDS = Kinds(
    [
        Kind("room", indexes=("city",), sorts=("name",)),
        Kind("bin", prefix="bin_"),
        Kind("agenda", sorts=("due",)),
    ]
)
WORLD = World(anchor="2026-11-16T00:00:00.000Z")
ROOMS = [("r1", "Warsaw"), ("r2", "London"), ("r3", "Warsaw")]


class Wall:
    """Wall time in the test's hand."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Recorder:
    """Keeps the records that a journal would write, and what an agenda would be told."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []

    def append(self, record: dict[str, Any]) -> None:
        self.records.append(record)


def layer(world: World) -> SeedLayer:
    """Three rooms; the seed decides their names."""
    rows = {key: Document(id=key, name=f"{world.seed}-{key}", city=city) for key, city in ROOMS}
    return SeedLayer({"room": rows}, KINDS, world.profile)


def registry(wall: Wall | None = None, reactions: Reactions = NO_REACTIONS) -> Workspaces:
    return Workspaces(KINDS, layer, TinyStore, wall=wall or Wall(), reactions=reactions)


def workspace(wall: Wall | None = None, reactions: Reactions = NO_REACTIONS) -> Workspace:
    return registry(wall, reactions).create("ws_test", World(anchor="2026-11-16T00:00:00.000Z"))


def rename(world: Workspace, name: str, key: str = "r1") -> None:
    """A change of the world."""
    with world.transaction() as tx:
        tx.put("room", {**tx.need("room", key), "name": name})
