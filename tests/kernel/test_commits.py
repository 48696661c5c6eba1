"""The written form of a commit rebuilds the same world."""

from __future__ import annotations

from operator import itemgetter

import orjson

from sandbox.kernel.commits import Change, Commit, apply
from sandbox.kernel.documents import Store
from sandbox.kernel.workspace import PROPERTIES
from sandbox.stores.tiny import TinyStore
from tests.kernel.worlds import workspace


def changes(store: Store) -> list[Change]:
    return sorted((each for each in store.changes() if each[0] != PROPERTIES), key=itemgetter(0, 1))


def test_a_record_rebuilds_what_was_committed() -> None:
    world, records = workspace(), []
    twin = TinyStore(world.store.layer)

    def written(_: object, commit: Commit) -> None:
        records.append(orjson.dumps(commit.record("ws")))

    world.listener = written
    with world.transaction() as tx:
        first = tx.put("room", {"id": "r8", "name": "New", "city": "Oslo"})
        tx.emit("room.created", "room", first)
        second = tx.put("room", {**first, "name": "Newer"})
        tx.emit("room.updated", "room", second)
        tx.emit("room.noted", "room", {"id": "r8", "name": "elsewhere"})
        tx.delete("room", "r1")
    with world.transaction() as tx:
        tx.emit("room.deleted", "room", tx.need("room", "r8"))
        tx.delete("room", "r8")

    for record in records:
        apply(twin, orjson.loads(record))
    assert changes(world.store) == changes(twin)
    assert (world.store.draws, world.store.events) == (twin.draws, twin.events)


def test_a_document_is_written_once_beside_the_event_about_it() -> None:
    world, records = workspace(), []
    world.listener = lambda _, commit: records.append(orjson.dumps(commit.record("ws")))
    with world.transaction() as tx:
        tx.emit("room.created", "room", tx.put("room", {"id": "r9", "name": "Needle", "city": "Oslo"}))
    assert records[0].count(b"Needle") == 1
