"""What happened to a booking, told from what it says of itself and from the events recorded about it."""

from __future__ import annotations

from typing import Any

from sandbox.kernel.commits import OUTBOX
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

Entry = dict[str, Any]
TIMES = ("startsAt", "endsAt", "assignmentId")
TOLD_BY_ITSELF = ("booking.created", "booking.rescheduled", "booking.cancelled")
"""Events that the booking keeps a better record of than the outbox, which forgets."""
ENDS = {"declined": "declined", "expired": "expired", "completed": "completed", "no_show": "presence_marked"}
"""Which step must have led to a status."""


def history_of(tx: Transaction, booking: Document) -> list[Entry]:
    """Every step, oldest first."""
    events = [event for event in tx.scan(OUTBOX, {"resourceId": booking["id"]}) if event["kind"] == "booking"]
    steps = [_made(booking), *_moves(booking), *_recorded(events)]
    if booking["cancelledAt"]:
        by, reason = booking["cancelledBy"], booking["cancellationReason"]
        steps.append(_entry(booking["cancelledAt"], "cancelled", {"status": "cancelled"}, by, reason))
    last = ENDS.get(booking["status"])
    if last is not None and all(step["action"] != last for step in steps):
        steps.append(_entry(booking["updatedAt"], last, {"status": booking["status"]}))
    return _in_order(steps, events)


def _in_order(steps: list[Entry], events: list[Document]) -> list[Entry]:
    """By time; steps of the same instant as their events were recorded, the latest of which are known."""
    places: dict[int, str] = {}
    for action in {step["action"] for step in steps}:
        mine = [step for step in steps if step["action"] == action]
        told = [event["id"] for event in events if event["type"] == f"booking.{action}"]
        places |= {id(step): place for step, place in zip(reversed(mine), reversed(told), strict=False)}
    return sorted(steps, key=lambda step: (step["at"], places.get(id(step), "")))


def _entry(
    at: str, action: str, to: Entry, by: str | None = None, reason: str | None = None, before: Any = None
) -> Entry:
    return {"at": at, "action": action, "by": by, "from": before, "to": to, "reason": reason}


def _made(booking: Document) -> Entry:
    first = (booking["previousTimes"] or [booking])[0]
    return _entry(booking["bookedAt"], "created", _times(first), booking["bookedBy"])


def _times(stage: Any) -> Entry:
    return {member: stage[member] for member in TIMES}


def _moves(booking: Document) -> list[Entry]:
    stages = [*booking["previousTimes"], booking]
    return [
        _entry(
            before["movedAt"],
            "rescheduled",
            _times(after),
            before["movedBy"],
            before["reason"],
            _times(before),
        )
        for before, after in zip(stages, stages[1:], strict=False)
    ]


def _recorded(events: list[Document]) -> list[Entry]:
    """The other steps, as long as the outbox reaches back."""
    steps = []
    for event in events:
        action = event["type"].partition(".")[2]
        if event["type"] not in TOLD_BY_ITSELF:
            now = event["data"]
            to = {"status": now["status"], "presence": now["presence"]}
            reason = now["cancellationReason"] if action == "declined" else None
            steps.append(_entry(event["at"], action, to, reason=reason))
    return steps
