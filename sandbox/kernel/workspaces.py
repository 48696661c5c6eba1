"""All workspaces of one server: create, fork, snapshot, restore, reset and delete them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, Protocol
from weakref import WeakValueDictionary

from sandbox.kernel.chance import Chance
from sandbox.kernel.clock import WallClock, from_epoch, instant, system_clock
from sandbox.kernel.commits import Commit
from sandbox.kernel.documents import Document, Kinds, Store
from sandbox.kernel.errors import DuplicateResource, ResourceNotFound
from sandbox.kernel.layers import SeedLayer
from sandbox.kernel.workspace import NO_REACTIONS, PROPERTIES, Reactions, Workspace, world_hash

DEFAULT = "ws_default"
KEPT_LAYERS = 3
"""Seed worlds kept at hand though nothing may stand on them any more: the next test wants the same again."""


@dataclass(frozen=True, slots=True)
class World:
    """Which seed world a workspace stands on. `anchor` is an instant; all seeded times are relative to it."""

    profile: str = "standard"
    seed: int = 20250422
    anchor: str = ""
    scale: int = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A kept state of one workspace."""

    id: str
    name: str
    created_at: str
    world: World
    store: Store

    @property
    def state_hash(self) -> str:
        """As Workspace.state_hash was then."""
        return world_hash(self.store)


class Sink(Protocol):
    """Where the registry's operations are written down, in order."""

    def append(self, record: dict[str, Any]) -> None:
        """Take one record; it is on its way to disk when the current turn of the event loop ends."""


class Observer(Protocol):
    """Who wants to know that a world changed: the agenda."""

    def committed(self, workspace: Workspace, commit: Commit) -> None:
        """A transaction ended with changes."""

    def wake(self, workspace: Workspace) -> None:
        """The world was swapped."""


class Workspaces:
    """The registry. Everything it does is written to the sink, so that `replay` brings it all back."""

    def __init__(
        self,
        kinds: Kinds,
        build_layer: Callable[[World], SeedLayer],
        new_store: Callable[[SeedLayer], Store],
        *,
        wall: WallClock = system_clock,
        reactions: Reactions = NO_REACTIONS,
        relays_mail: bool = False,
    ) -> None:
        self.kinds = kinds
        self.wall = wall
        self.reactions = reactions
        self.observer: Observer | None = None
        self.farewells: tuple[Callable[[str], None], ...] = ()
        """Called with the id of a workspace that is gone, or that begins: what a late call left of one of the
        same name before it is none of its own."""
        self.sink: Sink | None = None
        self.relays_mail = relays_mail
        self._build_layer = build_layer
        self._new_store = new_store
        self._layers: WeakValueDictionary[World, SeedLayer] = WeakValueDictionary()
        self._lately: deque[SeedLayer] = deque(maxlen=KEPT_LAYERS)
        self._workspaces: dict[str, Workspace] = {}
        self._worlds: dict[str, World] = {}
        self._snapshots: dict[str, dict[str, Snapshot]] = {}
        self._passing: dict[str, str] = {}
        """When the workspaces end that end by themselves, in the order they were made."""

    # reading

    def get(self, workspace_id: str) -> Workspace | None:
        """The workspace, or None."""
        return self._workspaces.get(workspace_id)

    def need(self, workspace_id: str) -> Workspace:
        """The workspace; raises ResourceNotFound."""
        workspace = self._workspaces.get(workspace_id)
        if workspace is None:
            raise ResourceNotFound(details=f"workspace '{workspace_id}' does not exist", target="workspaceId")
        return workspace

    def __iter__(self) -> Iterator[Workspace]:
        return iter(list(self._workspaces.values()))

    def __len__(self) -> int:
        return len(self._workspaces)

    @property
    def lasting(self) -> int:
        """How many do not end by themselves."""
        return len(self._workspaces) - len(self._passing)

    def overdue(self, now: str, most: int) -> list[str]:
        """Those whose time is over, and the oldest of all that will end beyond the `most` that may be."""
        found: list[str] = []
        for key, ends in self._passing.items():
            if ends > now and len(self._passing) - len(found) <= most:
                break
            found.append(key)
        return found

    def world(self, workspace_id: str) -> World:
        """What the workspace stands on."""
        return self._worlds[workspace_id]

    def layer(self, world: World) -> SeedLayer:
        """The seed layer of a world, built once for all that stand on it at the same time."""
        layer = self._layers.get(world)
        if layer is None:
            layer = self._layers[world] = self._build_layer(world)
            self._lately.append(layer)
        return layer

    def anchored(self, world: World) -> World:
        """The world with its anchor: the one it names, else the default."""
        return world if world.anchor else replace(world, anchor=self.this_monday())

    def this_monday(self) -> str:
        """The default anchor: Monday 00:00 UTC of the current week."""
        now = from_epoch(self.wall())
        monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
        return instant(monday)

    def new_workspace_id(self, label: str) -> str:
        """`ws_` and 24 hex digits, from a label and the number of workspaces ever asked for."""
        number = len(self._workspaces)
        while (candidate := "ws_" + Chance(0).draw(label, number, 12).hex()) in self._workspaces:
            number += 1
        return candidate

    # changing

    def create(self, workspace_id: str, world: World, **properties: Any) -> Workspace:
        """A new workspace on a seed world; raises DuplicateResource."""
        if workspace_id in self._workspaces:
            raise DuplicateResource(details=f"workspace '{workspace_id}' exists", target="id")
        world = self.anchored(world)
        workspace = self.add(workspace_id, self.new_store(world), world)
        self._record({"op": "create", "ws": workspace_id, "world": self.described(world)})
        self._set_properties(workspace, world, properties)
        return workspace

    def fork(self, source_id: str, workspace_id: str, **properties: Any) -> Workspace:
        """An independent copy that shares all unchanged documents."""
        source = self.need(source_id)
        if workspace_id in self._workspaces:
            raise DuplicateResource(details=f"workspace '{workspace_id}' exists", target="id")
        with source.lock:
            workspace = self.add(workspace_id, source.store.fork(), self._worlds[source_id])
            self._record({"op": "fork", "ws": workspace_id, "from": source_id})
        inherited = {"settings": source.properties.get("settings"), **properties, "forkedFrom": source_id}
        self._set_properties(workspace, self._worlds[source_id], inherited)
        if self.observer is not None:
            self.observer.wake(workspace)
        return workspace

    def reset(
        self, workspace_id: str, world: World, keep: Iterable[Document] = (), kept_kind: str = ""
    ) -> Workspace:
        """Back to a seed world; `keep` documents of `kept_kind` are put again on top."""
        workspace = self.need(workspace_id)
        world = self.anchored(world)
        with workspace.lock:
            properties = dict(workspace.properties)
            self.swap(workspace_id, self.new_store(world), world)
            self._record({"op": "reset", "ws": workspace_id, "world": self.described(world)})
            self._set_properties(workspace, world, properties)
            with workspace.transaction() as tx:
                for document in keep:
                    tx.put(kept_kind, document)
        return workspace

    def delete(self, workspace_id: str) -> None:
        """Remove a workspace with its snapshots; raises ResourceNotFound."""
        workspace = self.need(workspace_id)
        del self._workspaces[workspace_id], self._worlds[workspace_id]
        self._snapshots.pop(workspace_id, None)
        self._passing.pop(workspace_id, None)
        workspace.listener = None
        workspace.followers.end("workspace_deleted")
        self._record({"op": "delete", "ws": workspace_id})
        self._say_farewell(workspace_id)

    # snapshots

    def snapshots(self, workspace_id: str) -> list[Snapshot]:
        """Kept states, oldest first."""
        return list(self._snapshots.get(workspace_id, {}).values())

    def snapshot(self, workspace_id: str, snapshot_id: str, name: str, at: str = "") -> Snapshot:
        """Keep the present state; cost proportional to the changes since the seed."""
        workspace = self.need(workspace_id)
        at = at or instant(from_epoch(self.wall()))
        with workspace.lock:
            world = self._worlds[workspace_id]
            kept = self.keep(workspace_id, Snapshot(snapshot_id, name, at, world, workspace.store.fork()))
            self._record({"op": "snapshot", "ws": workspace_id, "id": snapshot_id, "name": name, "at": at})
        return kept

    def keep(self, workspace_id: str, kept: Snapshot) -> Snapshot:
        """Register a kept state; not written to the sink."""
        self._snapshots.setdefault(workspace_id, {})[kept.id] = kept
        return kept

    def need_snapshot(self, workspace_id: str, snapshot_id: str) -> Snapshot:
        """A kept state; raises ResourceNotFound."""
        found = self._snapshots.get(workspace_id, {}).get(snapshot_id)
        if found is None:
            raise ResourceNotFound(details=f"snapshot '{snapshot_id}' does not exist", target="snapshotId")
        return found

    def drop_snapshot(self, workspace_id: str, snapshot_id: str) -> None:
        """Forget a kept state; raises ResourceNotFound."""
        self.need_snapshot(workspace_id, snapshot_id)
        del self._snapshots[workspace_id][snapshot_id]
        self._record({"op": "drop-snapshot", "ws": workspace_id, "id": snapshot_id})

    def restore(self, workspace_id: str, snapshot_id: str) -> Workspace:
        """Put a kept state in place of the present one, clock and agenda included."""
        workspace = self.need(workspace_id)
        kept = self.need_snapshot(workspace_id, snapshot_id)
        with workspace.lock:
            self.swap(workspace_id, kept.store.fork(), kept.world)
            self._record({"op": "restore", "ws": workspace_id, "id": snapshot_id})
        return workspace

    def described(self, world: World) -> dict[str, Any]:
        """The world as a record names it: with the hash of its seed, for another edition may read it."""
        described = asdict(world)
        if self.sink is not None:
            described["hash"] = self.layer(world).content_hash()
        return described

    # inside

    def new_store(self, world: World) -> Store:
        """An unchanged world."""
        return self._new_store(self.layer(world))

    def add(self, workspace_id: str, store: Store, world: World) -> Workspace:
        """Register a world as it is; not written to the sink."""
        self._say_farewell(workspace_id)
        workspace = Workspace(
            workspace_id, store, self.kinds, seed=world.seed, wall=self.wall, reactions=self.reactions
        )
        workspace.listener = self._committed
        workspace.relays_mail = self.relays_mail
        self._workspaces[workspace_id] = workspace
        self._worlds[workspace_id] = world
        return workspace

    def swap(self, workspace_id: str, store: Store, world: World) -> None:
        """Put another world in place of a workspace's present one; not written to the sink."""
        workspace = self.need(workspace_id)
        workspace.swap(store, world.seed)
        self._worlds[workspace_id] = world
        if self.observer is not None:
            self.observer.wake(workspace)

    def _say_farewell(self, workspace_id: str) -> None:
        for farewell in self.farewells:
            farewell(workspace_id)

    def _set_properties(self, workspace: Workspace, world: World, properties: dict[str, Any]) -> None:
        with workspace.transaction() as tx:
            stored = {"createdAt": tx.stamp(), **properties, **asdict(world), "id": PROPERTIES}
            tx.put(PROPERTIES, stored)
        self.note_end(workspace)

    def note_end(self, workspace: Workspace) -> None:
        """Take up that the workspace ends by itself, if its properties say when."""
        if ends := workspace.properties.get("expiresAt"):
            self._passing[workspace.id] = ends

    def _committed(self, workspace: Workspace, commit: Commit) -> None:
        if self.sink is not None:
            self.sink.append(commit.record(workspace.id))
        if self.observer is not None:
            self.observer.committed(workspace, commit)
        workspace.followers.committed(commit)

    def _record(self, record: dict[str, Any]) -> None:
        if self.sink is not None:
            self.sink.append(record)
