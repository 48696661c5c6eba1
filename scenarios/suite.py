"""Plays many documents against one server, each in a world of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from scenarios.http import HttpSender
from scenarios.model import Scenario
from scenarios.reading import find_scenarios, read_scenario
from scenarios.runner import Run, Runner, StepResult

LIBRARY = Path(__file__).parent

Watch = Callable[[Scenario, StepResult], None]


class UnknownScenario(ValueError):
    """Names that no document has."""


def load_suite(names: Iterable[str] = ()) -> list[Scenario]:
    """The named documents, or all. Raises UnknownScenario, or WrongScenario for the first at fault."""
    wanted = list(names)
    paths = {path.name.split(".")[0]: path for path in find_scenarios(LIBRARY)}
    unknown = [name for name in wanted if name not in paths]
    if unknown:
        raise UnknownScenario(f"no scenario is called {', '.join(unknown)}; there are {', '.join(paths)}")
    return [read_scenario(paths[name]) for name in wanted or paths]


def run_scenario(
    scenario: Scenario, base_url: str, watch: Watch = lambda scenario, result: None
) -> list[Run]:
    """Play one document, in a fork that only this process and scenario use."""
    headers = {"X-Sandbox-Run": f"{scenario.id}.{os.getpid()}"}
    sender = HttpSender(base_url, scenario.sources, headers)
    try:
        return Runner(sender, watch=lambda result: watch(scenario, result)).run(scenario)
    finally:
        sender.close()
