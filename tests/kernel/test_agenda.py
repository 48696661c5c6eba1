"""Due work: in order, each at its own time, on the workspace's clock alone."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from sandbox.kernel.agenda import Agenda
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import ClockCannotGoBack
from sandbox.kernel.jumps import notice_jumps
from sandbox.kernel.ports import Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.kernel.workspaces import World
from tests.kernel.worlds import Wall, registry, workspace

Log = list[tuple[str, str]]


class Bench:
    """An agenda whose jobs write down when they ran."""

    def __init__(self) -> None:
        self.log: Log = []
        self.agenda = Agenda(
            {"note": self.note, "repeat": self.repeat, "fail": self.fail},
            {"effect": self.effect},
            Ports(http=None, public_url=""),  # type: ignore[arg-type]
        )

    def note(self, tx: Transaction, entry: Document) -> None:
        self.log.append((entry["subject"], tx.stamp()))

    def repeat(self, tx: Transaction, entry: Document) -> None:
        self.note(tx, entry)
        tx.schedule(tx.now() + timedelta(minutes=10), "repeat", entry["subject"])

    def fail(self, tx: Transaction, entry: Document) -> None:
        tx.put("room", {"id": "half", "name": "done", "city": ""})
        raise RuntimeError("on purpose")

    async def effect(self, world: Workspace, entry: Document, ports: Ports) -> None:
        await asyncio.sleep(0)
        self.log.append((entry["subject"], instant(world.now())))
        if entry["payload"].get("again"):
            with world.transaction() as tx:
                tx.schedule(tx.now() + timedelta(hours=1), "effect", entry["subject"])

    def advance(self, world: Workspace, **by: float) -> list[Document]:
        return asyncio.run(self.agenda.advance(world, timedelta(**by)))


def plan(world: Workspace, job: str, subject: str, minutes: float, **payload: Any) -> None:
    with world.transaction() as tx:
        tx.schedule(tx.now() + timedelta(minutes=minutes), job, subject, **payload)


class TestAdvance:
    def test_runs_what_falls_due_in_order_each_at_its_own_time(self) -> None:
        bench, world = Bench(), workspace()
        plan(world, "note", "third", 30)
        plan(world, "note", "first", 10)
        plan(world, "effect", "second", 20)
        plan(world, "note", "never", 61)
        fired = bench.advance(world, hours=1)

        expected = [
            ("first", "2026-11-20T12:10:00.000Z"),
            ("second", "2026-11-20T12:20:00.000Z"),
            ("third", "2026-11-20T12:30:00.000Z"),
        ]
        assert expected == bench.log
        assert ["first", "second", "third"] == [entry["subject"] for entry in fired]
        assert "2026-11-20T13:00:00.000Z" == instant(world.now())

    def test_runs_what_the_work_itself_schedules(self) -> None:
        bench, world = Bench(), workspace()
        plan(world, "repeat", "tick", 10)
        plan(world, "effect", "hourly", 5, again=True)
        bench.advance(world, minutes=70)
        assert 7 == [subject for subject, _ in bench.log].count("tick")
        assert ["12:05", "13:05"] == [at[11:16] for subject, at in bench.log if subject == "hourly"]

    def test_scheduling_again_replaces(self) -> None:
        bench, world = Bench(), workspace()
        plan(world, "note", "once", 10)
        plan(world, "note", "once", 40)
        bench.advance(world, hours=1)
        assert [("once", "2026-11-20T12:40:00.000Z")] == bench.log

    def test_cancelled_work_does_not_run(self) -> None:
        bench, world = Bench(), workspace()
        plan(world, "note", "off", 10)
        with world.transaction() as tx:
            tx.cancel("note", "off")
        assert [] == bench.advance(world, hours=1)

    def test_a_failing_job_changes_nothing_and_stops_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        bench, world = Bench(), workspace()
        plan(world, "fail", "bad", 10)
        plan(world, "note", "good", 20)
        bench.advance(world, hours=1)
        assert ["good"] == [subject for subject, _ in bench.log]
        assert "job fail failed for bad" in caplog.text
        with world.transaction() as tx:
            assert (None, 1) == (tx.get("room", "half"), tx.count("agenda"))

    def test_a_failing_job_is_tried_again_and_then_laid_aside(self) -> None:
        bench, world = Bench(), workspace()
        plan(world, "fail", "bad", 10)
        fired = bench.advance(world, hours=4)
        assert ["12:10:00", "12:11:00", "12:16:00", "12:46:00", "14:46:00"] == [
            entry["due"][11:19] for entry in fired
        ]
        with world.transaction() as tx:
            [failed] = tx.find("failed_work")
            assert (0, 5, "RuntimeError: on purpose") == (
                tx.count("agenda"),
                failed["failures"],
                failed["error"],
            )

    def test_does_not_go_back_unless_told(self) -> None:
        bench, world = Bench(), workspace()
        with pytest.raises(ClockCannotGoBack):
            bench.advance(world, hours=-1)
        asyncio.run(bench.agenda.advance(world, world.now() - timedelta(hours=1), backwards=True))
        assert "2026-11-20T11:00:00.000Z" == instant(world.now())

    def test_a_shorter_way_than_time_itself_goes_meanwhile_is_no_way_back(self) -> None:
        class Hasty(Wall):
            def __call__(self) -> float:
                self.now += 0.01
                return self.now

        bench, world = Bench(), workspace(Hasty())
        before = world.now()
        bench.advance(world, milliseconds=1)
        assert world.now() > before

    def test_moves_one_world_only(self) -> None:
        bench, worlds = Bench(), registry()
        base = worlds.create("ws_a", World(anchor="2026-11-16T00:00:00.000Z"))
        other = worlds.fork("ws_a", "ws_b")
        bench.advance(base, hours=1)
        assert "2026-11-20T12:00:00.000Z" == instant(other.now())

    def test_a_frozen_clock_stays_frozen_and_a_real_one_runs_on(self) -> None:
        bench, wall = Bench(), Wall()
        world = workspace(wall)
        bench.advance(world, hours=1)
        wall.now += 60
        assert "2026-11-20T13:01:00.000Z" == instant(world.now())
        with world.transaction() as tx:
            tx.set_clock("frozen", parse_instant("2027-01-01T00:00:00Z"))
        bench.advance(world, hours=1)
        wall.now += 60
        assert "2027-01-01T01:00:00.000Z" == instant(world.now())


class TestRealTime:
    def test_effects_beyond_what_is_run_at_once_have_their_turn_later(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sandbox.kernel.agenda.MOST_UNDER_WAY", 3)
        bench, worlds = Bench(), registry()
        worlds.observer = bench.agenda
        crowd = [worlds.create(f"ws_{n}", World(anchor="2026-11-16T00:00:00.000Z")) for n in range(3)]

        async def live() -> None:
            bench.agenda.start()
            for world in crowd:
                for number in range(4):
                    plan(world, "effect", f"{world.id}/{number}", 0)
            while len(bench.log) < 12:
                assert len(bench.agenda._running) <= 3
                await asyncio.sleep(0)
            await bench.agenda.stop()

        asyncio.run(asyncio.wait_for(live(), 10))
        assert 12 == len(set(bench.log))

    def test_what_is_due_now_runs_by_itself(self) -> None:
        bench, worlds = Bench(), registry()
        worlds.observer = bench.agenda
        world = worlds.create("ws_a", World(anchor="2026-11-16T00:00:00.000Z"))

        async def live() -> None:
            bench.agenda.start()
            plan(world, "note", "now", 0)
            plan(world, "effect", "too", 0)
            plan(world, "note", "later", 5)
            while len(bench.log) < 2:
                await asyncio.sleep(0)
            await bench.agenda.settle(world)
            await bench.agenda.stop()

        asyncio.run(asyncio.wait_for(live(), 10))
        assert {"now", "too"} == {subject for subject, _ in bench.log}
        with world.transaction() as tx:
            assert ["later"] == [entry["subject"] for entry in tx.find("agenda")]

    def test_what_fell_due_while_the_machine_slept_runs_when_it_wakes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sandbox.kernel.jumps.LOOK_EVERY", 0.001)
        wall = Wall()
        bench, worlds = Bench(), registry(wall)
        worlds.observer = bench.agenda
        world = worlds.create("ws_a", World(anchor="2026-11-16T00:00:00.000Z"))

        async def live() -> None:
            bench.agenda.start()
            plan(world, "note", "meanwhile", 60)
            noticing = asyncio.create_task(notice_jumps(wall, lambda: bench.agenda.wake(world)))
            await asyncio.sleep(0.01)
            assert bench.log == []
            wall.now += 8 * 3600
            while not bench.log:
                await asyncio.sleep(0.001)
            noticing.cancel()
            await bench.agenda.stop()

        asyncio.run(asyncio.wait_for(live(), 10))
