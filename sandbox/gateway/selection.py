"""Which workspace a call acts in: path prefix, header, credential, or a fork of it for one test run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from hashlib import blake2b

from sandbox.identity.authentication import Identity
from sandbox.kernel.clock import from_epoch, instant
from sandbox.kernel.errors import InvalidParameter
from sandbox.kernel.workspace import Workspace
from sandbox.kernel.workspaces import DEFAULT, Workspaces

RUN_LIFE = timedelta(hours=1)
MOST_RUNS = 2_000
_RUN = re.compile(rb"[A-Za-z0-9._:-]{1,100}")


def select(
    workspaces: Workspaces, identity: Identity | None, headers: Mapping[bytes, bytes], prefixed: str
) -> Workspace:
    """The workspace; raises ResourceNotFound for an unknown one, InvalidParameter for an unusable
    run name.
    """
    named = prefixed or headers.get(b"x-sandbox-workspace", b"").decode("latin-1")
    workspace = (
        workspaces.need(named)
        if named
        else (identity and workspaces.get(identity.home(headers))) or workspaces.need(DEFAULT)
    )
    run = headers.get(b"x-sandbox-run")
    return workspace if run is None else _forked(workspaces, workspace, run)


def _forked(workspaces: Workspaces, base: Workspace, run: bytes) -> Workspace:
    if not _RUN.fullmatch(run):
        raise InvalidParameter(
            details="1 to 100 letters, digits, '.', '_', ':' or '-'", target="X-Sandbox-Run"
        )
    if base.properties.get("expiresAt") and base.properties.get("name") == run.decode():
        return base  # a token that was issued inside the run names the fork itself
    fork_id = "ws_" + blake2b(base.id.encode() + b"\n" + run, digest_size=12).hexdigest()
    fork = workspaces.get(fork_id)
    if fork is None:
        now = from_epoch(workspaces.wall())
        for ended in workspaces.overdue(instant(now), MOST_RUNS - 1):
            workspaces.delete(ended)
        fork = workspaces.fork(base.id, fork_id, name=run.decode(), expiresAt=instant(now + RUN_LIFE))
    return fork
