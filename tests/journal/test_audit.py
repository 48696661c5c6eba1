"""The audit log keeps what the record of traffic has no room for."""

from __future__ import annotations

from typing import Any

import orjson

from sandbox.journal.audit import AuditLogs

CALL = ("user", "u1", "127.0.0.1", "getCustomer", "/api/v1/customers/c1", 200, "c-1", None)


def noted(logs: AuditLogs, *numbers: int, workspace: str = "ws_a") -> None:
    for number in numbers:
        logs.note(workspace, f"2026-11-18T08:00:0{number}.000Z", *CALL)


class TestAuditLogs:
    def test_lines_are_numbered_and_the_oldest_make_room(self) -> None:
        logs = AuditLogs(limit=3)
        noted(logs, 1, 2, 3, 4, 5)
        assert [line.number for line in logs.of("ws_a")] == [3, 4, 5]
        assert logs.of("ws_b") == []

    def test_the_longest_make_room_when_all_together_are_too_many(self) -> None:
        logs = AuditLogs()
        noted(logs, *range(10), *range(10))
        noted(logs, 1, 2, workspace="ws_b")
        logs.make_room(most=12)
        assert [line.number for line in logs.of("ws_b")] == [1, 2]
        assert 8 <= len(logs.of("ws_a")) <= 10
        assert logs.of("ws_a")[-1].number == 20

    def test_what_was_written_down_is_read_back(self) -> None:
        written: list[dict[str, Any]] = []
        logs = AuditLogs(limit=3)
        logs.sink = written.append
        noted(logs, 1, 2, 3, 4)
        noted(logs, 5, workspace="ws_b")
        for source in (written, list(logs.records())):
            kept = [{"op": "commit", "ws": "ws_a"}, *orjson.loads(orjson.dumps(source))]
            again = AuditLogs(limit=3)
            assert list(again.taken_from(kept)) == [kept[0]]
            assert again.of("ws_a") == logs.of("ws_a")
            assert again.of("ws_b") == logs.of("ws_b")
            again.note("ws_a", "later", *CALL)
            assert again.of("ws_a")[-1].number == 5

    def test_of_a_world_that_is_gone_or_begins_anew_nothing_is_left(self) -> None:
        written: list[dict[str, Any]] = []
        logs = AuditLogs()
        logs.sink = written.append
        noted(logs, 1)
        noted(logs, 2, workspace="ws_b")
        logs.clear("ws_a")
        again = AuditLogs()
        assert list(again.taken_from([*written, {"op": "delete", "ws": "ws_b"}])) == [
            {"op": "delete", "ws": "ws_b"}
        ]
        assert (again.of("ws_a"), again.of("ws_b")) == ([], [])
