"""Seed worlds as requests name them, built where nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from sandbox.kernel.workspaces import Workspaces, World
from sandbox.platform.call import Call


async def wished_world(call: Call, wish: Mapping[str, Any]) -> World:
    """The world a request asks for; its layer is built in a thread, since a large one takes seconds."""
    workspaces = call.workspaces
    world = workspaces.anchored(world_for(workspaces.world(call.workspace.id), wish))
    await asyncio.to_thread(_build, workspaces, world)
    return world


def _build(workspaces: Workspaces, world: World) -> None:
    workspaces.layer(world)
    workspaces.described(world)  # with the hash of all its documents


def world_for(before: World, body: Mapping[str, Any]) -> World:
    """The seed world a request names; what it leaves out is as before, but for the anchor: this week."""
    profile, seed = body.get("profile", before.profile), body.get("seed", before.seed)
    return World(profile, seed, body.get("anchor", ""), body.get("scale", before.scale))
