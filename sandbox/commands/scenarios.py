"""`sandbox scenarios …`: the test-case library against a live server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from sandbox.commands.context import DEFAULT_URL, Session, session
from sandbox.commands.output import complain, say, say_json, table, working
from scenarios.model import Scenario
from scenarios.reading import WrongScenario
from scenarios.reports import junit, page
from scenarios.runner import Run
from scenarios.server import answers, own_server
from scenarios.suite import UnknownScenario, load_suite, run_scenario

app = typer.Typer(help="Test cases as Arazzo documents, played against a live server.", no_args_is_help=True)


@app.command("list")
def list_scenarios(context: typer.Context) -> None:
    """Show the test cases."""
    found = _load([])
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
    current = session(context)
    found = _load(names or [])
    with _server(current, url) as base:
        runs = _play(found, base)
    for path, text in ((junit_file, junit(runs)), (html_file, page(runs, base))):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
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


@contextmanager
def _server(current: Session, url: str | None) -> Iterator[str]:
    """The server that was named or runs at the usual address; without either, one started for the run."""
    base = url or current.url
    if url or current.url != DEFAULT_URL or answers(DEFAULT_URL):
        yield base
        return
    with working("Starting a server …"), own_server("minimal") as own:
        yield own


def _load(names: list[str]) -> list[Scenario]:
    try:
        return load_suite(names)
    except UnknownScenario as reason:
        raise typer.BadParameter(str(reason), param_hint="NAMES") from None
    except WrongScenario as wrong:
        for place, what in wrong.faults:
            complain(f"{wrong.path.name} {place} {what}")
        raise typer.Exit(2) from None


def _play(found: list[Scenario], base: str) -> list[Run]:
    runs: list[Run] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        steps = sum(len(workflow.steps) for scenario in found for workflow in scenario.workflows.values())
        task = progress.add_task("Playing", total=steps)
        for scenario in found:
            progress.update(task, description=scenario.id)
            runs += run_scenario(scenario, base, watch=lambda _, result: progress.advance(task))
    return runs


def _tell(runs: list[Run]) -> None:
    for run in runs:
        style = "red" if run.faults else "green"
        say(f"{run.status}  {run.scenario.id}  {len(run.results)} steps, {run.seconds * 1000:.0f} ms", style)
        for fault in run.faults:
            say(f"        {fault}")
    failed = sum(1 for run in runs if run.faults)
    say(f"{failed} of {len(runs)} failed" if failed else f"{len(runs)} passed")
