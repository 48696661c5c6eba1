"""Processes to kill: each line on stdin names a data directory, for which a process is forked that writes.

It prints its pid, then each number that was acknowledged, until it is killed; then `end` is printed."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from sandbox.kernel.replay import replay
from sandbox.kernel.retelling import retell
from sandbox.kernel.workspaces import DEFAULT, Workspaces, World
from sandbox.stores import journal
from sandbox.stores.journal import WorldJournal
from sandbox.stores.tiny import TinyStore
from tests.stores.worlds import KINDS, location, seed_layer

CALLERS = 8
SEED = seed_layer()


def registry() -> Workspaces:
    """An empty registry over the small seed world."""
    return Workspaces(KINDS, lambda world: SEED, TinyStore)


def reopened(directory: Path) -> Workspaces:
    """What a data directory holds."""
    kept = WorldJournal.open(directory)
    try:
        workspaces = registry()
        replay(workspaces, kept.records())
    finally:
        kept.shut()
    return workspaces


async def call(workspaces: Workspaces, kept: WorldJournal, first: int) -> None:
    workspace = workspaces.need(DEFAULT)
    for number in range(first, 10**6, CALLERS):
        with workspace.transaction() as tx:
            tx.put("location", location(f"a{number}", name="x" * (number % 700)))
            tx.put("booking", {"id": f"b{number}", "status": "pending"})
        await kept.flushed()
        os.write(1, b"%d\n" % number)


async def run(directory: Path, durable: bool) -> None:
    journal.COMPACT_FROM = 30_000
    workspaces, kept = registry(), WorldJournal.open(directory, durable)
    kept.compactor = lambda: retell(workspaces)
    workspaces.sink = kept
    workspaces.create(DEFAULT, World(anchor="2026-01-05T00:00:00.000Z"))
    await asyncio.gather(*(call(workspaces, kept, first) for first in range(CALLERS)))


def main() -> None:
    for line in sys.stdin:
        directory, durable = line.split()
        pid = os.fork()
        if pid == 0:
            os.write(1, b"%d\n" % os.getpid())
            asyncio.run(run(Path(directory), durable == "durable"))
        os.waitpid(pid, 0)
        os.write(1, b"end\n")


if __name__ == "__main__":
    main()
