"""Expectations: what should arrive in a bin, and whether it did."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sandbox.control.clock import parse_duration
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation, WaitTimeout
from sandbox.platform.call import Call
from sandbox.platform.following import until
from sandbox.platform.resource import Resource, equals
from sandbox.webhooks import expecting
from sandbox.webhooks.bins import received_so_far

KEPT = 100
"""Expectations of a bin; the oldest go."""
MOST_REQUESTS = 200
UNDECIDED: Mapping[str, Any] = {
    "status": expecting.PENDING,
    "decidedAt": None,
    "arrived": 0,
    "repeats": [],
    "results": [],
    "unexpected": [],
    "summary": "",
}


def _prepared(call: Call, document: dict[str, Any], previous: Document | None) -> dict[str, Any]:
    wanted = [{"count": 1, **each} for each in document["requests"]]
    if sum(each["count"] for each in wanted) > MOST_REQUESTS:
        raise BusinessRuleViolation(details=f"at most {MOST_REQUESTS} requests in all", target="/requests")
    deadline = instant(call.tx.now() + parse_duration(document["within"]))
    return {
        **UNDECIDED,
        **document,
        "requests": wanted,
        "deadline": deadline,
        "_after": _after(call, document),
    }


def _after(call: Call, document: Mapping[str, Any]) -> int:
    """The number of the last request that does not count."""
    if document.get("since"):
        captured = call.tx.get("captured_request", document["since"])
        if captured is None or captured["binId"] != document["binId"]:
            raise BusinessRuleViolation(details="the bin holds no such request", target="/since")
        return int(captured["sequence"])
    return 0 if document["includeEarlier"] else received_so_far(call.tx, document["binId"])


expectations = Resource(
    "expectation",
    path="/sandbox/v1/inspector/bins/{binId}/expectations/{expectationId}",
    prefix="exp_",
    indexes=("binId", "status"),
    sorts=("createdAt",),
    parent=("bin", "binId"),
    filters={"status": equals("status")},
    prepare=_prepared,
)


def create_expectation(call: Call, bin_id: str, body: dict[str, Any]) -> Document:
    """It counts from now on; what came earlier is judged at once where it is to count."""
    call.tx.need("bin", bin_id, "binId")
    _prune(call, bin_id)
    made = expectations.create(call, body, binId=bin_id)
    expecting.plan(call.tx, made)
    return expecting.look(call.tx, made)


def conclude_expectation(call: Call, bin_id: str, expectation_id: str) -> Document:
    """No more waiting."""
    found = expectations.get(call, expectation_id, binId=bin_id)
    return expecting.look(call.tx, found, is_over=True) if expecting.is_open(found) else found


async def wait_for_expectation(
    call: Call, bin_id: str, expectation_id: str, timeout_ms: int = 5000
) -> Document:
    """The verdict as soon as there is one; raises WaitTimeout."""
    look = partial(_found, call, bin_id, expectation_id)
    found = await until(call, look, lambda each: not expecting.is_open(each), timeout_ms / 1000)
    if expecting.is_open(found):
        raise WaitTimeout(details=f"{found['summary']}; time is over at {found['deadline']}")
    return found


def _found(call: Call, bin_id: str, expectation_id: str) -> Document:
    with call.transaction() as call.tx:
        return expectations.get(call, expectation_id, binId=bin_id)


def _prune(call: Call, bin_id: str) -> None:
    kept = call.tx.find("expectation", {"binId": bin_id}, "createdAt")
    for old in kept[: max(0, len(kept) - KEPT + 1)]:
        expecting.forget(call.tx, old)


def delete_expectation(call: Call, bin_id: str, expectation_id: str) -> None:
    """Nobody waits for it any more."""
    expecting.forget(call.tx, expectations.get(call, expectation_id, binId=bin_id))
