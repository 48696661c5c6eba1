"""Transactions: everything or nothing, one instant, one chance."""

from __future__ import annotations

import threading

import pytest

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import ResourceNotFound
from sandbox.kernel.workspace import OUTBOX_LIMIT, Transaction
from tests.kernel.worlds import Wall, workspace


class Refused(Exception):
    """A rule said no."""


class TestTransaction:
    def test_commits_documents_events_and_due_work_together(self) -> None:
        world = workspace()
        commits = []
        world.listener = lambda _, commit: commits.append(commit)
        with world.transaction() as tx:
            room = tx.put("room", {"id": "r9", "name": "New", "city": "Oslo"})
            tx.emit("room.created", "room", room)
            tx.schedule(tx.now(), "room.close", "r9")

        [commit] = commits
        assert {"room", "outbox", "agenda"} == {kind for kind, _ in commit.after}
        assert "2026-11-20T12:00:00.000Z" == commit.earliest_due

    def test_that_fails_leaves_no_trace(self) -> None:
        world = workspace()
        before, draws, events = world.state_hash(), world.store.draws, world.store.events
        with pytest.raises(Refused), world.transaction() as tx:
            tx.put("room", {"id": "r1", "name": "Changed", "city": "Oslo"})
            tx.delete("room", "r2")
            tx.put("room", {"id": tx.new_id("room"), "name": "New", "city": "Oslo"})
            tx.emit("room.created", "room", tx.need("room", "r1"))
            tx.next_number("invoice")
            tx.schedule(tx.now(), "room.close", "r1")
            raise Refused

        assert (before, draws, events) == (world.state_hash(), world.store.draws, world.store.events)
        with world.transaction() as tx:
            assert ["r1", "r3"] == [room["id"] for room in tx.find("room", {"city": "Warsaw"})]
            assert 1 == tx.next_number("invoice")

    def test_reads_its_own_writes(self) -> None:
        with workspace().transaction() as tx:
            tx.put("room", {"id": "r9", "name": "New", "city": "Warsaw"})
            tx.delete("room", "r1")
            assert ["r3", "r9"] == [room["id"] for room in tx.find("room", {"city": "Warsaw"})]
            assert (2, None) == (tx.count("room", {"city": "Warsaw"}), tx.get("room", "r1"))

    def test_needs_what_it_needs(self) -> None:
        with workspace().transaction() as tx, pytest.raises(ResourceNotFound) as refused:
            tx.need("room", "r0", "roomId")
        assert "roomId" == refused.value.target

    def test_has_one_instant(self) -> None:
        wall = Wall()
        with workspace(wall).transaction() as tx:
            first = tx.now()
            wall.now += 60
            assert (first, "2026-11-20T12:00:00.000Z") == (tx.now(), tx.stamp())

    def test_excludes_other_threads(self) -> None:
        world = workspace()

        def add() -> None:
            for _ in range(200):
                with world.transaction() as tx:
                    tx.next_number("counter")

        threads = [threading.Thread(target=add) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with world.transaction() as tx:
            assert 1601 == tx.next_number("counter")

    def test_that_cannot_be_written_down_has_not_happened(self) -> None:
        world = workspace()
        before = world.state_hash()

        def full(*_: object) -> None:
            raise OSError("no space left")

        world.listener = full
        with pytest.raises(OSError, match="no space"), world.transaction() as tx:
            tx.delete("room", "r1")
        world.listener = None
        assert before == world.state_hash()


class TestIdentifiers:
    def test_come_from_the_seed_in_the_form_of_their_kind(self) -> None:
        drawn = []
        for _ in range(2):
            with workspace().transaction() as tx:
                drawn.append([tx.new_id("room"), tx.new_id("bin"), tx.new_token("code", 8, "AB")])
        assert drawn[0] == drawn[1]
        room, bin_, token = drawn[0]
        assert (36, "4") == (len(room), room[14])
        assert ("bin_", 28) == (bin_[:4], len(bin_))
        assert set(token) <= {"A", "B"}

    def test_pass_over_what_was_kept(self) -> None:
        world = workspace()
        with world.transaction() as tx:
            kept = tx.new_id("bin")
        other = workspace()
        with other.transaction() as tx:
            tx.put("bin", {"id": kept})
            assert kept != tx.new_id("bin")

    def test_chance_is_drawn_anew_each_time(self) -> None:
        with workspace().transaction() as tx:
            assert tx.chance("x").random() != tx.chance("x").random()


class TestEvents:
    def test_are_snapshots(self) -> None:
        world = workspace()
        with world.transaction("c-1") as tx:
            event = tx.emit("room.updated", "room", tx.need("room", "r1"), changedFields=["name"])
            tx.put("room", {**tx.need("room", "r1"), "name": "Later"})
        assert ("20250422-r1", {"changedFields": ["name"]}) == (event["data"]["name"], event["extra"])
        assert ("000000000001", "c-1", "r1") == (event["id"], event["correlationId"], event["resourceId"])
        assert event["messageId"].startswith("whk_")

    def test_a_revision_is_the_next_version_of_what_stays_as_it_was(self) -> None:
        with workspace().transaction() as tx:
            first = tx.put(
                "room", {"id": "r9", "version": 1, "updatedAt": "", "kind": "hall", "name": "Small"}
            )
            second = tx.revise("room", first, kind="stage")
            assert (1, "hall") == (first["version"], first["kind"])
            assert {**first, "kind": "stage", "version": 2, "updatedAt": tx.stamp()} == second
            assert second is tx.get("room", "r9")

    def test_reactions_run_inside_and_can_refuse(self) -> None:
        def refuse(tx: Transaction, event: Document) -> None:
            tx.put("room", {"id": "seen", "name": event["type"], "city": ""})
            raise Refused

        for followed in ("room.updated", "*"):
            world = workspace(reactions={followed: [refuse]})
            with pytest.raises(Refused), world.transaction() as tx:
                tx.emit("room.updated", "room", tx.need("room", "r1"))
            with world.transaction() as tx:
                assert (None, 0) == (tx.get("room", "seen"), tx.count("outbox"))

    def test_reactions_follow_their_own_events_alone(self) -> None:
        seen: list[str] = []
        world = workspace(reactions={"room.updated": [lambda tx, event: seen.append(event["type"])]})
        with world.transaction() as tx:
            tx.emit("room.created", "room", tx.need("room", "r1"))
            tx.emit("room.updated", "room", tx.need("room", "r1"))
        assert ["room.updated"] == seen

    def test_the_oldest_make_room(self) -> None:
        world = workspace()
        with world.transaction() as tx:
            for _ in range(OUTBOX_LIMIT + 5):
                tx.emit("room.updated", "room", tx.need("room", "r1"))
            assert OUTBOX_LIMIT == tx.count("outbox")
            assert "000000000006" == tx.find("outbox", limit=1)[0]["id"]
