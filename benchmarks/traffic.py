"""The three operations: ours, bare Starlette, stock Connexion in interleaved rounds; the price of fsync."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.facts import ADMIN_KEY, ROOT, gather, lift_limits, open_event, quieten, requests
from benchmarks.load import Load, NextRequest, drive
from benchmarks.processes import free_port, peer_command, sandbox_command, server
from benchmarks.targets import Report, Target

TO_BARE = {"GET one": Target(0.50, 0.70), "LIST 20": Target(0.50, 0.75), "POST": Target(0.40, 0.58)}
TO_STOCK = {"GET one": Target(3.5, 5), "LIST 20": Target(3.5, 5.5), "POST": Target(2.5, 3.6)}
P99 = {
    "GET one": Target(4, 2, "ms", below=True),
    "LIST 20": Target(5, 2.5, "ms", below=True),
    "POST": Target(10, 5, "ms", below=True),
}
DURABLE = Target(0.6, 0.8)

Rounds = dict[str, list[Load]]


def alternate(
    report: Report, what: str, servers: Mapping[str, tuple[int, NextRequest]], seconds: float, rounds: int
) -> Rounds:
    """A to Z, Z to A, A to Z: a machine that slows down slows all alike."""
    measured: Rounds = {name: [] for name in servers}
    for port, send in servers.values():
        drive(port, send, min(1.0, seconds))
    for number in range(rounds):
        order = list(servers) if number % 2 == 0 else list(servers)[::-1]
        for name in order:
            port, send = servers[name]
            load = drive(port, send, seconds)
            if load.failures:
                raise RuntimeError(f"{name}, {what}: {load.failures[0].decode('utf-8', 'replace')}")
            measured[name].append(load)
    for name, loads in measured.items():
        figures = f"{rate(loads):9,.0f}/s   p50 {late(loads, 50):6.2f} ms   p99 {late(loads, 99):6.2f} ms"
        report.say(f"{what:8} {name:14} {figures}")
    return measured


def rate(loads: list[Load]) -> float:
    return statistics.median(load.rate for load in loads)


def late(loads: list[Load], percent: int) -> float:
    return statistics.median(load.percentile(percent) for load in loads)


@contextmanager
def sandbox(*options: str) -> Iterator[int]:
    """One of ours, with limits that count but never refuse; gives its port."""
    port = free_port()
    settings = {"SANDBOX_ADMIN_KEY": ADMIN_KEY, "SANDBOX_LOG_LEVEL": "warning"}
    with server(sandbox_command(port, *options), port, "/health/live", environment=settings):
        lift_limits(port)
        quieten(port)
        yield port


def compare(report: Report, folder: Path, seconds: float, rounds: int) -> None:
    """The ratios of the three operations, and ours waiting for the disk."""
    file = folder / "facts.json"
    with ExitStack() as running:
        ours = running.enter_context(sandbox("--data", str(folder / "ours")))
        facts = gather(ours, file)
        sent = requests(facts)
        ports = {"ours": ours}
        for name in ("bare", "stock"):
            ports[name] = port = free_port()
            command = peer_command(name, port)
            running.enter_context(
                server(
                    command, port, "/openapi.json", cwd=ROOT, environment={"SANDBOX_BENCH_FACTS": str(file)}
                )
            )
        for what, send in sent.items():
            measured = alternate(
                report, what, {name: (port, send) for name, port in ports.items()}, seconds, rounds
            )
            _ratios(report, what, measured)
        _durable(report, folder, (ours, sent["POST"]), seconds, rounds)


def _ratios(report: Report, what: str, measured: Rounds) -> None:
    ours = measured["ours"]
    report.add(f"{what} to bare Starlette", TO_BARE[what], rate(ours) / rate(measured["bare"]))
    report.add(f"{what} to stock Connexion", TO_STOCK[what], rate(ours) / rate(measured["stock"]))
    report.add(f"{what} p99", P99[what], late(ours, 99))


def _durable(
    report: Report, folder: Path, plain: tuple[int, NextRequest], seconds: float, rounds: int
) -> None:
    with sandbox("--data", str(folder / "durable"), "--durable") as port:
        facts: dict[str, Any] = {"target": open_event(port), "events": [{"id": ""}]}
        send: Callable[[], bytes] = requests(facts)["POST"]
        measured = alternate(report, "POST", {"not synced": plain, "durable": (port, send)}, seconds, rounds)
    report.add("POST waiting for fsync", DURABLE, rate(measured["durable"]) / rate(measured["not synced"]))
