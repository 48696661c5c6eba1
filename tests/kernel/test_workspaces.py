"""The registry: fork, snapshot, restore, reset, and all of it again from its records."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import Any
from weakref import ref

import orjson
import pytest

from sandbox.kernel.errors import DuplicateResource, ResourceNotFound
from sandbox.kernel.replay import ReplayRefused, SeedMismatch, replay
from sandbox.kernel.retelling import retell
from sandbox.kernel.workspace import Workspace
from sandbox.kernel.workspaces import KEPT_LAYERS, Workspaces, World
from tests.kernel.worlds import WORLD, Recorder, registry, rename


def name(world: Workspace, key: str = "r1") -> Any:
    with world.transaction() as tx:
        room = tx.get("room", key)
        return room and room["name"]


class TestFork:
    def test_shares_the_past_and_nothing_else(self) -> None:
        worlds = registry()
        base = worlds.create("ws_a", WORLD)
        rename(base, "before")
        fork = worlds.fork("ws_a", "ws_b")
        rename(fork, "fork")
        rename(base, "base")
        assert ("base", "fork") == (name(base), name(fork))
        assert "ws_a" == fork.properties["forkedFrom"]

    def test_draws_what_the_original_would_draw(self) -> None:
        worlds = registry()
        base = worlds.create("ws_a", WORLD)
        fork = worlds.fork("ws_a", "ws_b")
        with base.transaction() as tx, fork.transaction() as forked:
            assert tx.new_id("room") == forked.new_id("room")

    def test_ids_are_taken_once(self) -> None:
        worlds = registry()
        worlds.create("ws_a", WORLD)
        with pytest.raises(DuplicateResource):
            worlds.create("ws_a", WORLD)
        with pytest.raises(ResourceNotFound):
            worlds.fork("ws_x", "ws_b")


class TestEnds:
    """Forks that end by themselves, the oldest first."""

    def worlds(self) -> Workspaces:
        worlds = registry()
        worlds.sink = Recorder()
        worlds.create("ws_a", WORLD)
        for hour in (8, 9, 10):
            worlds.fork("ws_a", f"ws_{hour}", expiresAt=f"2026-11-18T{hour:02}:00:00.000Z")
        return worlds

    def test_when_their_time_is_over(self) -> None:
        worlds = self.worlds()
        assert ["ws_8", "ws_9"] == worlds.overdue("2026-11-18T09:00:00.000Z", most=9)
        assert [] == worlds.overdue("2026-11-18T07:59:59.999Z", most=3)

    def test_when_there_are_too_many(self) -> None:
        worlds = self.worlds()
        assert ["ws_8"] == worlds.overdue("2026-11-18T07:00:00.000Z", most=2)
        worlds.delete("ws_8")
        assert [] == worlds.overdue("2026-11-18T07:00:00.000Z", most=2)
        assert 1 == worlds.lasting

    def test_after_a_restart_as_before(self) -> None:
        worlds, again = self.worlds(), registry()
        replay(again, orjson.loads(orjson.dumps(worlds.sink.records)))  # type: ignore[union-attr]
        assert ["ws_8", "ws_9", "ws_10"] == again.overdue("2026-11-18T10:00:00.000Z", most=9)

    def test_what_a_late_call_left_of_one_is_not_of_the_next_of_its_name(self) -> None:
        worlds, left = registry(), ["a call"]
        worlds.farewells = (lambda _: left.clear(),)
        worlds.create("ws_a", WORLD)
        worlds.delete("ws_a")
        for begin in (lambda: worlds.create("ws_a", WORLD), lambda: worlds.fork("ws_a", "ws_b")):
            left.append("a call that ended late")
            begin()
            assert left == []


class TestSnapshot:
    def test_is_brought_back_with_clock_and_counters(self) -> None:
        worlds = registry()
        world = worlds.create("ws_a", WORLD)
        rename(world, "kept")
        before = world.state_hash()
        kept = worlds.snapshot("ws_a", "snp_1", "first")
        rename(world, "lost")
        with world.transaction() as tx:
            tx.set_clock("frozen", tx.now())
            tx.next_number("invoice")
        worlds.restore("ws_a", "snp_1")
        assert (before, before, "kept") == (kept.state_hash, world.state_hash(), name(world))

    def test_can_be_restored_again_and_again(self) -> None:
        worlds = registry()
        world = worlds.create("ws_a", WORLD)
        worlds.snapshot("ws_a", "snp_1", "first")
        for number in range(3):
            rename(world, f"change {number}")
            worlds.restore("ws_a", "snp_1")
            assert "20250422-r1" == name(world)


class TestReset:
    def test_goes_back_to_the_seed_or_to_another(self) -> None:
        worlds = registry()
        world = worlds.create("ws_a", WORLD)
        fresh = world.state_hash()
        rename(world, "changed")
        worlds.reset("ws_a", WORLD)
        assert (fresh, "20250422-r1") == (world.state_hash(), name(world))
        worlds.reset("ws_a", World("standard", 7, WORLD.anchor))
        assert "7-r1" == name(world)


class TestSeedLayers:
    def test_are_shared_by_what_stands_on_the_same(self) -> None:
        worlds = registry()
        stores = [worlds.create(key, WORLD).store for key in ("ws_a", "ws_b")]
        assert stores[0].layer is stores[1].layer

    def test_go_with_the_last_that_stands_on_them(self) -> None:
        worlds = registry()
        made = []
        for seed in range(KEPT_LAYERS + 3):
            world = worlds.create("ws_a", replace(WORLD, seed=seed))
            worlds.snapshot("ws_a", "snp_1", "kept", "")
            made.append(ref(world.store.layer))
            worlds.delete("ws_a")
        del world
        gc.collect()
        assert [False] * 3 + [True] * KEPT_LAYERS == [layer() is not None for layer in made]


class TestReplay:
    def story(self, worlds: Workspaces) -> None:
        """A bit of everything that is written down."""
        base = worlds.create("ws_a", WORLD, name="Base")
        rename(base, "one")
        worlds.snapshot("ws_a", "snp_1", "first")
        worlds.fork("ws_a", "ws_b", name="Fork")
        rename(worlds.need("ws_b"), "two")
        rename(base, "three")
        worlds.restore("ws_a", "snp_1")
        with base.transaction() as tx:
            tx.delete("room", "r2")
            tx.new_id("room")
            tx.set_clock("frozen", tx.now())
        worlds.create("ws_c", World("standard", 9, WORLD.anchor))
        worlds.reset("ws_c", World("standard", 10, WORLD.anchor))
        worlds.fork("ws_a", "ws_d")
        worlds.delete("ws_d")

    def hashes(self, worlds: Workspaces) -> dict[str, tuple[str, int]]:
        return {world.id: (world.state_hash(), world.store.draws) for world in worlds}

    def test_brings_everything_back(self) -> None:
        worlds, sink = registry(), Recorder()
        worlds.sink = sink
        self.story(worlds)
        again = registry()
        replay(again, orjson.loads(orjson.dumps(sink.records)))

        assert self.hashes(worlds) == self.hashes(again)
        assert {"ws_a", "ws_b", "ws_c"} == {world.id for world in again}
        assert ["first"] == [kept.name for kept in again.snapshots("ws_a")]
        assert "Fork" == again.need("ws_b").properties["name"]

    def test_of_the_compacted_state_does_too(self) -> None:
        worlds = registry()
        worlds.sink = Recorder()
        self.story(worlds)
        again = registry()
        replay(again, orjson.loads(orjson.dumps(list(retell(worlds)))))

        assert self.hashes(worlds) == self.hashes(again)
        again.restore("ws_a", "snp_1")
        assert "one" == name(again.need("ws_a"))

    @pytest.mark.parametrize(
        "record", [{"op": "foretell", "ws": "ws_a"}, {"op": "commit", "ws": "ws_gone"}, {"op": "create"}, {}]
    )
    def test_of_what_means_nothing_here_is_refused(self, record: dict[str, Any]) -> None:
        with pytest.raises(ReplayRefused, match="at record 1 .*start with the version that wrote it"):
            replay(registry(), [record])

    def test_on_another_seed_world_is_refused(self) -> None:
        worlds, sink = registry(), Recorder()
        worlds.sink = sink
        worlds.create("ws_a", WORLD)
        sink.records[0]["world"]["hash"] = "0" * 32
        with pytest.raises(SeedMismatch, match="empty --data"):
            replay(registry(), sink.records)
