"""The ring keeps the latest exchanges, bounded by number and by bytes."""

from __future__ import annotations

from typing import Any

from sandbox.journal import Exchange, Journal, Journals
from sandbox.journal.ring import Criteria


def exchange(path: str = "/", **members: Any) -> Exchange:
    return Exchange(method=members.pop("method", "GET"), path=path, **members)


def paths(journal: Journal, **criteria: Any) -> list[str]:
    return [found.path for found in journal.find(Criteria(**criteria))]


class TestRecord:
    def test_the_oldest_make_room_beyond_the_count(self):
        journal = Journal(count_limit=3)
        for number in range(5):
            journal.record(exchange(f"/{number}"))
        assert paths(journal) == ["/4", "/3", "/2"]

    def test_the_oldest_make_room_beyond_the_bytes(self):
        journal = Journal(bytes_limit=10_000)
        for number in range(10):
            journal.record(exchange(f"/{number}", request_body=b"x" * 2000))
        assert len(journal) == 3
        assert journal.size <= 10_000

    def test_a_long_body_is_cut_and_says_so(self):
        journal = Journal(body_limit=10)
        journal.record(exchange(response_body=b"y" * 50))
        shown = next(journal.find()).shown()["response"]
        assert (shown["body"], shown["bytes"], shown["truncated"]) == ("y" * 10, 50, True)

    def test_size_follows_what_is_kept(self):
        journal = Journal()
        journal.record(exchange(request_body=b"x" * 100))
        assert journal.size > 100
        journal.clear()
        assert (journal.size, len(journal)) == (0, 0)


class TestGet:
    def test_an_entry_is_found_by_its_id_until_it_makes_room(self):
        journal = Journal(count_limit=2)
        kept = [exchange(f"/{number}") for number in range(3)]
        for one in kept:
            journal.record(one)
        assert [None, kept[1], kept[2]] == [journal.get(one.id) for one in kept]

    def test_ids_go_on_after_a_clear(self):
        journal, first, second = Journal(), exchange(), exchange()
        journal.record(first)
        journal.clear()
        journal.record(second)
        assert first.id < second.id
        assert second is journal.get(second.id)

    def test_an_unknown_id_is_none(self):
        journal = Journal()
        journal.record(exchange())
        assert [journal.get(text) for text in ("jrn_zz", "nonsense", f"jrn_{99:024x}")] == [None] * 3


class TestFind:
    def test_each_criterion_restricts(self):
        journal = Journal()
        journal.record(exchange("/a", status=200, at=10, duration_ms=5, operation_id="listEvents"))
        journal.record(
            exchange("/b", status=503, at=20, duration_ms=500, fault_ids=("flt_1",), method="POST")
        )
        journal.record(
            exchange("/c", status=404, at=30, direction="out", purpose="webhook", correlation_id="c1")
        )
        assert paths(journal, status=503) == ["/b"]
        assert paths(journal, status_class="4xx") == ["/c"]
        assert paths(journal, operation_id="listEvents") == ["/a"]
        assert paths(journal, method="POST") == ["/b"]
        assert paths(journal, fault_id="flt_1") == ["/b"]
        assert paths(journal, min_duration_ms=100) == ["/b"]
        assert paths(journal, direction="out", purpose="webhook") == ["/c"]
        assert paths(journal, correlation_id="c1") == ["/c"]
        assert paths(journal, path_contains="a") == ["/a"]
        assert paths(journal, after=10, before=30) == ["/b"]
        assert paths(journal, status=200, method="POST") == []

    def test_going_on_from_a_sequence_number(self):
        journal = Journal()
        for number in range(5):
            journal.record(exchange(f"/{number}"))
        assert [found.path for found in journal.find(older_than=3)] == ["/1", "/0"]


def test_each_workspace_has_its_own_journal():
    journals = Journals(count_limit=1)
    journals.of("ws_a").record(exchange())
    assert (len(journals.of("ws_a")), len(journals.of("ws_b"))) == (1, 0)
    journals.forget("ws_a")
    assert len(journals.of("ws_a")) == 0


class TestAllTogether:
    def test_the_longest_unused_make_room(self):
        journals = Journals()
        for name in "abc":
            for _ in range(10):
                journals.of(name).record(exchange())
        one = journals.of("a").size // 10  # the latest used, now
        journals.make_room(most=17 * one)
        assert {name: len(journals.of(name)) for name in "abc"} == {"a": 10, "b": 0, "c": 7}
        journals.of("b").record(exchange())
        assert journals.of("b").recorded == 11

    def test_enough_room_takes_nothing(self):
        journals = Journals()
        journals.of("a").record(exchange())
        journals.make_room()
        assert len(journals.of("a")) == 1
