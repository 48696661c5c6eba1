"""Walks through the lives of things: a world of one's own, and what was emitted in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from tests.conftest import KEYS, Api, Server
from tests.platform.event_desk import new_event

FAMILIES = ("event.", "registration.", "checkin.", "payment.", "session.")
Told = list[tuple[str, str]]
EVENTS, REGISTRATIONS = "/api/v1/events", "/api/v1/registrations"
NUMBERS = count()
ON_ITS_OWN = "payment.refunded"
"""What is due work, at some time after its cause."""
TOMORROW = {"startsAt": "2026-11-19T06:00:00Z", "endsAt": "2026-11-19T20:00:00Z"}
"""22 hours ahead: registration is open and so are the doors."""
RULES = {
    "registration": {"waitlistEnabled": True},
    "checkIn": {"opensMinutesBefore": 1440},
    "refundPolicy": {"deadlineHours": 0},
}


class Walk:
    """One event of a world of its own, and what is expected of it. `told` is what was emitted last."""

    def __init__(self, api: Api) -> None:
        self.api = api
        event = api.post(EVENTS, json=new_event(**TOMORROW, **RULES, capacity=1)).json()
        self.id, self.url = event["id"], f"{EVENTS}/{event['id']}"
        self.kinds = {paid: self.ticket_type(paid) for paid in (False, True)}
        self.heard = self.emitted()

    def ticket_type(self, paid: bool) -> str:
        price = {"price": {"amount": "10.00", "currency": "EUR"}} if paid else {}
        made = self.api.post(f"{self.url}/ticket-types", json={"name": "Entry", **price}).json()
        return str(made["id"])

    def emitted(self) -> int:
        return int(self.api.workspace.store.count("outbox"))

    def news(self) -> Told:
        """(type, whom it is about) of what was emitted since it was last asked for."""
        recorded = self.api.workspace.store.find("outbox", None, "id")[self.heard :]
        self.heard += len(recorded)
        announced = [each for each in recorded if each["type"].startswith(FAMILIES)]
        return [(each["type"], about(each)) for each in announced if each["type"] != ON_ITS_OWN]

    def status_of(self, kind: str, key: str) -> str | None:
        document = self.api.workspace.store.get(kind, key)
        return None if document is None else str(document["status"])


def about(event: Any) -> str:
    """Whom an event is about: what was paid for, who came in, or the thing itself."""
    data = event["data"]
    subject = data["subject"]["id"] if event["type"] == "payment.completed" else event["resourceId"]
    return str(data.get("registrationId", subject))


@contextmanager
def walking(server: Server) -> Iterator[Walk]:
    """A walk in a fork of the standard world, in which nothing else is due and nobody listens."""
    workspaces = server.sandbox.workspaces
    fork = workspaces.fork("ws_default", workspaces.new_workspace_id(f"walk-{next(NUMBERS)}"))
    with fork.transaction() as tx:
        for kind in ("agenda", "webhook"):
            for document in tx.find(kind):
                tx.delete(kind, document["id"])
    with Api(server, fork.id, {"X-API-Key": KEYS["partner-demo"]}) as api:
        yield Walk(api)
    workspaces.delete(fork.id)
