"""Plays test cases with a sign of progress, on the server there is or one started for the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from sandbox.commands.context import DEFAULT_URL
from sandbox.commands.output import complain, working
from scenarios.model import Scenario
from scenarios.reading import WrongScenario
from scenarios.runner import Run
from scenarios.server import answers, own_server
from scenarios.suite import UnknownScenario, load_suite, run_scenario


@contextmanager
def server(url: str) -> Iterator[str]:
    """The server that was named or runs at the usual address; without either, one started for the run."""
    if url != DEFAULT_URL or answers(url):
        yield url
        return
    with working("Starting a server …"), own_server("minimal") as own:
        yield own


def load(names: list[str]) -> list[Scenario]:
    """The test cases; exits with every fault of the first wrong one."""
    try:
        return load_suite(names)
    except UnknownScenario as reason:
        raise typer.BadParameter(str(reason), param_hint="NAMES") from None
    except WrongScenario as wrong:
        for place, what in wrong.faults:
            complain(f"{wrong.path.name} {place} {what}")
        raise typer.Exit(2) from None


def play(found: list[Scenario], base: str) -> list[Run]:
    """One run per workflow."""
    runs: list[Run] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        steps = sum(len(workflow.steps) for scenario in found for workflow in scenario.workflows.values())
        task = progress.add_task("Playing", total=steps)
        for scenario in found:
            progress.update(task, description=scenario.id)
            runs += run_scenario(scenario, base, watch=lambda _, result: progress.advance(task))
    return runs
