"""The present state of the registry as records that `replay` understands: a history without what is past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.kernel.commits import Change, Record
from sandbox.kernel.documents import Document, Store
from sandbox.kernel.workspace import Workspace
from sandbox.kernel.workspaces import Snapshot, Workspaces

CHUNK = 1_000
"""Changes that one record holds, so that writing it stops nobody for long."""

Held = Mapping[tuple[str, str], Document | None]
"""What a world holds that its seed does not."""


def retell(workspaces: Workspaces) -> Iterator[Record]:
    """Records that rebuild the present state from nothing.

    Forks and snapshots are told as what sets them apart from where they came from: thousands may share what a
    world held when they were made."""
    sources = {workspace.properties.get("forkedFrom") for workspace in workspaces}
    told: dict[str, Held] = {}
    for workspace in workspaces:
        with workspace.lock:
            held, store = _held(workspace.store), workspace.store.fork()
        source = _source(workspaces, workspace, told)
        yield _beginning(workspaces, workspace, source)
        yield from _commits(workspace.id, store, _apart(store, held, told[source] if source else {}))
        if workspace.id in sources:
            told[workspace.id] = held
        for kept in workspaces.snapshots(workspace.id):
            yield _snapshot(workspaces, workspace, kept, held)


def _source(workspaces: Workspaces, workspace: Workspace, told: Mapping[str, Held]) -> str:
    """The world that the workspace came from, if it was told before and stands on the same seed."""
    source = str(workspace.properties.get("forkedFrom"))
    same = source in told and workspaces.world(source) == workspaces.world(workspace.id)
    return source if same else ""


def _beginning(workspaces: Workspaces, workspace: Workspace, source: str) -> Record:
    if source:
        return {"op": "fork", "ws": workspace.id, "from": source}
    return {
        "op": "create",
        "ws": workspace.id,
        "world": workspaces.described(workspaces.world(workspace.id)),
    }


def _commits(workspace_id: str, store: Store, changes: list[Change]) -> Iterator[Record]:
    counters = {"n": store.draws, "e": store.events}
    for start in range(0, max(len(changes), 1), CHUNK):
        yield {"op": "commit", "ws": workspace_id, **counters, "c": changes[start : start + CHUNK]}


def _snapshot(workspaces: Workspaces, workspace: Workspace, kept: Snapshot, held: Held) -> Record:
    beside = workspaces.world(workspace.id) == kept.world
    return {
        "op": "kept",
        "ws": workspace.id,
        "id": kept.id,
        "name": kept.name,
        "at": kept.created_at,
        "world": workspaces.described(kept.world),
        "beside": beside,
        "n": kept.store.draws,
        "e": kept.store.events,
        "c": _apart(kept.store, _held(kept.store), held if beside else {}),
    }


def _held(store: Store) -> Held:
    return {(kind, key): document for kind, key, document in store.changes()}


def _apart(store: Store, held: Held, other: Held) -> list[Change]:
    """What has to be done to the other world to make this one of it; shared documents are the same object."""
    changed = [
        (*place, document)
        for place, document in held.items()
        if place not in other or other[place] is not document
    ]
    return changed + [(*place, store.get(*place)) for place in other if place not in held]
