"""500 kill points: what was acknowledged is there after a restart, and no transaction by half."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.kernel.layers import content_hash
from sandbox.kernel.retelling import retell
from sandbox.kernel.workspaces import DEFAULT, Workspaces, World
from sandbox.stores.directory import JOURNAL
from sandbox.stores.journal import WorldJournal
from tests.stores.worlds import location
from tests.stores.writer import registry, reopened

CUTS, KILLS = 440, 60
ANCHORED = World(anchor="2026-01-05T00:00:00.000Z")

State = dict[str, Any]


def state(workspaces: Workspaces) -> State:
    """Everything a registry holds, comparable."""
    return {
        each.id: (
            each.store.draws,
            content_hash(each.store.changes()),
            [(kept.id, content_hash(kept.store.changes())) for kept in workspaces.snapshots(each.id)],
        )
        for each in workspaces
    }


class Life:
    """Random operations on a registry; after each record the file's size and the state are noted."""

    def __init__(self, directory: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.journal = WorldJournal.open(directory)
        self.file = directory / JOURNAL
        self.workspaces = registry()
        self.workspaces.sink = self
        self.moments: list[tuple[int, State]] = [(self.file.stat().st_size, {})]
        self.number = 0

    def append(self, record: dict[str, Any]) -> None:
        self.journal.append(record)
        self.moments.append((self.file.stat().st_size, state(self.workspaces)))

    def live(self, steps: int) -> None:
        self.workspaces.create(DEFAULT, ANCHORED)
        for _ in range(steps):
            self.number += 1
            chosen = self.chance.choice([each.id for each in self.workspaces])
            step = self.chance.choices(
                [self.write, self.fork, self.keep, self.restore, self.reset, self.delete], [12, 2, 2, 2, 1, 1]
            )
            step[0](chosen)

    def write(self, chosen: str) -> None:
        with self.workspaces.need(chosen).transaction() as tx:
            for _ in range(self.chance.randrange(1, 4)):
                key = f"l{self.chance.randrange(15)}"
                if self.chance.random() < 0.3:
                    tx.delete("location", key)
                else:
                    tx.put("location", location(key, name=tx.new_id("location") * self.chance.randrange(20)))

    def fork(self, chosen: str) -> None:
        self.workspaces.fork(chosen, f"ws_{self.number}")

    def keep(self, chosen: str) -> None:
        self.workspaces.snapshot(chosen, f"snap_{self.number}", "kept")

    def restore(self, chosen: str) -> None:
        for kept in self.workspaces.snapshots(chosen)[-1:]:
            self.workspaces.restore(chosen, kept.id)

    def reset(self, chosen: str) -> None:
        self.workspaces.reset(chosen, ANCHORED)

    def delete(self, chosen: str) -> None:
        if chosen != DEFAULT:
            self.workspaces.delete(chosen)


@pytest.mark.parametrize("seed", range(4))
def test_a_file_cut_anywhere_gives_the_state_after_its_last_whole_record(tmp_path: Path, seed: int) -> None:
    life = Life(tmp_path, seed)
    life.live(120)
    life.journal.shut()
    content = life.file.read_bytes()
    for _ in range(CUTS // 4):
        cut = life.chance.randrange(life.moments[0][0], len(content) + 1)
        life.file.write_bytes(content[:cut])
        expected = [held for size, held in life.moments if size <= cut][-1]
        assert state(reopened(tmp_path)) == expected, f"cut at byte {cut}"


def test_compaction_keeps_the_state(tmp_path: Path) -> None:
    life = Life(tmp_path, 7)
    life.live(120)
    before = state(life.workspaces)
    life.journal.shut()
    compacted = WorldJournal.open(tmp_path / "compacted")
    for record in retell(life.workspaces):
        compacted.append(record)
    compacted.shut()
    assert state(reopened(tmp_path)) == state(reopened(tmp_path / "compacted")) == before


@pytest.fixture(name="writer")
def _writer() -> Iterator[subprocess.Popen[str]]:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.stores.writer"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=root
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def kill_after(writer: subprocess.Popen[str], directory: Path, mode: str, answers: int) -> list[int]:
    """Let a process write until it acknowledged so many, kill it; returns all it acknowledged."""
    assert writer.stdin is not None
    assert writer.stdout is not None
    writer.stdin.write(f"{directory} {mode}\n")
    pid = int(writer.stdout.readline())
    acknowledged = [int(writer.stdout.readline()) for _ in range(answers)]
    os.kill(pid, signal.SIGKILL)
    return acknowledged + [int(line) for line in iter(writer.stdout.readline, "end\n")]


@pytest.mark.slow
def test_a_killed_process_has_kept_all_it_acknowledged(tmp_path: Path, writer: subprocess.Popen[str]) -> None:
    chance = random.Random(1)
    for kill in range(KILLS):
        directory = tmp_path / str(kill)
        mode = "durable" if kill % 3 == 0 else "quick"
        acknowledged = kill_after(writer, directory, mode, chance.randrange(1, 300))
        store = reopened(directory).need(DEFAULT).store
        for number in acknowledged:
            assert store.get("location", f"a{number}") == location(f"a{number}", name="x" * (number % 700))
        locations = {key[1:] for kind, key, _ in store.changes() if kind == "location"}
        assert locations == {key[1:] for kind, key, _ in store.changes() if kind == "booking"}
