"""Workspaces: worlds of one's own, forks of them, and what happened in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.control.credentials import with_secret
from sandbox.control.identity import may_act
from sandbox.control.issuing import issue
from sandbox.control.worlds import wished_world
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import QuotaExceeded, ResourceInUse, WorkspaceAccessDenied
from sandbox.kernel.replies import Page, Reply
from sandbox.kernel.workspace import PROPERTIES, Workspace
from sandbox.kernel.workspaces import DEFAULT
from sandbox.platform.call import Call
from sandbox.platform.pagination import ListCollection, page_of

DEFAULT_SETTINGS = {"allowSimulationHeader": True, "publicFixtureCredentials": True}
INTERNAL_KINDS = frozenset({PROPERTIES, "counter", "fixture", "idempotency"})
DIFF_LIMIT = 500


def list_workspaces(call: Call) -> Page:
    return page_of(call, ListCollection.sorted(call, [describe(each) for each in call.workspaces]))


async def create_workspace(call: Call, body: dict[str, Any]) -> Reply:
    _check_quota(call)
    world = await wished_world(call, body)
    properties = {"name": body.get("name"), "settings": settings_of(body.get("settings") or {})}
    workspace = call.workspaces.create(call.workspaces.new_workspace_id("created"), world, **properties)
    made = [_first_credential(workspace, kind) for kind in ("oauth_client", "api_key")]
    return Reply(201, {**describe(workspace), "credentials": made}, _location(workspace))


async def get_workspace(call: Call, workspace_id: str) -> dict[str, Any]:
    return describe(_reachable(call, workspace_id), whole=True)


async def update_workspace(call: Call, workspace_id: str, body: dict[str, Any]) -> dict[str, Any]:
    workspace = _reachable(call, workspace_id)
    with workspace.transaction(call.correlation_id, call.actor) as tx:
        before = workspace.properties
        settings = settings_of({**(before.get("settings") or {}), **(body.get("settings") or {})})
        tx.put(PROPERTIES, {**before, "name": body.get("name", before.get("name")), "settings": settings})
    return describe(workspace, whole=True)


async def delete_workspace(call: Call, workspace_id: str) -> None:
    if workspace_id == DEFAULT:
        raise ResourceInUse(
            details="the default workspace is always there; reset it instead", target="workspaceId"
        )
    call.workspaces.delete(workspace_id)


async def fork_workspace(call: Call, workspace_id: str, body: dict[str, Any] | None = None) -> Reply:
    _check_quota(call)
    source = _reachable(call, workspace_id)
    name = (body or {}).get("name")
    forked = call.workspaces.fork(source.id, call.workspaces.new_workspace_id("fork"), name=name)
    return Reply(201, describe(forked), _location(forked))


async def diff_workspace(
    call: Call, workspace_id: str, kind: str | None = None, documents: bool = False
) -> dict[str, Any]:
    workspace = _reachable(call, workspace_id)
    with workspace.lock:
        changes = [each for each in _changes(workspace, documents) if kind in (None, each["kind"])]
    return {"workspaceId": workspace.id, "stateHash": workspace.state_hash(), **_summed_up(changes)}


def describe(workspace: Workspace, *, whole: bool = False) -> dict[str, Any]:
    """The public form of a workspace; `whole` with what has to be counted."""
    properties = workspace.properties
    shown = {
        "id": workspace.id,
        "name": properties.get("name"),
        **{member: properties[member] for member in ("profile", "seed", "anchor", "scale")},
        "forkedFrom": properties.get("forkedFrom"),
        "createdAt": properties["createdAt"],
        "expiresAt": properties.get("expiresAt"),
        "settings": settings_of(properties.get("settings") or {}),
        "_links": {"self": {"href": f"/sandbox/v1/workspaces/{workspace.id}"}},
    }
    if whole:
        shown |= {"counts": counts_of(workspace), "stateHash": workspace.state_hash()}
    return shown


def counts_of(workspace: Workspace) -> dict[str, int]:
    """Documents by kind, without those that only the sandbox itself knows."""
    with workspace.lock:
        return {
            kind: workspace.store.count(kind) for kind in sorted(workspace.store.kinds()) if is_shown(kind)
        }


def settings_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with the defaults filled in."""
    return {**DEFAULT_SETTINGS, **given}


def is_shown(kind: str) -> bool:
    """Secrets, and answers that may hold some, are never shown."""
    return kind not in INTERNAL_KINDS and not kind.endswith("_secret")


def _reachable(call: Call, workspace_id: str) -> Workspace:
    workspace = call.workspaces.need(workspace_id)
    if workspace is not call.workspace and not may_act(call.workspaces, call.principal, workspace):
        raise WorkspaceAccessDenied(
            details=f"the credential does not operate {workspace_id}", target="workspaceId"
        )
    return workspace


def _check_quota(call: Call) -> None:
    """Forks made for one run do not count: they go by themselves."""
    limit = call.server.facts.get("max_workspaces", 500)
    if call.workspaces.lasting >= limit:
        raise QuotaExceeded(details=f"there are {limit} workspaces already; delete some")


def _first_credential(workspace: Workspace, kind: str) -> dict[str, Any]:
    with workspace.transaction() as tx:
        return with_secret(*issue(tx, {"name": "First credential", "kind": kind}))


def _location(workspace: Workspace) -> dict[str, str]:
    return {"Location": f"/sandbox/v1/workspaces/{workspace.id}"}


def _changes(workspace: Workspace, documents: bool) -> Iterator[dict[str, Any]]:
    seeded = workspace.store.layer.get
    for kind, key, after in workspace.store.changes():
        before = seeded(kind, key)
        if is_shown(kind) and before != after:
            yield _change(kind, key, before, after, documents)


def _summed_up(changes: list[dict[str, Any]]) -> dict[str, Any]:
    changes.sort(key=lambda change: (change["kind"], change["id"]))
    verbs = Counter(change["change"] for change in changes)
    counts = {verb: verbs[verb] for verb in ("created", "updated", "deleted")}
    return {**counts, "truncated": len(changes) > DIFF_LIMIT, "changes": changes[:DIFF_LIMIT]}


def _change(
    kind: str, key: str, before: Document | None, after: Document | None, documents: bool
) -> dict[str, Any]:
    change: dict[str, Any] = {"kind": kind, "id": key}
    if before is None or after is None:
        change["change"] = "created" if before is None else "deleted"
    else:
        fields = before.keys() | after.keys()
        changed = sorted(field for field in fields if before.get(field) != after.get(field))
        change |= {"change": "updated", "changedFields": changed}
    return {**change, "before": before, "after": after} if documents else change
