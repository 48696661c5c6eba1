"""Words for the appointments tests: a frozen Wednesday, next Monday in Warsaw, and who books what."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.clock import parse_instant
from tests.conftest import Api

WEDNESDAY = "2026-11-18T08:00:00.000Z"
NINE, TEN, ELEVEN, ONE = (f"2026-11-23T{hour:02d}:00:00.000Z" for hour in (8, 9, 10, 12))
"""Next Monday in Warsaw: free, booked, held by another partner, lunch."""

Json = dict[str, Any]


def key(code: str, number: int) -> str:
    return f"{code}000000-0000-4000-8000-{number:012d}"


NOWAK, SMITH, GARCIA_WARSAW, GARCIA_LONDON, DISABLED, NIGHT, FULL, GROUP = (key("c4", n) for n in range(1, 9))
CONSULTATION = key("c5", 1)
ADA = key("ca", 1)


def freeze(api: Api, at: str = WEDNESDAY) -> None:
    """Stop the clock there, and forget the events of what the real clock has already passed."""
    with api.workspace.transaction() as tx:
        tx.set_clock("frozen", parse_instant(at))
        for event in tx.find("outbox"):
            tx.delete("outbox", event["id"])


@pytest.fixture(name="clinic")
def _clinic(api: Api) -> Api:
    """The partner's client on a frozen Wednesday."""
    freeze(api)
    return api


def ask(starts_at: str = NINE, offering: int = 1, assignment: str = NOWAK, **more: Any) -> Json:
    """A booking request for a new person."""
    slot = {"assignmentId": assignment, "offeringId": key("c5", offering), "startsAt": starts_at}
    body = {**slot, "customer": {"givenName": "Maria", "email": "maria@sandbox.example"}, **more}
    if "customerId" in body or body["customer"] is None:
        del body["customer"]
    return body


def book(api: Api, starts_at: str = NINE, **more: Any) -> Json:
    """A booking that must succeed."""
    answer = api.post("/api/v1/bookings", json=ask(starts_at, **more))
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def refused(answer: Any, status: int, code: str) -> Json:
    """The error of an answer that must be one."""
    assert (answer.status_code, answer.json().get("error", {}).get("code")) == (status, code), answer.text
    error: Json = answer.json()["error"]
    return error


def money_in(tx: Any, status: str = "completed", refunded: str = "0.00") -> Json:
    """A payment of PLN 250.00 as it is kept."""
    amounts = {"amountCaptured": "250.00", "amountRefunded": refunded}
    sums = {name: {"amount": amount, "currency": "PLN"} for name, amount in amounts.items()}
    kept: Json = tx.put("payment", {"id": "pay-1", "status": status, **sums})
    return kept


def emitted(api: Api, since: int = 0) -> list[str]:
    """Types of the events that webhooks can tell of, oldest first: without those for the feed alone."""
    with api.workspace.transaction() as tx:
        told = [event["type"] for event in tx.find("outbox")]
    return [name for name in told if not name.startswith("change.")][since:]


def starts(answer: Any) -> list[str]:
    """Start of each slot of a list."""
    assert answer.status_code == 200, answer.text
    return [slot["startsAt"] for slot in answer.json()["data"]]


def new_offering(api: Api) -> str:
    """An offering of Nowak's that nothing hangs on; its id."""
    body = {"serviceId": key("c2", 9), "durationMinutes": 30, "customName": "Passing"}
    answer = api.post(f"/api/v1/assignments/{NOWAK}/offerings", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def close(api: Api, offering: str) -> None:
    """It is offered no more."""
    assert api.delete(f"/api/v1/assignments/{NOWAK}/offerings/{offering}").status_code == 204
