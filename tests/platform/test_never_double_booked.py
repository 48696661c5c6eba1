"""Whatever is asked in whatever order: nobody is in two places, no class overfull, no time lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from inspect import iscoroutinefunction
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.identity.principal import Principal
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import DomainError
from sandbox.kernel.workspace import Workspace
from sandbox.platform import bookings, moves, slots
from sandbox.platform.call import Call
from sandbox.platform.holds import expire_hold
from tests.conftest import Server
from tests.platform.clinic import WEDNESDAY, key

SOLD = ((1, 1), (1, 2), (1, 8), (3, 12), (4, 13), (4, 22), (12, 20), (6, 15))
TAKES_TIME = ("pending", "confirmed", "completed", "no_show")
ON_PURPOSE = {key("cb", 3), key("cb", 4)}

SLOT = st.tuples(st.sampled_from(SOLD), st.integers(2, 9))
STEPS = st.one_of(
    st.tuples(st.just("book"), SLOT),
    st.tuples(st.just("hold"), SLOT),
    st.tuples(st.just("class"), st.integers(0, 3)),
    st.tuples(st.just("use"), st.integers(0, 9)),
    st.tuples(st.just("lapse"), st.integers(0, 9)),
    st.tuples(st.just("move"), st.integers(0, 9), SLOT),
    st.tuples(st.just("cancel"), st.integers(0, 9)),
    st.tuples(st.just("decline"), st.integers(0, 9)),
)


class Desk:
    """Carries out one step after the other in a fork of the world; what is refused is refused."""

    def __init__(self, server: Server, world: Workspace) -> None:
        self.server, self.world = server, world
        self.holds: list[Document] = []
        self.made: list[Document] = []
        self.persons = 0

    def call(self, handler: Any, *arguments: Any) -> Any:
        plan: Any = SimpleNamespace(id="", sorts=[])
        caller = Principal("key_x", "partner", frozenset({"bookings:manage"}), subject="x")
        call = Call(self.server.sandbox.server, plan, self.world, caller)
        try:
            if iscoroutinefunction(handler):
                return asyncio.run(handler(call, *arguments))
            with call.transaction() as tx:
                call.tx = tx
                return handler(call, *arguments)
        except DomainError:
            return None

    def slot(self, sold: tuple[int, int], half_hour: int) -> dict[str, Any]:
        start = parse_instant("2026-11-24T07:00:00Z") + timedelta(minutes=30 * half_hour)
        return {
            "assignmentId": key("c4", sold[0]),
            "offeringId": key("c5", sold[1]),
            "startsAt": instant(start),
        }

    def person(self) -> dict[str, Any]:
        self.persons += 1
        known = {"givenName": "P", "email": f"p{self.persons}@sandbox.example"}
        return {"customer": {**known, "status": "active", "dataPrivacyConsent": True}}

    def book(self, slot: tuple[tuple[int, int], int]) -> None:
        self.keep(self.call(bookings.create_booking, {**self.slot(*slot), **self.person()}))

    def hold(self, slot: tuple[tuple[int, int], int]) -> None:
        held = self.call(slots.create_slot_hold, {**self.slot(*slot), "ttlSeconds": 300})
        self.holds += [held] if held else []

    def class_(self, week: int) -> None:
        start = parse_instant("2026-11-25T17:00:00Z") + timedelta(days=7 * week)
        body = {"assignmentId": key("c4", 8), "offeringId": key("c5", 7), "startsAt": instant(start)}
        for _ in range(3):
            self.keep(self.call(bookings.create_booking, {**body, **self.person()}))

    def use(self, n: int) -> None:
        if self.holds:
            held = self.holds[n % len(self.holds)]
            self.keep(self.call(bookings.create_booking, {"holdId": held["id"], **self.person()}))

    def lapse(self, n: int) -> None:
        if self.holds:
            with self.world.transaction() as tx:
                expire_hold(tx, Document(subject=self.holds[n % len(self.holds)]["id"]))

    def move(self, n: int, slot: tuple[tuple[int, int], int]) -> None:
        if self.made:
            self.call(bookings.reschedule_booking, self.made[n % len(self.made)]["id"], self.slot(*slot))

    def cancel(self, n: int) -> None:
        if self.made:
            body = {"reason": "?", "refund": "policy", "override": False}
            self.call(bookings.cancel_booking, self.made[n % len(self.made)]["id"], body)

    def decline(self, n: int) -> None:
        if self.made:
            with self.world.transaction() as tx:
                moves.expire(tx, Document(subject=self.made[n % len(self.made)]["id"]))

    def keep(self, booking: Document | None) -> None:
        self.made += [booking] if booking else []

    def check(self) -> None:
        with self.world.transaction() as tx:
            rows = [row for row in tx.find("booking") if row["id"] not in ON_PURPOSE]
            capacity = {offering["id"]: offering["capacity"] for offering in tx.find("offering")}
            holds = tx.find("slot_hold")
        for row in rows:
            assert bool(row["_busy"]) == (row["status"] in TAKES_TIME)
        for row in holds:
            assert bool(row["_busy"]) == (row["status"] == "active")
        taking = sorted((r for r in [*rows, *holds] if r["_busy"]), key=lambda r: str(r["startsAt"]))
        for n, one in enumerate(taking):
            with_it = [
                two
                for two in taking[n + 1 : n + 60]
                if two["practitionerId"] == one["practitionerId"] and two["startsAt"] < one["endsAt"]
            ]
            assert all(
                (two["offeringId"], two["startsAt"]) == (one["offeringId"], one["startsAt"])
                for two in with_it
            )
            assert len(with_it) < capacity[one["offeringId"]]


@given(st.lists(STEPS, min_size=12, max_size=50))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_order_of_steps_books_anything_twice(server: Server, steps: list[Any]) -> None:
    workspaces = server.sandbox.workspaces
    world = workspaces.fork("ws_default", workspaces.new_workspace_id("never double booked"))
    with world.transaction() as tx:
        tx.set_clock("frozen", parse_instant(WEDNESDAY))
    desk = Desk(server, world)
    for name, *arguments in steps:
        getattr(desk, "class_" if name == "class" else name)(*arguments)
    desk.check()
    workspaces.delete(world.id)
