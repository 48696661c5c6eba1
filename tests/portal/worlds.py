"""What the tests of the pages make happen, through the API."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api

BIN = "bin_000000000000000000000000"
BINS = "/sandbox/v1/inspector/bins"
CORRELATION = "0f9a3c2e-8b7d-4e5f-8a3c-2e1b5f9a3c2e"
REGISTRATION = {
    "eventId": "e1000000-0000-4000-8000-000000000002",
    "contact": {"name": "Ada Attendee", "email": "ada@sandbox.example"},
    "items": [
        {
            "ticketTypeId": "e3000000-0000-4000-8000-000000000009",
            "quantity": 1,
            "attendees": [{"name": "Ada Attendee", "email": "ada@sandbox.example"}],
        }
    ],
    "consents": [{"purpose": "terms", "granted": True}],
}


def trigger(api: Api, **members: Any) -> dict[str, Any]:
    """Send an event, and wait until the seeded bin has it; returns the request that arrived last."""
    before = arrived(api)[:1]
    answer = api.post("/sandbox/v1/webhook-triggers", json={"event": "registration.confirmed", **members})
    assert answer.status_code == 202, answer.text
    return waited(api, before[0]["sequence"] + 1 if before else 1)


def waited(api: Api, sequence: int) -> dict[str, Any]:
    """The request with that number, once the seeded bin has it."""
    held = sequence - 1 if sequence > 1 else 0
    count = len([each for each in arrived(api) if each["sequence"] <= held]) + 1
    found = api.get(f"{BINS}/{BIN}/wait", params={"count": count, "timeoutMs": 25_000})
    assert found.status_code == 200, found.text
    [last] = [each for each in found.json()["data"] if each["sequence"] == sequence]
    return dict(last)


def arrived(api: Api) -> list[dict[str, Any]]:
    """What the seeded bin holds, newest first."""
    found: list[dict[str, Any]] = api.get(f"{BINS}/{BIN}/requests", params={"cursor": ""}).json()["data"]
    return found


def send_to_bin(api: Api, path: str, body: bytes = b"", **headers: str) -> None:
    """From outside, as anybody may."""
    address = f"/w/{api.workspace_id}/inspect/{BIN}{path}"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    assert api.anonymous.post(address, content=body, headers=named).status_code == 200


def register(api: Api) -> None:
    """A call that causes two events."""
    answer = api.with_headers(X_Correlation_ID=CORRELATION).post("/api/v1/registrations", json=REGISTRATION)
    assert answer.status_code == 201, answer.text
