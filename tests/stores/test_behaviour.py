"""What every adapter of the Store port does; another adapter joins by one line in ADAPTERS."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable

import pytest

from sandbox.kernel.documents import Document, Store
from sandbox.kernel.layers import SeedLayer
from sandbox.stores.tiny import TinyStore
from tests.stores.reference import PlainStore
from tests.stores.worlds import ids, location, seed_layer

ADAPTERS: dict[str, Callable[[SeedLayer], Store]] = {"tinydb": TinyStore, "plain": PlainStore}


@pytest.fixture(name="layer")
def _layer() -> SeedLayer:
    return seed_layer()


@pytest.fixture(name="store", params=ADAPTERS)
def _store(request: pytest.FixtureRequest, layer: SeedLayer) -> Store:
    return ADAPTERS[request.param](layer)


class TestGet:
    def test_reads_the_seed_itself(self, store: Store, layer: SeedLayer) -> None:
        assert store.get("location", "l1") is layer.get("location", "l1")

    def test_gives_none_for_an_unknown_key_or_kind(self, store: Store) -> None:
        assert store.get("location", "nowhere") is None
        assert store.get("dragon", "l1") is None


class TestPut:
    def test_returns_what_was_there(self, store: Store, layer: SeedLayer) -> None:
        first, second = location("new"), location("new", name="Other")
        assert store.put("location", first) is None
        assert store.put("location", second) is first
        assert store.put("location", location("l1")) is layer.get("location", "l1")

    def test_is_read_back_as_the_same_object(self, store: Store) -> None:
        new = location("new")
        store.put("location", new)
        assert store.get("location", "new") is new

    def test_never_reaches_the_seed(self, store: Store, layer: SeedLayer) -> None:
        before = layer.content_hash()
        store.put("location", location("l1", city="Berlin"))
        store.remove("location", "l2")
        assert (
            seed_layer().content_hash()
            == before
            == SeedLayer({"location": layer.rows("location")}, layer.kinds).content_hash()
        )

    def test_takes_a_kind_nobody_declared(self, store: Store) -> None:
        store.put("dragon", Document(id="d", colour="red"))
        assert ids(store.find("dragon", {"colour": "red"}, "-colour")) == ["d"]
        assert store.kinds() == {"location", "dragon"}

    def test_moves_a_document_between_index_values(self, store: Store) -> None:
        assert store.count("location", {"city": "Warsaw"}) == 3
        store.put("location", location("l0", city="Cracow"))
        assert ids(store.find("location", {"city": "Warsaw"})) == ["l3", "l6"]
        assert store.count("location", {"city": "Cracow"}) == 4
        store.put("location", location("l0", city="Warsaw"))
        assert store.count("location", {"city": "Warsaw"}) == 3


class TestRemove:
    def test_hides_a_seed_document(self, store: Store, layer: SeedLayer) -> None:
        assert store.remove("location", "l1") is layer.get("location", "l1")
        assert store.get("location", "l1") is None
        assert store.count("location") == 8
        assert "l1" not in ids(store.find("location"))

    def test_returns_none_when_there_is_nothing(self, store: Store) -> None:
        assert store.remove("location", "nowhere") is None
        assert store.remove("dragon", "d") is None
        store.remove("location", "l1")
        assert store.remove("location", "l1") is None

    def test_can_be_followed_by_a_new_insert(self, store: Store) -> None:
        store.remove("location", "l1")
        assert store.put("location", location("l1", city="Berlin")) is None
        assert store.count("location") == 9
        assert ids(store.find("location", {"city": "Berlin"})) == ["l1"]

    def test_empties_a_kind(self, store: Store) -> None:
        for key in ids(store.find("location")):
            store.remove("location", key)
        assert store.kinds() == set()
        assert store.find("location", None, "-createdAt") == []


class TestFind:
    def test_orders_equal_values_by_id_in_the_same_direction(self, store: Store) -> None:
        up = ids(store.find("location", None, "createdAt"))
        assert up == [f"l{n}" for n in range(9)]
        assert ids(store.find("location", None, "-createdAt")) == up[::-1]

    def test_merges_changes_into_the_seed_order(self, store: Store) -> None:
        store.put("location", location("l1", createdAt=9))
        store.put("location", location("x", createdAt=1))
        store.remove("location", "l4")
        expected = ["l0", "l2", "l3", "x", "l5", "l6", "l7", "l8", "l1"]
        assert ids(store.find("location", None, "createdAt")) == expected
        assert ids(store.find("location", None, "-createdAt")) == expected[::-1]
        assert ids(store.find("location", None, "createdAt", 2, 3)) == expected[2:5]

    def test_puts_documents_without_the_member_first(self, store: Store) -> None:
        store.put("location", location("x", createdAt=None))
        assert ids(store.find("location", None, "createdAt", 0, 2)) == ["x", "l0"]
        assert ids(store.find("location", None, "-createdAt"))[-1] == "x"

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            ({"city": "Lodz"}, ["l2", "l5", "l8"]),
            ({"city": ["Lodz", "Cracow"], "createdAt": 1}, ["l2"]),
            ({"city": []}, []),
            ({"tags": "b"}, ["l2", "l5", "l8"]),
            ({"tags": ["a", "b"]}, ["l1", "l2", "l4", "l5", "l7", "l8"]),
            ({"address.zip": "1", "city": "Warsaw"}, ["l3"]),
            ({"id": ["l7", "l1", "nowhere"]}, ["l1", "l7"]),
            ({"id": "l3", "city": "Lodz"}, []),
            ({"name": "Clinic l4"}, ["l4"]),
            ({"nothing": None, "city": "Lodz"}, ["l2", "l5", "l8"]),
            ({"city": None}, []),
        ],
    )
    def test_meets_equalities(self, store: Store, where: dict[str, object], expected: list[str]) -> None:
        assert ids(store.find("location", where)) == expected
        assert ids(store.iterate("location", where, "-id")) == expected[::-1]
        assert store.count("location", where) == len(expected)

    def test_pages_do_not_overlap(self, store: Store) -> None:
        store.put("location", location("x", city="Lodz"))
        pages = [store.find("location", {"city": "Lodz"}, "-createdAt", at, 2) for at in (0, 2, 4)]
        assert [ids(page) for page in pages] == [["l8", "l5"], ["x", "l2"], []]

    def test_finds_a_page_of_very_many_matches_in_order(self) -> None:
        for adapter in ADAPTERS.values():
            store = adapter(seed_layer(900))
            store.remove("location", "l897")
            found = store.find("location", {"city": ["Warsaw", "Cracow"]}, "-createdAt", 1, 3)
            assert ids(found) == ["l895", "l894", "l892"]


def cities(locations: Iterable[Document]) -> set[str]:
    return {each["city"] for each in locations}


class TestDerived:
    def test_follows_every_change_of_the_kind(self, store: Store) -> None:
        before = store.derived("location", cities)
        store.put("location", location("x", city="Lodz"))
        assert store.derived("location", cities) == before | {"Lodz"}
        store.remove("location", "x")
        assert store.derived("location", cities) == before

    def test_is_not_made_again_for_nothing(self) -> None:
        made = []
        for adapter in ADAPTERS.values():
            store = adapter(seed_layer(9))
            store.put("location", location("x"))

            def count(locations: Iterable[Document]) -> int:
                made.append(len(list(locations)))
                return made[-1]

            assert store.derived("location", count) == store.derived("location", count) == 10
        assert made.count(10) < 2 * len(ADAPTERS)

    def test_of_a_fork_is_its_own(self, store: Store) -> None:
        before = store.derived("location", cities)
        twin = store.fork()
        twin.put("location", location("x", city="Lodz"))
        assert store.derived("location", cities) == before
        assert twin.derived("location", cities) == before | {"Lodz"}


class TestFork:
    def test_shares_documents_and_nothing_else(self, store: Store) -> None:
        store.put("location", location("x"))
        store.draws, store.events = 7, 3
        twin = store.fork()
        assert twin.get("location", "x") is store.get("location", "x")
        assert (twin.draws, twin.events) == (7, 3)
        twin.put("location", location("y", city="Berlin"))
        twin.remove("location", "l1")
        twin.draws += 1
        assert store.get("location", "y") is None
        assert store.get("location", "l1") is not None
        assert store.draws == 7
        store.remove("location", "x")
        assert ids(twin.find("location", {"city": "Warsaw"})) == ["l0", "l3", "l6", "x"]

    def test_keeps_indexes_that_were_in_use_apart(self, store: Store) -> None:
        store.put("location", location("x", city="Berlin"))
        assert store.count("location", {"city": "Berlin"}) == 1
        twin = store.fork()
        store.remove("location", "x")
        assert (store.count("location", {"city": "Berlin"}), twin.count("location", {"city": "Berlin"})) == (
            0,
            1,
        )

    def test_holds_what_the_world_has_grown_by_only_once(self) -> None:
        store = TinyStore(seed_layer())
        for number in range(10_000):
            store.put("location", location(f"x{number}"))
        store.put("booking", Document(id="b", status="pending"))
        tracemalloc.start()
        twins = [store.fork() for _ in range(100)]
        for twin in twins:
            twin.put("booking", Document(id="b", status="confirmed"))
        taken = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert taken / len(twins) < 10_000
        store.remove("location", "x7")
        assert {twin.count("location") for twin in twins} == {10_009}


class TestChanges:
    def test_are_none_at_first(self, store: Store) -> None:
        store.find("location", {"city": "Lodz"}, "createdAt")
        assert list(store.changes()) == []

    def test_say_what_differs_from_the_seed(self, store: Store) -> None:
        new, changed = location("new"), location("l1", name="Changed")
        store.put("location", new)
        store.put("location", changed)
        store.remove("location", "l2")
        expected = [("location", "l1", changed), ("location", "l2", None), ("location", "new", new)]
        assert sorted(store.changes(), key=lambda change: change[1]) == expected

    def test_vanish_when_the_seed_is_put_back(self, store: Store, layer: SeedLayer) -> None:
        original = layer.rows("location")["l1"]
        store.put("location", location("l1", name="Changed"))
        store.put("location", original)
        store.remove("location", "l2")
        store.put("location", Document(layer.rows("location")["l2"]))
        store.put("location", location("x"))
        store.remove("location", "x")
        assert list(store.changes()) == []
        assert ids(store.find("location", None, "createdAt")) == [f"l{n}" for n in range(9)]
