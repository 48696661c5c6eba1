"""From the command to the first answer, with both whole contracts and the standard world."""

from __future__ import annotations

import statistics
from pathlib import Path

from benchmarks.processes import free_port, sandbox_command, server
from benchmarks.targets import Report, Target

FIRST_ANSWER = Target(1.5, 0.7, "s", below=True)
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""The left-out start may write what it compiled, wherever the measurement runs."""


def compare(report: Report, _folder: Path, _seconds: float, rounds: int) -> None:
    """The median of some starts; the first one, which may compile, is left out."""
    spent = []
    for _ in range(rounds + 1):
        port = free_port()
        with server(sandbox_command(port), port, "/api/v1/events", environment=COMPILED) as running:
            spent.append(running.started_in)
    report.add("start to first 200", FIRST_ANSWER, statistics.median(spent[1:]), "GET /api/v1/events")
