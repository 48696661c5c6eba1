"""Expectations of a bin: judged at every arrival, and for good when their time is over."""

from __future__ import annotations

from sandbox.kernel.agenda import Rule
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.judging import Terms, judge

JOB = "expectation.decide"
PENDING = "pending"


def judge_open(tx: Transaction, bin_id: str) -> None:
    """Something arrived: look at every expectation of the bin that is open."""
    for expectation in tx.find("expectation", {"binId": bin_id, "status": PENDING}):
        look(tx, expectation)


def is_open(expectation: Document) -> bool:
    """Whether there is no verdict yet."""
    return bool(expectation["status"] == PENDING)


def plan(tx: Transaction, expectation: Document) -> None:
    """Decide it at its deadline at the latest."""
    tx.schedule(parse_instant(expectation["deadline"]), JOB, expectation["id"])


def forget(tx: Transaction, expectation: Document) -> None:
    """Judge it no more."""
    tx.cancel(JOB, expectation["id"])
    tx.delete("expectation", expectation["id"])


def look(tx: Transaction, expectation: Document, *, is_over: bool = False) -> Document:
    """Judge by what has arrived; `is_over` decides it."""
    arrived = [
        captured
        for captured in tx.find("captured_request", {"binId": expectation["binId"]}, "sequence")
        if captured["sequence"] > expectation["_after"]
    ]
    terms = Terms(expectation["inOrder"], expectation["nothingElse"], expectation["countRepeats"], is_over)
    found = judge(expectation["requests"], arrived, terms)
    is_decided = found["status"] != PENDING
    if (
        not is_decided
        and found["summary"] == expectation["summary"]
        and found["arrived"] == expectation["arrived"]
    ):
        return expectation
    if is_decided:
        tx.cancel(JOB, expectation["id"])
    decided = tx.stamp() if is_decided else None
    return tx.revise("expectation", expectation, **found, decidedAt=decided)


def decide(tx: Transaction, entry: Document) -> None:
    """The time is over."""
    expectation = tx.get("expectation", entry["subject"])
    if expectation is not None and is_open(expectation):
        look(tx, expectation, is_over=True)


JOBS: dict[str, Rule] = {JOB: decide}
