"""The present state told as records: whatever happened before, replaying them gives the same worlds."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.replay import replay
from sandbox.kernel.retelling import retell
from sandbox.kernel.workspaces import Workspaces, World
from tests.kernel.worlds import WORLD, registry, rename

IDS = st.sampled_from(["ws_a", "ws_b", "ws_c", "ws_d"])
KEYS = st.sampled_from(["r1", "r2", "r9"])
STEPS = st.one_of(
    st.tuples(st.just("put"), IDS, KEYS),
    st.tuples(st.just("remove"), IDS, KEYS),
    st.tuples(st.just("fork"), IDS, IDS),
    st.tuples(st.just("delete"), IDS, IDS),
    st.tuples(st.just("reset"), IDS, st.sampled_from([1, 2])),
    st.tuples(st.just("snapshot"), IDS, KEYS),
    st.tuples(st.just("restore"), IDS, KEYS),
)


def take(worlds: Workspaces, number: int, step: tuple[str, str, Any]) -> None:
    """Do it, where it can be done."""
    what, key, other = step
    if worlds.get(key) is not None:
        DO[what](worlds, number, key, other)


def put(worlds: Workspaces, number: int, key: str, room: str) -> None:
    with worlds.need(key).transaction() as tx:
        tx.put("room", {"id": room, "name": f"number {number}", "city": tx.new_token("city", 4)})


def remove(worlds: Workspaces, _: int, key: str, room: str) -> None:
    with worlds.need(key).transaction() as tx:
        tx.delete("room", room)


def fork(worlds: Workspaces, _: int, key: str, other: str) -> None:
    if worlds.get(other) is None:
        worlds.fork(key, other)


def delete(worlds: Workspaces, _: int, key: str, __: str) -> None:
    worlds.delete(key)


def reset(worlds: Workspaces, _: int, key: str, seed: int) -> None:
    worlds.reset(key, World("standard", seed, WORLD.anchor))


def snapshot(worlds: Workspaces, number: int, key: str, name: str) -> None:
    worlds.snapshot(key, f"snp_{name}", f"number {number}")


def restore(worlds: Workspaces, _: int, key: str, name: str) -> None:
    if f"snp_{name}" in {kept.id for kept in worlds.snapshots(key)}:
        worlds.restore(key, f"snp_{name}")


DO = {each.__name__: each for each in (put, remove, fork, delete, reset, snapshot, restore)}


def told(worlds: Workspaces) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = orjson.loads(orjson.dumps(list(retell(worlds))))
    return records


def state(worlds: Workspaces) -> list[Any]:
    """Everything that is to come back."""
    return [
        (
            world.id,
            world.state_hash(),
            (world.store.draws, world.store.events, worlds.world(world.id)),
            [(kept.id, kept.name, kept.state_hash, kept.store.draws) for kept in worlds.snapshots(world.id)],
        )
        for world in worlds
    ]


@given(st.lists(STEPS, max_size=25))
def test_gives_the_same_worlds(steps: list[tuple[str, str, Any]]) -> None:
    worlds = registry()
    worlds.create("ws_a", WORLD)
    for number, step in enumerate(steps):
        take(worlds, number, step)
    again = registry()
    replay(again, told(worlds))

    assert state(worlds) == state(again)
    assert told(worlds) == told(again)


def test_a_fork_and_a_snapshot_are_told_by_what_sets_them_apart() -> None:
    worlds = registry()
    base = worlds.create("ws_a", WORLD)
    for number in range(50):
        rename(base, f"number {number}", "r1")
        with base.transaction() as tx:
            tx.put("room", {"id": f"x{number}", "name": "New"})
    worlds.snapshot("ws_a", "snp_1", "first")
    rename(worlds.fork("ws_a", "ws_b"), "another")
    sizes = {(record["op"], record["ws"]): len(record.get("c", ())) for record in told(worlds)}

    assert sizes["commit", "ws_a"] > 50
    assert sizes["kept", "ws_a"] == 0
    assert sizes["commit", "ws_b"] == 2, "its name and the room"


def test_a_snapshot_of_a_fork_that_was_reset_is_told_beside_its_source() -> None:
    worlds = registry()
    worlds.create("ws_a", WORLD)
    for number in range(200):
        put(worlds, number, "ws_a", f"x{number}")
    with worlds.fork("ws_a", "ws_b").transaction() as tx:
        for room in tx.find("room"):
            tx.put("room", dict(room))
    worlds.snapshot("ws_b", "snap_1", "before")
    worlds.reset("ws_b", WORLD)
    [kept] = [record for record in retell(worlds) if record["op"] == "kept"]
    assert len(kept["c"]) < 10


def test_what_happens_while_it_is_told_is_not_told() -> None:
    worlds = registry()
    worlds.create("ws_a", WORLD)
    put(worlds, 1, "ws_a", "r1")
    before, telling = told(worlds), retell(worlds)
    put(worlds, 2, "ws_a", "r1")
    fork(worlds, 3, "ws_a", "ws_b")
    snapshot(worlds, 4, "ws_a", "r1")
    delete(worlds, 5, "ws_a", "")
    assert orjson.loads(orjson.dumps(list(telling))) == before
