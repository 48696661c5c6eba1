"""Reading the outbox at any pace, from any place, with breaks anywhere."""

from __future__ import annotations

import random

import pytest

from sandbox.identity.principal import Principal
from sandbox.kernel.errors import CursorExpired
from sandbox.kernel.workspace import Workspace
from sandbox.platform import notification_tail
from sandbox.platform.following import AT_ONCE
from sandbox.platform.notification_tail import NotificationTail

READER = Principal("reader", "internal", frozenset({"customers:read"}))


def emit(workspace: Workspace, number: int) -> list[str]:
    """Message ids of new events."""
    with workspace.transaction() as tx:
        customer = tx.find("customer", limit=1)[0]
        return [str(tx.emit("customer.updated", "customer", customer)["messageId"]) for _ in range(number)]


def tail_at(workspace: Workspace, place: str = "") -> NotificationTail:
    tail = NotificationTail(workspace, READER, ())
    with workspace.transaction() as tx:
        tail.begin(tx, place)
    return tail


@pytest.mark.parametrize("seed", range(3))
def test_breaks_anywhere_lose_nothing_and_repeat_nothing(workspace: Workspace, seed: int) -> None:
    draw = random.Random(seed)
    tail, emitted, seen = tail_at(workspace), list[str](), list[tuple[str, str]]()
    start = tail.place
    for _ in range(20):
        emitted += emit(workspace, draw.choice((0, 1, 3, AT_ONCE + 20)))
        taken = tail.take()
        kept = taken[: draw.randint(0, len(taken))] if draw.random() < 0.4 else taken
        seen += [(item.place, item.data["id"]) for item in kept]
        if kept is not taken or draw.random() < 0.3:  # the connection broke after these
            tail = tail_at(workspace, seen[-1][0] if seen else start)
    while taken := tail.take():
        seen += [(item.place, item.data["id"]) for item in taken]
    assert [message for _, message in seen] == emitted
    assert len({place for place, _ in seen}) == len(seen)


def test_a_reader_that_falls_too_far_behind_is_told_so(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notification_tail, "OUTBOX_LIMIT", 5)
    tail = tail_at(workspace)
    emit(workspace, 5)
    before = tail.place
    assert len(tail.take()) == 5
    emit(workspace, 6)
    assert (tail.take(), tail.ending) == ([], "events_missed")
    with pytest.raises(CursorExpired):
        tail_at(workspace, before)


def test_a_world_that_was_replaced_tells_nothing_more(workspace: Workspace) -> None:
    tail = tail_at(workspace)
    workspace.swap(workspace.store.fork(), workspace.seed)
    emit(workspace, 1)
    assert tail.take() == []
