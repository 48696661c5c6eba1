"""`sandbox reset` and `sandbox fork`."""

from __future__ import annotations

from typing import Annotated

import typer

from sandbox.commands.context import session
from sandbox.commands.output import say, say_json, working
from sandbox.config import SEED_PROFILES


def reset(
    context: typer.Context,
    profile: Annotated[str | None, typer.Option(help="Seed world; default: the same as before.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; default: the same as before.")] = None,
    anchor: Annotated[str | None, typer.Option(help="Instant that seeded times count from.")] = None,
    scale: Annotated[int | None, typer.Option(min=1, max=50, help="How many times the bulk data.")] = None,
) -> None:
    """Put a workspace back to its seed world."""
    if profile is not None and profile not in SEED_PROFILES:
        raise typer.BadParameter(f"there are {', '.join(SEED_PROFILES)}", param_hint="--profile")
    current = session(context)
    with working("Resetting …"):
        result = current.client.post(
            "/sandbox/v1/reset", {"profile": profile, "seed": seed, "anchor": anchor, "scale": scale}
        )
    if current.as_json:
        say_json(result)
        return
    documents = sum(result["counts"].values())
    took = f"{documents} documents, {result['durationMs']:.0f} ms"
    say(f"{result['workspaceId']} is back to {result['profile']}: {took}")
    say(f"anchor {result['anchor']}, seed {result['seed']}, state {result['stateHash']}")


def fork(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(help="Workspace to copy; default: the present one.")] = None,
    name: Annotated[str | None, typer.Option(help="What to call the copy.")] = None,
) -> None:
    """Make an independent copy of a workspace as it is now."""
    current = session(context)
    path = f"/sandbox/v1/workspaces/{source or current.workspace or 'ws_default'}/fork"
    with working("Forking …"):
        result = current.client.post(path, {"name": name})
    if current.as_json:
        say_json(result)
        return
    say(result["id"])
    say(f"Act in it with the header X-Sandbox-Workspace: {result['id']}")
