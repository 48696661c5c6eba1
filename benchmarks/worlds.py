"""What a workspace costs: fork, snapshot, reset, single store calls and memory, on small and large seeds."""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.targets import Report, Target
from sandbox.kernel.documents import Document, Kind, Kinds
from sandbox.kernel.layers import SeedLayer
from sandbox.kernel.workspaces import Workspaces, World
from sandbox.stores.tiny import TinyStore

KINDS = Kinds([Kind("thing", indexes=("status", "group"), sorts=("createdAt",))])
SMALL, LARGE = 1_000, 100_000
CHANGES = 20
BATCHES = 5
FLAT = Target(1.5, 1.1, below=True)


def document(number: int) -> Document:
    return Document(
        {
            "id": f"{number:08d}",
            "name": f"Thing {number}",
            "status": ("active", "inactive")[number % 2],
            "group": f"g{number // 20}",
            "createdAt": f"2026-01-01T00:00:{number % 60:02d}.000Z",
            "address": {"city": "Warszawa", "country": "PL", "street": f"Jasna {number}"},
            "tags": ["one", "two"],
            "capacity": number,
        }
    )


def registry(size: int) -> Workspaces:
    """A default workspace over a seed of so many documents, its indexes built."""
    layer = SeedLayer({"thing": {each["id"]: each for each in map(document, range(size))}}, KINDS)
    layer.ids_where("thing", "group", "g1")
    layer.ids_where("thing", "status", "active")
    layer.ordered("thing", "createdAt")
    layer.ordered("thing", "id")
    workspaces = Workspaces(KINDS, lambda world: layer, TinyStore)
    workspaces.create("base", World(anchor="2026-01-05T00:00:00.000Z"))
    change(workspaces, "base")
    return workspaces


def change(workspaces: Workspaces, name: str) -> None:
    """Ten seeded documents changed, ten new ones."""
    with workspaces.need(name).transaction() as tx:
        for number in range(CHANGES // 2):
            tx.put("thing", {**tx.need("thing", f"{number:08d}"), "name": "changed"})
            tx.put("thing", {**document(number), "id": f"new-{number}"})


def timed(action: Callable[[int], object], times: int) -> float:
    """Microseconds of one call: the best of some batches, so that a busy machine counts little."""
    best = []
    for batch in range(BATCHES):
        gc.collect()
        started = time.perf_counter()
        for number in range(times):
            action(batch * times + number)
        best.append((time.perf_counter() - started) / times)
    return min(best) * 1e6


def changes_of_worlds(workspaces: Workspaces) -> dict[str, float]:
    """Microseconds of fork, snapshot and reset of a world with 20 changes."""
    prices = {
        "fork": timed(lambda number: workspaces.fork("base", f"fork-{number}"), 50),
        "snapshot": timed(lambda number: workspaces.snapshot("base", f"kept-{number}", "kept"), 50),
    }
    spent = []
    for _ in range(30):
        change(workspaces, "fork-0")
        started = time.perf_counter()
        workspaces.reset("fork-0", workspaces.world("base"))
        spent.append(time.perf_counter() - started)
    prices["reset"] = statistics.median(spent) * 1e6
    return prices


def store_calls(size: int) -> dict[str, float]:
    """Microseconds of single calls of the store."""
    layer = SeedLayer({"thing": {each["id"]: each for each in map(document, range(size))}}, KINDS)
    store = TinyStore(layer)
    keys = [f"{number:08d}" for number in range(SMALL)]  # the same ones: the store is measured, not the cache
    store.find("thing", {"group": "g1"}, "id", 0, 20)
    return {
        "get": timed(lambda number: store.get("thing", keys[number % SMALL]), 2000),
        "indexed find": timed(
            lambda number: store.find("thing", {"group": f"g{number % 40}"}, "id", 0, 20), 300
        ),
        "insert": timed(lambda number: store.put("thing", document(size + number)), 500),
        "update": timed(lambda number: store.put("thing", document(number % 900)), 500),
    }


def compare(report: Report, _folder: Path, _seconds: float, _rounds: int) -> None:
    """Small against large, and the memory of one workspace."""
    prices = {size: changes_of_worlds(registry(size)) for size in (SMALL, LARGE)}
    for what, price in prices[LARGE].items():
        note = f"{prices[SMALL][what]:.1f} µs on {SMALL:,} documents, {price:.1f} µs on {LARGE:,}"
        report.add(f"{what}, {CHANGES} changes", Target(100, 20, "µs", below=True), price, note)
        report.add(f"{what}, large to small", FLAT, price / prices[SMALL][what])
    calls = {size: store_calls(size) for size in (SMALL, LARGE)}
    for what, price in calls[LARGE].items():
        note = f"{calls[SMALL][what]:.2f} µs on {SMALL:,} documents, {price:.2f} µs on {LARGE:,}"
        report.add(f"store {what}, large to small", FLAT, price / calls[SMALL][what], note)
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory"], capture_output=True, text=True, check=False
    )
    memory = Target(40, 20, "KiB", below=True)
    if run.returncode:
        report.add("memory of a workspace", memory, None, run.stderr.strip().splitlines()[-1])
    else:
        report.add("memory of a workspace", memory, json.loads(run.stdout), f"{CHANGES} changed documents")
