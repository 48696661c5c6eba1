"""Effects that are held back: they stay on the agenda, and begin in line as soon as they may."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from sandbox.kernel.agenda import Agenda
from sandbox.kernel.documents import Document
from sandbox.kernel.ports import Ports
from sandbox.kernel.prompting import at_once, run_due
from sandbox.kernel.workspace import Workspace
from sandbox.kernel.workspaces import World
from tests.kernel.worlds import registry


class OneAtATime:
    """A gate with one place for each group; a group can be shut altogether."""

    def __init__(self) -> None:
        self.inside: Counter[str] = Counter()
        self.shut: set[str] = set()
        self.asked = 0

    def group(self, world: Workspace, entry: Document) -> str:
        return str(entry["payload"]["group"])

    def closed(self, world: Workspace, entry: Document) -> bool:
        self.asked += 1
        group = entry["payload"]["group"]
        return group in self.shut or self.inside[group] > 0

    def enter(self, world: Workspace, entry: Document) -> None:
        self.inside[entry["payload"]["group"]] += 1
        assert self.inside[entry["payload"]["group"]] == 1

    def leave(self, world: Workspace, entry: Document) -> None:
        self.inside[entry["payload"]["group"]] -= 1


class House:
    """A world whose effects pass a gate, and a list of those that ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.gate = OneAtATime()
        self.agenda = Agenda({}, {"call": self.call}, Ports(None, ""), {"call": self.gate})  # type: ignore[arg-type]
        self.worlds = registry()
        self.worlds.observer = self.agenda
        self.world = self.worlds.create("ws_a", World(anchor="2026-11-16T00:00:00.000Z"))

    async def call(self, world: Workspace, entry: Document, ports: Ports) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        self.ran.append(entry["subject"])

    def plan(self, subject: str, group: str = "a", seconds: float = 0) -> None:
        with self.world.transaction() as tx:
            tx.schedule(tx.now() + timedelta(seconds=seconds), "call", subject, group=group)

    def live(self, until: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
        async def run() -> None:
            self.agenda.start()
            self.agenda.wake(self.world)
            meanwhile()
            while not until():
                await asyncio.sleep(0)
            await self.agenda.settle(self.world)
            await self.agenda.stop()

        asyncio.run(asyncio.wait_for(run(), 30))


@pytest.fixture(name="house")
def _house() -> House:
    return House()


class TestLines:
    def test_all_have_their_turn_one_after_the_other(self, house: House) -> None:
        for number in range(30):
            house.plan(f"{number}", "a" if number % 3 else "b")
        house.live(lambda: len(house.ran) == 30)
        assert len(set(house.ran)) == 30
        assert house.agenda.due(house.world, "9") == []

    def test_who_ends_lets_the_next_begin_without_asking_all(self, house: House) -> None:
        for number in range(300):
            house.plan(f"{number}")
        house.live(lambda: len(house.ran) == 300)
        assert house.gate.asked < 300 * 10

    def test_one_group_does_not_hold_up_another(self, house: House) -> None:
        house.gate.shut.add("a")
        for number in range(5):
            house.plan(f"a{number}", "a")
            house.plan(f"b{number}", "b")
        house.live(lambda: len(house.ran) == 5)
        assert sorted(house.ran) == ["b0", "b1", "b2", "b3", "b4"]
        assert len(house.agenda.due(house.world, "9")) == 5

    def test_what_is_taken_back_or_put_off_while_it_waits_does_not_run(self, house: House) -> None:
        for number in range(4):
            house.plan(f"{number}")

        def meanwhile() -> None:
            with house.world.transaction() as tx:
                tx.cancel("call", "1")
            house.plan("2", seconds=3600)

        house.live(lambda: len(house.ran) == 2, meanwhile)
        assert sorted(house.ran) == ["0", "3"]

    def test_what_comes_later_stands_in_line_too(self, house: House) -> None:
        for number in range(10):
            house.plan(f"{number}")

        def more() -> bool:
            if len(house.ran) == 3 and len(house.agenda.due(house.world, "9")) < 8:
                house.plan("late", "b")
                house.plan("later", "a")
            return len(house.ran) >= 12

        house.live(more)
        assert {"late", "later"} <= set(house.ran)

    def test_a_gate_that_opens_is_noticed_when_the_world_is_woken(self, house: House) -> None:
        house.gate.shut.add("a")
        house.plan("1")
        turns = iter(range(10_000))

        def opened() -> bool:
            if next(turns) == 20:
                house.gate.shut.clear()
                house.agenda.wake(house.world)
            return bool(house.ran)

        house.live(opened)
        assert house.ran == ["1"]

    def test_an_advancing_clock_passes_over_what_is_held_back(self, house: House) -> None:
        house.gate.shut.add("a")
        house.plan("held", "a", 5)
        house.plan("free", "b", 10)
        asyncio.run(house.agenda.advance(house.world, timedelta(hours=1)))
        assert house.ran == ["free"]


class TestCrowd:
    def test_a_world_with_long_lines_leaves_room_to_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sandbox.kernel.agenda.MOST_UNDER_WAY", 2)
        house = House()
        others = [house.worlds.create(f"ws_{name}", World()) for name in "bc"]
        for number in range(40):
            house.plan(f"a{number}", f"{number}")
        for other in others:
            for number in range(4):
                with other.transaction() as tx:
                    tx.schedule(tx.now(), "call", f"{other.id}{number}", group=f"{other.id}{number}")

        def meanwhile() -> None:
            for other in others:
                house.agenda.wake(other)

        house.live(lambda: len(house.ran) >= 48, meanwhile)
        assert max(place for place, name in enumerate(house.ran) if name[0] == "w") < 36


class TestPrompting:
    def test_runs_what_is_due_although_its_gate_is_closed(self, house: House) -> None:
        house.gate.shut.add("a")
        for number in (3, 1, 2):
            house.plan(f"{number}")
        house.plan("not yet", seconds=60)
        ran = asyncio.run(run_due(house.agenda, house.world, "call", 2, lambda entry: entry["subject"]))
        assert [entry["subject"] for entry in ran] == house.ran == ["1", "2"]

    def test_what_has_begun_by_itself_is_not_begun_again(self, house: House) -> None:
        house.plan("once")

        async def twice() -> None:
            entry = house.world.store.get("agenda", "call:once")
            assert entry is not None
            house.agenda.begin(house.world, entry)
            await house.agenda.begin(house.world, entry)

        asyncio.run(twice())
        assert house.ran == ["once"]

    def test_begins_at_once_only_what_may_begin(self, house: House) -> None:
        house.gate.shut.add("a")
        house.plan("shut", "a")
        house.plan("open", "b")
        house.plan("not yet", "b", 60)
        keys = ["call:shut", "call:open", "call:not yet", "call:unknown"]
        asyncio.run(at_once(house.agenda, house.world, keys))
        assert house.ran == ["open"]
