"""`sandbox scenarios …`: the test-case library against a live server.

What plays them is loaded by those who play: `serve` should start quickly.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sandbox.commands.context import server_address, session
from sandbox.commands.output import complain, say, say_json, table

if TYPE_CHECKING:
    from scenarios.runner import Run

app = typer.Typer(help="Test cases as Arazzo documents, played against a live server.", no_args_is_help=True)


@app.command("list")
def list_scenarios(context: typer.Context) -> None:
    """Show the test cases."""
    from sandbox.commands.playing import load

    found = load([])
    if session(context).as_json:
        say_json([{"id": s.id, "title": s.title, "why": s.why, "file": str(s.path)} for s in found])
        return
    table(["ID", "TITLE", "WHY"], [(scenario.id, scenario.title, scenario.why) for scenario in found])


@app.command("run")
def run(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Ids of test cases.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every test case.")] = False,
    url: Annotated[str | None, typer.Option(help="Server; default: the running one, or a new one.")] = None,
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write a JUnit report.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write a report for people.")] = None,
) -> None:
    """Play test cases, each in a workspace of its own; exit code 1 if one fails."""
    if bool(names) == everything:
        raise typer.BadParameter("name test cases, or give --all", param_hint="NAMES")
    from sandbox.commands import playing
    from scenarios.reports import junit, page

    current = session(context)
    found = playing.load(names or [])
    with playing.server(server_address(url or current.url)) as base:
        runs = playing.play(found, base)
    _write(junit_file, junit(runs))
    _write(html_file, page(runs, base))
    failed = [run for run in runs if run.faults]
    if current.as_json:
        say_json([{"id": r.scenario.id, "status": r.status, "faults": r.faults} for r in runs])
    else:
        _tell(runs)
    if any("no answer from" in fault for run in failed for fault in run.faults):
        complain(f"{base} did not answer", "Start a server with `sandbox serve`, or name it with --url.")
        raise typer.Exit(3)
    if failed:
        raise typer.Exit(1)


def _write(path: Path | None, text: str) -> None:
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as reason:
        complain(f"the report cannot be written to {path}: {reason.strerror}")
        raise typer.Exit(2) from None


def _tell(runs: list[Run]) -> None:
    for run in runs:
        style = "red" if run.faults else "green"
        say(f"{run.status}  {run.scenario.id}  {len(run.results)} steps, {run.seconds * 1000:.0f} ms", style)
        for fault in run.faults:
            say(f"        {fault}")
    failed = sum(1 for run in runs if run.faults)
    say(f"{failed} of {len(runs)} failed" if failed else f"{len(runs)} passed")
