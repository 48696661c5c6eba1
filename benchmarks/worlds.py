"""What a workspace costs: fork, snapshot, reset, single store calls and memory, on small and large seeds."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.targets import Report, Target
from sandbox.kernel.documents import Document, Kind, Kinds
from sandbox.kernel.layers import SeedLayer
from sandbox.kernel.workspaces import Workspaces, World
from sandbox.stores.tiny import TinyStore

KINDS = Kinds([Kind("thing", indexes=("status", "group"), sorts=("createdAt",))])
SMALL, LARGE = 1_000, 100_000
CHANGES = 20
BATCHES = 15
FLAT = Target(1.5, 1.1, below=True)

Batch = Callable[[int], float]
"""Runs the batch of that number; seconds of one call."""


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


def calls(action: Callable[[int], object], times: int) -> Batch:
    """So many calls of an action that is told the number of the call."""

    def batch(number: int) -> float:
        started = time.perf_counter()
        for call in range(number * times, (number + 1) * times):
            action(call)
        return (time.perf_counter() - started) / times

    return batch


def resets(workspaces: Workspaces, times: int) -> Batch:
    """So many resets, each of a world with 20 changes."""
    workspaces.fork("base", "changed")

    def batch(_: int) -> float:
        spent = 0.0
        for _ in range(times):
            change(workspaces, "changed")
            started = time.perf_counter()
            workspaces.reset("changed", workspaces.world("base"))
            spent += time.perf_counter() - started
        return spent / times

    return batch


def of_a_world(size: int) -> dict[str, Batch]:
    """Fork, snapshot and reset of a world with 20 changes."""
    workspaces = registry(size)
    return {
        "fork": calls(lambda number: workspaces.fork("base", f"fork-{number}"), 50),
        "snapshot": calls(lambda number: workspaces.snapshot("base", f"kept-{number}", "kept"), 50),
        "reset": resets(workspaces, 10),
    }


def of_a_store(size: int) -> dict[str, Batch]:
    """Single calls of the store."""
    layer = SeedLayer({"thing": {each["id"]: each for each in map(document, range(size))}}, KINDS)
    store = TinyStore(layer)
    keys = [f"{number:08d}" for number in range(SMALL)]  # the same ones: the store is measured, not the cache
    store.find("thing", {"group": "g1"}, "id", 0, 20)
    return {
        "get": calls(lambda number: store.get("thing", keys[number % SMALL]), 2000),
        "indexed find": calls(
            lambda number: store.find("thing", {"group": f"g{number % 40}"}, "id", 0, 20), 300
        ),
        "insert": calls(lambda number: store.put("thing", document(size + number)), 500),
        "update": calls(lambda number: store.put("thing", document(number % 900)), 500),
    }


def small_and_large(of: Callable[[int], dict[str, Batch]]) -> Iterator[tuple[str, float, float, str]]:
    """What, microseconds on the small and on the large seed, and a note that says them: the best of some
    batches, taken in turn, so that a machine that slows down slows both."""
    small, large = of(SMALL), of(LARGE)
    gc.collect()
    gc.freeze()
    for what in small:
        spent: tuple[list[float], list[float]] = [], []
        for number in range(BATCHES):
            for batch, found in zip((small[what], large[what]), spent, strict=True):
                gc.collect()
                found.append(batch(number) * 1e6)
        low, high = map(min, spent)
        yield what, low, high, f"{low:.2f} µs on {SMALL:,} documents, {high:.2f} µs on {LARGE:,}"
    gc.unfreeze()


def compare(report: Report, _folder: Path, _seconds: float, _rounds: int) -> None:
    """Small against large, and the memory of one workspace."""
    for what, small, large, note in small_and_large(of_a_world):
        report.add(f"{what}, {CHANGES} changes", Target(100, 20, "µs", below=True), large, note)
        report.add(f"{what}, large to small", FLAT, large / small)
    for what, small, large, note in small_and_large(of_a_store):
        report.add(f"store {what}, large to small", FLAT, large / small, note)
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory"], capture_output=True, text=True, check=False
    )
    memory = Target(40, 20, "KiB", below=True)
    if run.returncode:
        report.add("memory of a workspace", memory, None, run.stderr.strip().splitlines()[-1])
    else:
        report.add("memory of a workspace", memory, json.loads(run.stdout), f"{CHANGES} changed documents")
