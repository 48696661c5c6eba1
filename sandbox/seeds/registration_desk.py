"""Registers people in the seed world and keeps count, so that every event shows exactly what is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.seeds import event_documents as make
from sandbox.seeds.event_documents import HOLDING, Doc
from sandbox.seeds.world import SeedWorld

CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ23456789"
TICKET_CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
FIRST_BULK = 1000
FIRST_FIXTURE = 10
"""Attendees and tickets of fixture registrations are numbered from here; below are the named ones."""


class Desk:
    """Takes registrations; `close` writes the counts into events and ticket types."""

    def __init__(self, world: SeedWorld) -> None:
        self.world = world
        self.random = world.faker("registrations").random
        self.statuses: Counter[str] = Counter()
        self._places: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._sold: Counter[str] = Counter()
        self._next = {"fixture": FIRST_FIXTURE, "bulk": FIRST_BULK}
        self.scans = {"fixture": 1, "bulk": FIRST_BULK}

    def register(
        self, number: int, kind: Mapping[str, Any], person: Mapping[str, Any], status: str, **members: Any
    ) -> Doc:
        """One registration with its attendees and tickets."""
        key = self.world.id("b1", number)
        code = "".join(self.random.choices(CODE, k=8))
        members.setdefault("created", self.world.at(days=-20))
        names: Sequence[str] = members.pop("names", ())
        if status == "waitlisted":
            members["waitlistPosition"] = self._waiting[kind["eventId"]] + 1
        if status == "pending":
            members.setdefault("expiresAt", self.world.at(days=7, minutes=25))
        if status == "cancelled":
            members = {**_cancellation(members["created"]), **members}
        stored = make.registration(key, code, kind, person, status=status, **members)
        self._count(stored)
        self.world.put("registration", stored)
        if stored["expiresAt"] and status == "pending":
            schedule(self.world, "registration.expire", key, stored["expiresAt"])
        if status in ("confirmed", "checked_in"):
            self._admit(stored, kind, names)
        return stored

    def scan(self, used: Doc, at: str, direction: str = "entry", **members: Any) -> Doc:
        """A pass through the door."""
        room = "fixture" if _is_fixture(used["registrationId"]) else "bulk"
        number = self.scans[room]
        self.scans[room] += 1
        made = make.check_in(self.world.id("b4", number), number, used, at, direction)
        return dict(self.world.put("check_in", {**made, **members}))

    def issue(
        self, number: int, code: str, holder: Doc, kind: Mapping[str, Any], name: str, status: str
    ) -> Doc:
        """One attendee and the ticket, both under that number."""
        world = self.world
        ticket_id = world.id("b3", number)
        person = make.attendee(world.id("b2", number), ticket_id, holder, kind, name)
        ticket = make.ticket(ticket_id, code, person, status)
        if status == "used":
            at = make.after(
                self.world.get("event", holder["eventId"])["startsAt"], minutes=self.random.randrange(90)
            )
            person["checkedInAt"] = at
            self.scan(ticket, at)
        world.put("attendee", person)
        return dict(world.put("ticket", ticket))

    def close(self) -> None:
        """Bring events and ticket types in line with what was registered."""
        for event in self.world.all("event"):
            self.world.put("event", {**event, "availability": self._availability(event)})
        for kind in self.world.all("ticket_type"):
            sold, quantity = self._sold[kind["id"]], kind["quantity"]
            remaining = None if quantity is None else quantity - sold
            self.world.put("ticket_type", {**kind, "sold": sold, "remaining": remaining})

    def places(self, event_id: str) -> int:
        """How many are taken so far."""
        return self._places[event_id]

    def _count(self, stored: Doc) -> None:
        self.statuses[stored["status"]] += 1
        line, event_id = stored["items"][0], stored["eventId"]
        if stored["status"] in HOLDING:
            self._sold[line["ticketTypeId"]] += line["quantity"]
            self._places[event_id] += line["quantity"] * line["admits"]
        elif stored["status"] == "waitlisted":
            self._waiting[event_id] += 1

    def _admit(self, stored: Doc, kind: Mapping[str, Any], names: Sequence[str]) -> None:
        contact = stored["contact"]["name"]
        room = "fixture" if _is_fixture(stored["id"]) else "bulk"
        over = self.world.get("event", stored["eventId"])["status"] == "completed"
        status = "used" if stored["status"] == "checked_in" else "expired" if over else "valid"
        for position in range(stored["ticketCount"]):
            number = self._next[room]
            self._next[room] += 1
            code = "".join(self.random.choices(TICKET_CODE, k=16))
            name = names[position] if position < len(names) else contact
            self.issue(number, code, stored, kind, name, status)

    def _availability(self, event: Mapping[str, Any]) -> Doc:
        capacity, allocated = event["capacity"], self._places[event["id"]]
        if event["status"] == "cancelled":
            allocated = 0
        remaining = None if capacity is None else capacity - allocated
        waitlisted = self._waiting[event["id"]]
        counts = {"allocated": allocated, "remaining": remaining, "waitlisted": waitlisted}
        return {"capacity": capacity, **counts, "soldOut": remaining == 0}


def schedule(world: SeedWorld, job: str, subject: str, due: str) -> None:
    """Work that falls due in the seeded world."""
    world.put("agenda", {"id": f"{job}:{subject}", "due": due, "job": job, "subject": subject, "payload": {}})


def _is_fixture(key: str) -> bool:
    return int(key[-12:]) < FIRST_BULK


def _cancellation(created: str) -> Doc:
    return {
        "cancelledAt": make.after(created, days=1),
        "cancelledBy": "a1000000-0000-4000-8000-000000000002",
        "cancellationReason": "Plans have changed",
    }
