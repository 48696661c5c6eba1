"""Stock TinyDB calls work on a world's tables and never reach the seed layer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tinydb import Query, where
from tinydb.operations import increment
from tinydb.table import Table

from sandbox.kernel.layers import SeedLayer
from sandbox.stores.tiny import TinyStore
from tests.stores.worlds import ids, location, seed_layer

Location = Query()


@pytest.fixture(name="layer")
def _layer() -> Iterator[SeedLayer]:
    layer = seed_layer()
    yield layer
    assert (
        SeedLayer({"location": layer.rows("location")}, layer.kinds).content_hash()
        == seed_layer().content_hash()
    )


@pytest.fixture(name="store")
def _store(layer: SeedLayer) -> TinyStore:
    return TinyStore(layer)


@pytest.fixture(name="table")
def _table(store: TinyStore) -> Table:
    return store.db.table("location")


class TestReading:
    def test_searches_seed_and_changes_alike(self, store: TinyStore, table: Table) -> None:
        store.put("location", location("x", city="Lodz"))
        store.remove("location", "l5")
        assert ids(table.search(Location.city == "Lodz")) == ["l2", "l8", "x"]
        assert ids(table.search((Location.city == "Lodz") & (Location.createdAt < 4))) == ["l2", "x"]
        assert ids(table.search((Location.city == "Lodz") | (Location.id == "l1"))) == ["l1", "l2", "l8", "x"]
        assert ids(table.search(Location.address.zip == "1")) == ["l1", "l3", "l7", "x"]
        assert ids(table.search(Location.tags.any(["b"]))) == ["l2", "l8"]
        assert table.search(Location.tags == "a") == []

    def test_looks_an_indexed_equality_up(self, table: Table) -> None:
        looked_at: list[int] = []
        noted = Location.createdAt.test(lambda at: looked_at.append(at) or True)
        assert ids(table.search((Location.city == "Lodz") & noted)) == ["l2", "l5", "l8"]
        assert looked_at == [1, 2, 4]

    def test_knows_the_other_ways_in(self, table: Table) -> None:
        assert table.get(doc_id="l1") == location("l1", city="Cracow", createdAt=0, tags=["a"])
        assert table.get(Location.city == "Lodz")["id"] == "l2"
        assert ids(table.get(doc_ids=["l3", "nowhere", "l1"])) == ["l3", "l1"]
        assert table.get(doc_id="nowhere") is None
        assert table.contains(Location.city == "Lodz")
        assert not table.contains(doc_id="nowhere")
        assert table.count(Location.city == "Lodz") == 3
        assert (len(table), len(table.all()), len(list(table))) == (9, 9, 9)
        with pytest.raises(RuntimeError):
            table.get()

    def test_gives_private_copies(self, store: TinyStore, table: Table, layer: SeedLayer) -> None:
        for found in (table.get(doc_id="l1"), table.search(Location.id == "l1")[0], table.all()[1]):
            found["address"]["zip"] = "changed"
            found["tags"].append("changed")
        assert store.get("location", "l1") is layer.get("location", "l1")


class TestWriting:
    def test_inserts_under_the_documents_own_id(self, store: TinyStore, table: Table) -> None:
        assert table.insert({"id": "x", "city": "Lodz"}) == "x"
        assert ids(store.find("location", {"city": "Lodz"})) == ["l2", "l5", "l8", "x"]

    @pytest.mark.parametrize("second", [{"id": "l1"}, {"id": "x"}, {"name": "nameless"}, {"id": 7}, "text"])
    def test_inserts_all_or_none(self, table: Table, second: object) -> None:
        with pytest.raises(ValueError):
            table.insert_multiple([{"id": "x"}, second])  # type: ignore[list-item]
        assert len(table) == 9

    def test_keeps_what_it_inserted_private(self, store: TinyStore, table: Table) -> None:
        mine = {"id": "x", "tags": ["a"]}
        table.insert(mine)
        mine["tags"].append("b")  # type: ignore[attr-defined]
        stored = store.get("location", "x")
        assert stored is not None
        assert stored["tags"] == ["a"]

    def test_updates_members_of_seed_documents(
        self, store: TinyStore, table: Table, layer: SeedLayer
    ) -> None:
        assert table.update({"name": "New"}, Location.city == "Lodz") == ["l2", "l5", "l8"]
        assert table.update(increment("createdAt"), doc_ids=["l0", "nowhere"]) == ["l0"]
        assert [row["name"] for row in store.find("location", {"city": "Lodz"})] == ["New"] * 3
        assert {change[1] for change in store.changes()} == {"l0", "l2", "l5", "l8"}

    def test_updates_every_document(self, store: TinyStore, table: Table) -> None:
        table.update({"city": "Berlin"})
        assert store.count("location", {"city": "Berlin"}) == 9

    def test_changes_nothing_when_an_updater_fails_half_way(self, store: TinyStore, table: Table) -> None:
        def failing(document: dict[str, object]) -> None:
            document["address"]["zip"] = "9"  # type: ignore[index]
            if document["id"] == "l5":
                raise ArithmeticError

        with pytest.raises(ArithmeticError):
            table.update(failing, Location.city == "Lodz")
        assert list(store.changes()) == []

    def test_refuses_to_change_an_id(self, store: TinyStore, table: Table) -> None:
        with pytest.raises(ValueError, match="filed under 'l2'"):
            table.update({"id": "other"}, Location.city == "Lodz")
        assert list(store.changes()) == []

    def test_counts_an_update_to_the_same_as_no_change(self, store: TinyStore, table: Table) -> None:
        table.update({"city": "Lodz"}, Location.city == "Lodz")
        assert list(store.changes()) == []

    def test_updates_several_at_once_and_upserts(self, store: TinyStore, table: Table) -> None:
        changes = [({"name": "W"}, where("city") == "Warsaw"), ({"name": "L"}, where("city") == "Lodz")]
        assert len(table.update_multiple(changes)) == 6
        assert table.upsert({"id": "x", "city": "Lodz"}, Location.id == "x") == ["x"]
        assert table.upsert({"name": "again"}, Location.id == "x") == ["x"]
        stored = store.get("location", "x")
        assert stored == {"id": "x", "city": "Lodz", "name": "again"}

    def test_removes(self, store: TinyStore, table: Table) -> None:
        assert table.remove(Location.city == "Lodz") == ["l2", "l5", "l8"]
        assert table.remove(doc_ids=["l0", "nowhere"]) == ["l0"]
        assert (len(table), store.count("location")) == (5, 5)
        table.truncate()
        assert store.count("location") == 0


class TestDatabase:
    def test_lists_and_drops_tables(self, store: TinyStore) -> None:
        store.db.table("booking").insert({"id": "b", "status": "pending"})
        assert store.db.tables() == {"location", "booking"}
        store.db.drop_table("booking")
        assert store.kinds() == {"location"}
        store.db.drop_tables()
        assert store.kinds() == set()
        assert store.get("location", "l1") is None

    def test_is_the_forks_own(self, store: TinyStore) -> None:
        twin = store.fork()
        twin.db.table("location").update({"city": "Berlin"})
        assert store.db.table("location").count(Location.city == "Berlin") == 0
