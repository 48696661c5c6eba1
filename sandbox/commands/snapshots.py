"""`sandbox snapshot …`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sandbox.commands.context import session
from sandbox.commands.output import say, say_json, table, working

if TYPE_CHECKING:
    from sandbox.commands.client import ControlClient

app = typer.Typer(help="Keep the present state of a workspace, and go back to it.", no_args_is_help=True)
PATH = "/sandbox/v1/snapshots"
Name = Annotated[str, typer.Argument(help="Name or id.")]


@app.command("create")
def create(context: typer.Context, name: Annotated[str, typer.Argument(help="What to call it.")]) -> None:
    """Keep the present state."""
    current = session(context)
    result = current.client.post(PATH, {"name": name})
    say_json(result) if current.as_json else say(result["id"])


@app.command("list")
def list_snapshots(context: typer.Context) -> None:
    """Show what was kept."""
    current = session(context)
    kept = _kept(current.client)
    if current.as_json:
        say_json(kept)
        return
    table(["ID", "NAME", "KEPT AT"], [(s["id"], s["name"], s["createdAt"]) for s in kept])


@app.command("restore")
def restore(context: typer.Context, name: Name) -> None:
    """Go back to a kept state."""
    current = session(context)
    with working("Restoring …"):
        result = current.client.post(f"{PATH}/{_id(current.client, name)}/restore")
    if current.as_json:
        say_json(result)
        return
    say(f"{result['workspaceId']} is as it was: {sum(result['counts'].values())} documents")


@app.command("delete")
def delete(context: typer.Context, name: Name) -> None:
    """Forget a kept state."""
    current = session(context)
    current.client.delete(f"{PATH}/{_id(current.client, name)}")
    say(f"{name} is gone")


def _kept(client: ControlClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(PATH, pageSize=100)["data"]
    return found


def _id(client: ControlClient, name: str) -> str:
    if name.startswith("snp_"):
        return name
    kept = _kept(client)
    found = [snapshot["id"] for snapshot in kept if snapshot["name"] == name]
    if not found:
        names = ", ".join(snapshot["name"] for snapshot in kept) or "none yet"
        raise typer.BadParameter(f"no snapshot is called {name!r}; there are: {names}", param_hint="NAME")
    return str(found[0])
