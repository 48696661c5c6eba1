"""Whatever many do at once, the world adds up afterwards; and the checks that say so notice what does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.kernel.workspace import Workspace
from tests.conftest import Api
from tests.invariants import Rows, faults
from tests.platform import event_desk as desk
from tests.system.crowd import crowd

Spoil = Callable[[dict[str, dict[str, dict[str, Any]]]], None]


def rows_of(workspace: Workspace) -> Rows:
    """Everything a world holds, at one moment."""
    with workspace.transaction() as tx:
        return {kind.name: {row["id"]: row for row in tx.scan(kind.name)} for kind in workspace.kinds}


def test_a_crowd_leaves_a_world_that_adds_up(api: Api) -> None:
    answers, shown = crowd(api, callers=12, actions=40)

    assert faults(rows_of(api.workspace)) == []
    assert shown.contradictions == []
    assert len(shown.tags) > 40, "too little was looked at"
    done = {what for what, status in answers if status < 300}
    assert done >= {"registrations", "bookings", "payments", "refunds", "cancel", "issue", "void", "change"}
    refused = {what for what, status in answers if status in (409, 422)}
    assert refused >= {"registrations", "bookings", "refunds", "cancel", "change"}


def _orphan(rows: Any) -> None:
    del rows["event"][desk.DEVCONF]


def _sell_one_more(rows: Any) -> None:
    held = rows["registration"][desk.registration(1)]
    rows["registration"]["one more"] = {**held, "id": "one more"}


def _sell_too_many(rows: Any) -> None:
    for number in range(9):
        _sell_one_more(rows)
        rows["registration"][f"more {number}"] = rows["registration"].pop("one more")
    rows["ticket_type"][desk.ticket_type(2)] |= {"quantity": 3, "sold": 12}


def _book_twice(rows: Any) -> None:
    booked = next(row for row in rows["booking"].values() if row["status"] == "confirmed")
    rows["booking"]["twice"] = {**booked, "id": "twice"}


def _lose_a_record(rows: Any) -> None:
    del rows["transaction"][next(iter(rows["transaction"]))]


def _unbalance(rows: Any) -> None:
    record = next(iter(rows["transaction"].values()))
    record["entries"] = record["entries"][:1]


def _refund_silently(rows: Any) -> None:
    next(iter(rows["refund"].values()))["status"] = "failed"


def _leave_a_ticket(rows: Any) -> None:
    rows["registration"][desk.registration(1)]["status"] = "cancelled"


def _skip_a_number(rows: Any) -> None:
    numbered = max(
        (row for row in rows["invoice"].values() if row["number"]), key=lambda row: row["number"] or ""
    )
    numbered["number"] = numbered["number"] + "9"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_orphan, "which is not there"),
        (_sell_one_more, "are counted"),
        (_sell_too_many, "taken of 3"),
        (_book_twice, "bookings"),
        (_lose_a_record, "stands at place"),
        (_unbalance, "was written"),
        (_refund_silently, "by its refunds"),
        (_skip_a_number, "numbers up to"),
        (_leave_a_ticket, "tickets are told"),
    ],
)
def test_the_checks_notice(workspace: Workspace, spoil: Spoil, words: str) -> None:
    rows = {kind: {key: dict(row) for key, row in kept.items()} for kind, kept in rows_of(workspace).items()}
    spoil(rows)
    assert any(words in fault for fault in faults(rows)), faults(rows)[:5]
