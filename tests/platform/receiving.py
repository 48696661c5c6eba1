"""Words for the tests of webhooks: a bin that receives, a subscription to it, and what arrived."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api

Json = dict[str, Any]

WEBHOOKS = "/api/v1/webhooks"
BINS = "/sandbox/v1/inspector/bins"


def new_bin(api: Api, **response: Any) -> Json:
    """A bin that answers so."""
    made = api.control.post(BINS, json={"name": "receiver", "response": response})
    assert made.status_code == 201, made.text
    bin_: Json = made.json()
    return bin_


def subscribe(api: Api, bin_: Json, *event_types: str, **members: Any) -> Json:
    """A subscription that sends there, of everything unless events are named."""
    body = {"url": bin_["deliveryUrl"], "eventTypes": list(event_types or ["*"]), **members}
    made = api.post(WEBHOOKS, json=body)
    assert made.status_code == 201, made.text
    webhook: Json = made.json()
    return webhook


def waited(api: Api, bin_: Json, count: int = 1) -> list[Json]:
    """What the bin has got, once there is so much."""
    got = api.control.get(f"{BINS}/{bin_['id']}/wait", params={"count": count, "timeoutMs": 25000})
    assert got.status_code == 200, got.text
    arrived: list[Json] = got.json()["data"]
    return arrived
