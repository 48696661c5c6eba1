"""The seed world: profiles, named fixtures, and back to the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from time import perf_counter
from typing import Any

import orjson

from sandbox.control import listeners
from sandbox.control.workspaces import counts_of, is_shown
from sandbox.control.worlds import wished_world
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.kernel.workspaces import Workspaces, World
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource, equals, text
from sandbox.seeds import PROFILES
from sandbox.webhooks import subscriptions


def _shown(call: Call, fixture: Document) -> dict[str, Any]:
    operations = call.server.facts["operations"]
    return {
        "name": fixture["name"],
        "type": fixture["type"],
        "id": fixture["resourceId"],
        "resourceId": fixture["resourceId"],
        "href": operations.address(call, fixture["type"], fixture["resourceId"]),
        "summary": fixture["summary"],
        "tags": fixture["tags"],
        "_links": {"self": {"href": f"/sandbox/v1/fixtures/{fixture['name']}"}},
    }


fixtures = Resource(
    "fixture",
    path="/sandbox/v1/fixtures/{fixtureName}",
    indexes=("type", "tags"),
    sorts=("name",),
    filters={"type": equals("type"), "tag": equals("tags"), "q": text("name", "summary")},
    present=_shown,
)
KEPT_KINDS = {
    "keepCredentials": ("credential", "credential_secret", "revoked_token"),
    "keepWebhooks": ("webhook", "webhook_secret", "listener"),
    "keepBins": ("bin", "bin_secret"),
    "keepFaults": ("fault",),
}
PLANNED_ANEW: Mapping[str, Callable[[Transaction, Document], None]] = {
    "webhook": subscriptions.plan_anew,
    "listener": listeners.keep_a_while,
}
"""What is due for those that are kept."""
KEPT_BY_DEFAULT = {"keepCredentials": True, "keepWebhooks": False, "keepBins": True, "keepJournal": True}


async def reset_workspace(call: Call, body: dict[str, Any] | None = None) -> dict[str, Any]:
    started = perf_counter()
    wish = {**KEPT_BY_DEFAULT, **(body or {})}
    wish["keepFaults"] = not wish.get("clearFaults", True)
    _reset(call, await wished_world(call, wish), wish)
    if not wish["keepJournal"]:
        call.server.journals.of(call.workspace.id).clear()
        call.server.journals.audit.clear(call.workspace.id)
    return reset_result(call.workspaces, call.workspace, started)


def list_seed_profiles(call: Call) -> dict[str, Any]:
    return {"data": [_profile(call, name, description) for name, description in PROFILES.items()]}


def _profile(call: Call, name: str, description: str) -> dict[str, Any]:
    """Counts are shown for the profile at hand: any other would have to be built to be counted."""
    layer = call.workspace.store.layer
    here = call.workspaces.world(call.workspace.id).profile == name
    kinds = sorted(filter(is_shown, layer.names())) if here else ()
    return {
        "name": name,
        "description": description,
        "counts": {kind: len(layer.rows(kind)) for kind in kinds},
    }


def get_data_summary(call: Call) -> dict[str, Any]:
    changes = call.workspace.store.changes()
    size = sum(len(orjson.dumps(document)) for _, _, document in changes if document is not None)
    return {"counts": counts_of(call.workspace), "bytes": size, "stateHash": call.workspace.state_hash()}


def reset_result(workspaces: Workspaces, workspace: Workspace, started: float) -> dict[str, Any]:
    """What a reset or restore led to; `started` is when it began, by the performance counter."""
    world = workspaces.world(workspace.id)
    return {
        "workspaceId": workspace.id,
        "profile": world.profile,
        "seed": world.seed,
        "anchor": world.anchor,
        "scale": world.scale,
        "counts": counts_of(workspace),
        "stateHash": workspace.state_hash(),
        "durationMs": round((perf_counter() - started) * 1000, 3),
    }


def _reset(call: Call, world: World, wish: dict[str, Any]) -> None:
    workspace = call.workspace
    with workspace.lock:
        kept = list(_kept(workspace, wish))
        call.workspaces.reset(workspace.id, world)
        with call.transaction() as tx:
            for kind, document in kept:
                tx.put(kind, document)
                if kind in PLANNED_ANEW:
                    PLANNED_ANEW[kind](tx, document)


def _kept(workspace: Workspace, keep: dict[str, Any]) -> Iterator[tuple[str, Document]]:
    """Documents of the kinds to keep that were not seeded; the seeded ones come back as they were."""
    kinds = {kind for name, kinds in KEPT_KINDS.items() if keep.get(name) for kind in kinds}
    seeded = workspace.store.layer.get
    for kind, key, document in workspace.store.changes():
        if kind in kinds and document is not None and seeded(kind, key) is None:
            yield kind, document
