"""The workspace of a load run: a fork of its own, without rate limits, with events made for the run."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import requests

KEY = "sk_sandbox_partner_demo"
LAST_SEATS = 10


class LoadWorld(NamedTuple):
    """What the users work with. Instants are those of the workspace's own clock."""

    headers: dict[str, str]
    now: datetime
    assignments: list[str]
    open_event: str
    open_ticket: str
    scarce_event: str
    scarce_ticket: str


def prepare(base_url: str) -> LoadWorld:
    """Fork, lift the limits, make and publish one event without limit and one with few seats."""
    headers = {"X-API-Key": KEY, "X-Sandbox-Run": f"load.{os.getpid()}"}
    session = requests.Session()
    session.trust_env = False
    session.headers.update(headers)

    def call(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = session.request(method, base_url.rstrip("/") + path, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    call("PUT", "/sandbox/v1/rate-limits", {"enabled": False})
    now = datetime.fromisoformat(call("GET", "/sandbox/v1/clock")["now"].replace("Z", "+00:00"))
    assignments = [row["id"] for row in call("GET", "/api/v1/assignments?pageSize=100")["data"]]
    events = [
        _event(call, now, name, seats) for name, seats in (("Open house", None), ("Last seats", LAST_SEATS))
    ]
    (open_event, open_ticket), (scarce_event, scarce_ticket) = events
    return LoadWorld(headers, now, assignments, open_event, open_ticket, scarce_event, scarce_ticket)


def oversold(base_url: str, world: LoadWorld, sold: int) -> list[str]:
    """Where more was given away than there was."""
    answer = requests.get(f"{base_url}/api/v1/events/{world.scarce_event}", headers=world.headers, timeout=60)
    allocated = answer.json()["availability"]["allocated"]
    found = []
    if allocated > LAST_SEATS or sold > LAST_SEATS:
        found.append(f"{LAST_SEATS} seats, {sold} registrations accepted, {allocated} allocated")
    return found


def instant(moment: datetime) -> str:
    """As the contract writes instants."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _event(call: Any, now: datetime, name: str, seats: int | None) -> tuple[str, str]:
    start = (now + timedelta(days=30)).replace(minute=0, second=0, microsecond=0)
    body = {
        "name": name,
        "format": "in_person",
        "timezone": "Europe/Warsaw",
        "startsAt": instant(start),
        "endsAt": instant(start + timedelta(hours=8)),
        "venue": {"name": "Congress Centre", "city": "Warszawa", "country": "PL"},
        "capacity": seats,
        "registration": {"allowMultiple": True, "requiredConsents": []},
    }
    event = call("POST", "/api/v1/events", body)["id"]
    ticket = call("POST", f"/api/v1/events/{event}/ticket-types", {"name": "Guest", "kind": "free"})["id"]
    call("POST", f"/api/v1/events/{event}/publish")
    return event, ticket
