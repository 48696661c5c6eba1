"""Every seed gives another world with the same properties; the default one is frozen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

import sandbox.platform
from sandbox.rooms import Rooms
from sandbox.seeds import SeedWorld, build_world
from sandbox.seeds.snapshot import FROZEN, hashes, world_hash
from tests.invariants import faults, malformed

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
OTHERS = (1, 7, 4_294_967_295)
DRAWN = ("registration", "booking", "payment", "event")
"""What a seed draws the states of; how many there are of each is not left to chance."""


@pytest.fixture(scope="module", name="resources")
def _resources() -> list[object]:
    return list(Rooms(sandbox.platform).resources().values())


@pytest.fixture(scope="module", name="frozen")
def _frozen() -> SeedWorld:
    return build_world("standard", anchor=MONDAY)


@pytest.fixture(scope="module", name="world", params=OTHERS, ids="seed {}".format)
def _world(request: pytest.FixtureRequest) -> SeedWorld:
    return build_world("standard", seed=request.param, anchor=MONDAY)


def test_the_default_worlds_are_frozen() -> None:
    assert json.loads(FROZEN.read_bytes()) == hashes(), "everybody counts on them; if it is meant, make seeds"


def test_another_seed_gives_another_world(world: SeedWorld, frozen: SeedWorld) -> None:
    assert world_hash(world) != world_hash(frozen)
    assert {row["name"] for row in world.all("speaker")} != {row["name"] for row in frozen.all("speaker")}


def test_what_has_a_name_stays(world: SeedWorld, frozen: SeedWorld) -> None:
    assert _named(world) == _named(frozen)
    for fixture in world.fixtures.values():
        assert fixture["type"] == "slot" or fixture["resourceId"] in world.documents[fixture["type"]]


def test_there_is_as_much_of_everything(world: SeedWorld, frozen: SeedWorld) -> None:
    for kind in DRAWN:
        assert _states(world, kind) == _states(frozen, kind)
    assert {kind: len(rows) for kind, rows in world.documents.items() if len(rows) > 20}.keys() == {
        kind for kind, rows in frozen.documents.items() if len(rows) > 20
    }


def test_nothing_is_broken(world: SeedWorld, resources: list[object]) -> None:
    assert faults(world.documents) == []
    assert list(malformed(world.documents, resources)) == []


@pytest.mark.parametrize("profile", ["minimal", "standard"])
def test_nothing_is_broken_in_the_default_world(profile: str, resources: list[object]) -> None:
    world = build_world(profile, anchor=MONDAY)
    assert faults(world.documents) == []
    assert list(malformed(world.documents, resources)) == []


def test_nothing_is_broken_in_a_large_world() -> None:
    assert faults(build_world("load", anchor=MONDAY, scale=2).documents) == []


def _named(world: SeedWorld) -> dict[str, tuple[str, str]]:
    return {name: (fixture["type"], fixture["resourceId"]) for name, fixture in world.fixtures.items()}


def _states(world: SeedWorld, kind: str) -> Mapping[str, int]:
    return Counter(row["status"] for row in world.all(kind))
