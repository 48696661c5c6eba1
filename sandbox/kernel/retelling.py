"""The present state of the registry as records that `replay` understands: a history without what is past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sandbox.kernel.commits import Change, Record
from sandbox.kernel.documents import Document, Store
from sandbox.kernel.workspace import Workspace
from sandbox.kernel.workspaces import Snapshot, Workspaces, World

CHUNK = 1_000
"""Changes that one record holds, so that writing it stops nobody for long."""

Held = Mapping[tuple[str, str], Document | None]
"""What a world holds that its seed does not."""
Described = Mapping[World, Record]


class Seen(NamedTuple):
    """A workspace as it was at one moment; nobody changes this store any more."""

    id: str
    source: str
    """Where it was forked from, if it was."""
    world: World
    store: Store
    snapshots: Sequence[Snapshot]


def retell(workspaces: Workspaces) -> Iterator[Record]:
    """Records that rebuild the present state from nothing.

    Everybody waits for this call, which only takes hold of the state; the records can be read in a thread."""
    seen = [_seen(workspaces, workspace) for workspace in workspaces]
    worlds = {each.world for each in seen} | {kept.world for each in seen for kept in each.snapshots}
    return _records(seen, {world: workspaces.described(world) for world in worlds})


def _seen(workspaces: Workspaces, workspace: Workspace) -> Seen:
    with workspace.lock:
        source, world = str(workspace.properties.get("forkedFrom")), workspaces.world(workspace.id)
        store = workspace.store.fork()
    return Seen(workspace.id, source, world, store, workspaces.snapshots(workspace.id))


def _records(seen: Sequence[Seen], described: Described) -> Iterator[Record]:
    """Forks and snapshots are told as what sets them apart from where they came from: thousands may share
    what a world held when they were made."""
    sources = {each.source for each in seen}
    told: dict[tuple[str, World], Held] = {}
    for each in seen:
        held = _held(each.store)
        base = told.get((each.source, each.world))
        if base is None:
            yield {"op": "create", "ws": each.id, "world": described[each.world]}
        else:
            yield {"op": "fork", "ws": each.id, "from": each.source}
        yield from _commits(each, _apart(each.store, held, base or {}))
        if each.id in sources:
            told[each.id, each.world] = held
        for kept in each.snapshots:
            near = {each.id: held} if each.world == kept.world else {}
            if (each.source, kept.world) in told:
                near[each.source] = told[each.source, kept.world]
            yield _snapshot(each, kept, near, described)


def _commits(told: Seen, changes: list[Change]) -> Iterator[Record]:
    counters = {"n": told.store.draws, "e": told.store.events}
    for start in range(0, max(len(changes), 1), CHUNK):
        yield {"op": "commit", "ws": told.id, **counters, "c": changes[start : start + CHUNK]}


def _snapshot(told: Seen, kept: Snapshot, near: Mapping[str, Held], described: Described) -> Record:
    """Apart from the nearest: after a reset, that may be where the workspace was forked from."""
    held = _held(kept.store)
    ways = {beside: _apart(kept.store, held, other) for beside, other in near.items()}
    beside = min(ways, key=lambda each: len(ways[each]), default="")
    return {
        "op": "kept",
        "ws": told.id,
        "id": kept.id,
        "name": kept.name,
        "at": kept.created_at,
        "world": described[kept.world],
        "beside": beside,
        "n": kept.store.draws,
        "e": kept.store.events,
        "c": ways[beside] if beside else _apart(kept.store, held, {}),
    }


def _held(store: Store) -> Held:
    return {(kind, key): document for kind, key, document in store.changes()}


def _apart(store: Store, held: Held, other: Held) -> list[Change]:
    """What makes this world of the other; equal documents are mostly the same object."""
    changed = [
        (*place, document)
        for place, document in held.items()
        if place not in other or (other[place] is not document and other[place] != document)
    ]
    return changed + [(*place, store.get(*place)) for place in other if place not in held]
