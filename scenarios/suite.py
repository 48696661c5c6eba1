"""Plays many documents against one server, each in a world of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from scenarios.http import HttpSender
from scenarios.model import Scenario
from scenarios.reading import WrongScenario, find_scenarios, read_scenario
from scenarios.runner import Run, Runner, StepResult

LIBRARY = Path(__file__).parent

Watch = Callable[[Scenario, StepResult], None]


class UnknownScenario(ValueError):
    """Names that no document has."""


def load_suite(names: Iterable[str] = (), directory: Path = LIBRARY) -> list[Scenario]:
    """The named documents, or all. Raises UnknownScenario, or WrongScenario for the first at fault."""
    wanted = list(names)
    paths = {path.name.split(".")[0]: path for path in find_scenarios(directory)}
    unknown = [name for name in wanted if name not in paths]
    if unknown:
        raise UnknownScenario(f"no scenario is called {', '.join(unknown)}; there are {', '.join(paths)}")
    return [read_scenario(paths[name]) for name in wanted or paths]


def check_suite(directory: Path = LIBRARY) -> list[WrongScenario]:
    """The documents at fault, each with all of its faults."""
    wrong = []
    for path in find_scenarios(directory):
        try:
            read_scenario(path)
        except WrongScenario as faults:
            wrong.append(faults)
    return wrong


def run_scenario(
    scenario: Scenario,
    base_url: str,
    *,
    inputs: Mapping[str, Any] | None = None,
    isolate: bool = True,
    watch: Watch = lambda scenario, result: None,
) -> list[Run]:
    """Play one document. Isolated, it happens in a fork that only this process and scenario use."""
    headers = {"X-Sandbox-Run": f"{scenario.id}.{os.getpid()}"} if isolate else {}
    sender = HttpSender(base_url, scenario.sources, headers)
    try:
        return Runner(sender, watch=lambda result: watch(scenario, result)).run(scenario, inputs)
    finally:
        sender.close()
