"""Snapshots: kept states of a workspace to go back to."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from sandbox.control.clock import shown_clock
from sandbox.control.data import reset_result
from sandbox.kernel.chance import Chance
from sandbox.kernel.clock import clock_now
from sandbox.kernel.errors import DuplicateResource, QuotaExceeded
from sandbox.kernel.replies import Page, Reply
from sandbox.kernel.workspaces import Snapshot
from sandbox.platform.call import Call
from sandbox.platform.pagination import ListCollection, page_of

LIMIT = 100
SCHEMA_VERSION = 1


def list_snapshots(call: Call) -> Page:
    kept = call.workspaces.snapshots(call.workspace.id)
    return page_of(call, ListCollection.sorted(call, [_shown(call, snapshot) for snapshot in kept]))


async def create_snapshot(call: Call, body: dict[str, Any]) -> Reply:
    taken = call.workspaces.snapshots(call.workspace.id)
    if len(taken) >= LIMIT:
        raise QuotaExceeded(details=f"a workspace keeps at most {LIMIT} snapshots")
    if any(kept.name == body["name"] for kept in taken):
        raise DuplicateResource(details=f"there is a snapshot named {body['name']}", target="/name")
    kept = call.workspaces.snapshot(call.workspace.id, _new_id(call, taken), body["name"])
    return Reply(201, _shown(call, kept), {"Location": f"/sandbox/v1/snapshots/{kept.id}"})


def get_snapshot(call: Call, snapshot_id: str) -> dict[str, Any]:
    return _shown(call, call.workspaces.need_snapshot(call.workspace.id, snapshot_id))


def delete_snapshot(call: Call, snapshot_id: str) -> None:
    call.workspaces.drop_snapshot(call.workspace.id, snapshot_id)


async def restore_snapshot(call: Call, snapshot_id: str) -> dict[str, Any]:
    started = perf_counter()
    call.workspaces.restore(call.workspace.id, snapshot_id)
    return reset_result(call.workspaces, call.workspace, started)


def _new_id(call: Call, taken: list[Snapshot]) -> str:
    """An id that draws nothing from the world: a snapshot must not change what it keeps."""
    known = {kept.id for kept in taken}
    number = 1
    while (candidate := "snp_" + Chance(call.workspace.seed).draw("snapshot", number, 12).hex()) in known:
        number += 1
    return candidate


def _shown(call: Call, kept: Snapshot) -> dict[str, Any]:
    setting, wall = kept.store.get("clock", "clock"), call.workspaces.wall
    return {
        "id": kept.id,
        "name": kept.name,
        "createdAt": kept.created_at,
        "profile": kept.world.profile,
        "schemaVersion": SCHEMA_VERSION,
        "clock": shown_clock(setting, clock_now(setting, wall), wall),
        "_links": {"self": {"href": f"/sandbox/v1/snapshots/{kept.id}"}},
    }
