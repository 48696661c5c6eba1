"""Virtual users on the happy path: look around, book, register, and fight for the last seats."""

from __future__ import annotations

import itertools
import os
import random
from datetime import timedelta
from typing import Any, ClassVar

from locust import HttpUser, between, events, task
from locust.env import Environment
from locust.stats import StatsEntry

from loadtests.budget import PROFILES, Measured, breaches
from loadtests.world import LoadWorld, instant, oversold, prepare

PROFILE = PROFILES[os.environ.get("LOAD_PROFILE", "quick")]
NUMBERS = itertools.count(1)
SOLD_OUT = {"EVENT_SOLD_OUT", "TICKET_TYPE_SOLD_OUT"}
TAKEN = {"SLOT_ALREADY_BOOKED", "SLOT_UNAVAILABLE", "SLOT_HELD", "PRACTITIONER_UNAVAILABLE"}


class Run:
    """What one run shares: its world, and how many scarce seats were sold."""

    world: ClassVar[LoadWorld]
    sold: ClassVar[int] = 0


@events.test_start.add_listener
def _prepare(environment: Environment, **_: Any) -> None:
    Run.world = prepare(environment.host or "")
    Run.sold = 0


@events.quitting.add_listener
def _judge(environment: Environment, **_: Any) -> None:
    """Locust's documented way to an exit code."""
    stats = environment.stats
    lines = [_measured(entry) for entry in stats.entries.values()]
    beyond = oversold(environment.host or "", Run.world, Run.sold) if hasattr(Run, "world") else ["no world"]
    found = breaches(_measured(stats.total), lines, PROFILE.budget, beyond)
    for breach in found:
        print(f"over budget: {breach}")
    if not found:
        print(f"within budget: {stats.total.num_requests} requests, {stats.total.total_rps:.0f}/s")
    environment.process_exit_code = 1 if found else 0


def _measured(entry: StatsEntry) -> Measured:
    p95 = entry.get_response_time_percentile(0.95) or 0.0
    return Measured(entry.name, entry.num_requests, entry.num_failures, float(p95))


class Partner(HttpUser):
    """A partner's integration: 70 % reads, the rest bookings and registrations."""

    wait_time = between(0.05, 0.25)

    def on_start(self) -> None:
        """The run's workspace and credential."""
        self.client.headers.update(Run.world.headers)
        self.client.trust_env = False

    @task(3)
    def browse_events(self) -> None:
        """A list, then one of it."""
        with self.client.get("/api/v1/events?pageSize=20", name="list events", catch_response=True) as answer:
            found = answer.json().get("data", []) if answer.ok else []
        if found:
            event = random.choice(found)["id"]
            self.client.get(f"/api/v1/events/{event}", name="get event")

    @task(2)
    def browse_bookings(self) -> None:
        """The latest bookings."""
        self.client.get("/api/v1/bookings?pageSize=20&sort=-startsAt", name="list bookings")

    @task(3)
    def book(self) -> None:
        """Search a day, book a free slot, read the booking back, sometimes cancel it."""
        slot = self._free_slot()
        if slot is None:
            return
        number = next(NUMBERS)
        body = {
            "slotId": slot["id"],
            "customer": {"givenName": "Load", "email": f"load{number}@sandbox.example"},
        }
        booking = self._post("/api/v1/bookings", "book", body, TAKEN)
        if booking is None:
            return
        self.client.get(f"/api/v1/bookings/{booking['id']}", name="get booking")
        if random.random() < 0.3:
            self._post(
                f"/api/v1/bookings/{booking['id']}/cancel",
                "cancel booking",
                {"reason": "changed plans"},
                set(),
            )

    @task(3)
    def register(self) -> None:
        """A free ticket, and the registration read back."""
        made = self._register(Run.world.open_event, Run.world.open_ticket, "register")
        if made is not None:
            self.client.get(f"/api/v1/registrations/{made['id']}", name="get registration")

    @task(1)
    def fight_for_the_last_seats(self) -> None:
        """Everybody wants in; only so many may."""
        if self._register(Run.world.scarce_event, Run.world.scarce_ticket, "register (scarce)") is not None:
            Run.sold += 1

    def _free_slot(self) -> dict[str, Any] | None:
        day = Run.world.now + timedelta(days=random.randint(2, 60))
        place = random.choice(Run.world.assignments)
        query = {"assignmentId": place, "from": instant(day), "to": instant(day + timedelta(days=1))}
        with self.client.get(
            "/api/v1/slots", params=query, name="search slots", catch_response=True
        ) as answer:
            found: list[dict[str, Any]] = answer.json().get("data", []) if answer.ok else []
        return random.choice(found) if found else None

    def _register(self, event: str, ticket: str, name: str) -> dict[str, Any] | None:
        number = next(NUMBERS)
        body = {
            "eventId": event,
            "contact": {"name": f"Load {number}", "email": f"load{number}@sandbox.example"},
            "items": [{"ticketTypeId": ticket, "quantity": 1, "attendees": [{"name": f"Load {number}"}]}],
        }
        return self._post("/api/v1/registrations", name, body, SOLD_OUT)

    def _post(self, path: str, name: str, body: dict[str, Any], expected: set[str]) -> dict[str, Any] | None:
        """The made document; None where it was refused for a reason that belongs to the game."""
        with self.client.post(path, json=body, name=name, catch_response=True) as answer:
            if answer.ok:
                made: dict[str, Any] = answer.json()
                return made
            code = _code(answer)
            if answer.status_code == 409 and code in expected:
                answer.success()
            else:
                answer.failure(f"{answer.status_code} {code}")
        return None


def _code(answer: Any) -> str:
    try:
        return str(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return "no error body"
