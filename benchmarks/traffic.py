"""The three operations: ours, bare Starlette, stock Connexion in interleaved rounds; the price of fsync."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.facts import ADMIN_KEY, ROOT, gather, lift_limits, open_event, quieten, requests
from benchmarks.load import Load, NextRequest, drive
from benchmarks.processes import Running, free_port, peer_command, sandbox_command, server
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
    report: Report, what: str, servers: Mapping[str, tuple[Running, NextRequest]], seconds: float, rounds: int
) -> Rounds:
    """A to Z, Z to A, A to Z: a machine that slows down slows all alike."""
    measured: Rounds = {name: [] for name in servers}
    for running, send in servers.values():
        drive(running.port, send, min(1.0, seconds))
    for number in range(rounds):
        order = list(servers) if number % 2 == 0 else list(servers)[::-1]
        for name in order:
            measured[name].append(_once(*servers[name], seconds))
            if failures := measured[name][-1].failures:
                raise RuntimeError(f"{name}, {what}: {failures[0].decode('utf-8', 'replace')}")
    for name, loads in measured.items():
        lateness = f"p50 {late(loads, 50):6.2f} ms   p99 {late(loads, 99):6.2f} ms"
        report.say(
            f"{what:8} {name:14} {rate(loads):9,.0f}/s   {lateness}   {price(loads):7.0f} µs of processor"
        )
    return measured


def _once(running: Running, send: NextRequest, seconds: float) -> Load:
    before = running.cpu()
    load = drive(running.port, send, seconds)
    load.cpu = running.cpu() - before
    return load


def rate(loads: list[Load]) -> float:
    return statistics.median(load.rate for load in loads)


def price(loads: list[Load]) -> float:
    return statistics.median(load.price for load in loads)


def late(loads: list[Load], percent: int) -> float:
    return statistics.median(load.percentile(percent) for load in loads)


def calmest(loads: list[Load], percent: int) -> float:
    """Of the round in which the machine took least away: what it takes, no server can give back."""
    return min(load.percentile(percent) for load in loads)


def versus(report: Report, what: str, target: Target, ours: list[Load], theirs: list[Load]) -> None:
    """By requests a second, each round against that beside it; the note has the same by processor time, which
    a busy machine does not blur."""
    pairs = list(zip(ours, theirs, strict=True))
    prices = [their.price / our.price for our, their in pairs if our.price]
    by_processor = f"{statistics.median(prices):.2f} × by processor time" if prices else ""
    report.add(what, target, statistics.median(our.rate / their.rate for our, their in pairs), by_processor)


@contextmanager
def sandbox(*options: str) -> Iterator[Running]:
    """One of ours, with limits that count but never refuse."""
    port = free_port()
    settings = {"SANDBOX_ADMIN_KEY": ADMIN_KEY, "SANDBOX_LOG_LEVEL": "warning"}
    with server(sandbox_command(port, *options), port, "/health/live", environment=settings) as running:
        lift_limits(port)
        quieten(port)
        yield running


@contextmanager
def peer(name: str, facts: Path) -> Iterator[Running]:
    """One of the compared servers."""
    port = free_port()
    environment = {"SANDBOX_BENCH_FACTS": str(facts)}
    with server(
        peer_command(name, port), port, "/openapi.json", cwd=ROOT, environment=environment
    ) as running:
        yield running


def compare(report: Report, folder: Path, seconds: float, rounds: int) -> None:
    """The ratios of the three operations, and ours waiting for the disk."""
    file = folder / "facts.json"
    with ExitStack() as stack:
        ours = stack.enter_context(sandbox("--data", str(folder / "ours")))
        sent = requests(gather(ours.port, file))
        servers = {"ours": ours} | {name: stack.enter_context(peer(name, file)) for name in ("bare", "stock")}
        for what, send in sent.items():
            each = {name: (running, send) for name, running in servers.items()}
            _ratios(report, what, alternate(report, what, each, seconds, rounds))
        _durable(report, folder, (ours, sent["POST"]), seconds, rounds)


def _ratios(report: Report, what: str, measured: Rounds) -> None:
    ours = measured["ours"]
    versus(report, f"{what} to bare Starlette", TO_BARE[what], ours, measured["bare"])
    versus(report, f"{what} to stock Connexion", TO_STOCK[what], ours, measured["stock"])
    bare = measured["bare"]
    beside = f"calmest round; median {late(ours, 99):.2f}; bare {calmest(bare, 99):.2f}, {late(bare, 99):.2f}"
    report.add(f"{what} p99", P99[what], calmest(ours, 99), beside)


def _durable(
    report: Report, folder: Path, plain: tuple[Running, NextRequest], seconds: float, rounds: int
) -> None:
    with sandbox("--data", str(folder / "durable"), "--durable") as running:
        facts: dict[str, Any] = {"target": open_event(running.port), "events": [{"id": ""}]}
        send: Callable[[], bytes] = requests(facts)["POST"]
        measured = alternate(
            report, "POST", {"not synced": plain, "durable": (running, send)}, seconds, rounds
        )
    versus(report, "POST waiting for fsync", DURABLE, measured["durable"], measured["not synced"])
