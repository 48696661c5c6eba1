"""Bookings and holds walked at random: only the listed steps, exactly the listed events, in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.kernel.clock import instant
from sandbox.kernel.errors import InvalidStateTransition
from sandbox.platform.booking_life import BOOKING_LIFE
from sandbox.platform.settling import settle_booking
from tests.conftest import KEYS, Api, Server
from tests.platform.clinic import CONSULTATION, NOWAK, SMITH, Json, ask, emitted, freeze, key, money_in

TABLE = {
    ("pending", "confirm"): ("confirmed", ["booking.confirmed"]),
    ("pending", "pay"): ("confirmed", ["booking.confirmed"]),
    ("pending", "decline"): ("declined", ["booking.declined"]),
    ("pending", "lapse"): ("expired", ["booking.expired"]),
    ("pending", "cancel"): ("cancelled", ["booking.cancelled"]),
    ("pending", "move"): ("pending", ["booking.rescheduled"]),
    ("pending", "write"): ("pending", ["booking.updated"]),
    ("confirmed", "cancel"): ("cancelled", ["booking.cancelled"]),
    ("confirmed", "move"): ("confirmed", ["booking.rescheduled"]),
    ("confirmed", "write"): ("confirmed", ["booking.updated"]),
    ("confirmed", "end"): ("completed", ["booking.completed"]),
    ("confirmed", "present"): ("completed", ["booking.presence_marked", "booking.completed"]),
    ("confirmed", "absent"): ("no_show", ["booking.presence_marked"]),
    ("completed", "present"): ("completed", ["booking.presence_marked"]),
    ("completed", "absent"): ("no_show", ["booking.presence_marked"]),
    ("completed", "write"): ("completed", ["booking.updated"]),
    ("no_show", "present"): ("completed", ["booking.presence_marked", "booking.completed"]),
    ("no_show", "write"): ("no_show", ["booking.updated"]),
}
"""From and step: to, and what is told. Whatever is not here is refused and tells nothing."""
FIRST = {
    "at once": (NOWAK, 1, ["booking.created", "booking.confirmed"]),
    "by hand": (SMITH, 11, ["booking.created"]),
    "paid": (NOWAK, 3, ["booking.created"]),
}
STEPS = ("confirm", "pay", "decline", "cancel", "move", "write", "present", "absent", "day", "half hour")
WALKS = st.tuples(st.sampled_from(sorted(FIRST)), st.lists(st.sampled_from(STEPS), min_size=4, max_size=12))
HOLD_STEPS = st.lists(st.sampled_from(("book", "release", "steal", "wait")), min_size=2, max_size=6)
NUMBERS = count(1)
FAST = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@contextmanager
def world(server: Server) -> Iterator[Api]:
    """A fork on a frozen Wednesday."""
    workspaces = server.sandbox.workspaces
    fork = workspaces.fork("ws_default", workspaces.new_workspace_id("machines"))
    with Api(server, fork.id, {"X-API-Key": KEYS["partner-demo"]}) as api:
        freeze(api)
        yield api
    workspaces.delete(fork.id)


class Walk:
    """One booking, and what is known of it from the table alone."""

    def __init__(self, api: Api, kind: str) -> None:
        self.api, self.kind = api, kind
        self.assignment, self.offering, self.events = FIRST[kind]
        email = f"walker{next(NUMBERS)}@sandbox.example"
        body = ask(self.slot(), self.offering, self.assignment, customer={"givenName": "W", "email": email})
        answer = api.post("/api/v1/bookings", json=body)
        assert answer.status_code == 201, answer.text
        self.path, self.id = answer.headers["location"], answer.json()["id"]
        self.status = "confirmed" if kind == "at once" else "pending"
        self.presence, self.moves, self.is_paid = "unknown", 0, False

    def slot(self) -> str:
        """The first free one three days ahead or later."""
        begin, end = (self.now(days) for days in (3, 40))
        query = {"from": begin, "to": end, "offeringId": key("c5", self.offering), "pageSize": 1}
        found = self.api.get(f"/api/v1/assignments/{self.assignment}/slots", params=query).json()["data"]
        return str(found[0]["startsAt"])

    def now(self, days: int = 0) -> str:
        """The world's clock, so many days later."""
        return instant(self.api.workspace.now() + timedelta(days=days))

    def told(self) -> list[str]:
        with self.api.workspace.transaction() as tx:
            return [event["type"] for event in tx.find("outbox", {"resourceId": self.id})]

    def seen(self) -> Json:
        found: Json = self.api.get(self.path).json()
        return found

    def take(self, step: str) -> None:
        """Do it, and compare with what the table says."""
        if step in ("day", "half hour"):
            self.wait("P1D" if step == "day" else "PT30M")
        else:
            is_allowed = self.allows(step)
            done = getattr(self, f"do_{step}", self.act)(step)
            assert done == is_allowed, (self.status, step)
            if is_allowed:
                self.follow(step)
        seen = self.seen()
        assert (seen["status"], seen["presence"]) == (self.status, self.presence)
        assert self.told() == self.events

    def allows(self, step: str) -> bool:
        """By the table and its guards."""
        if step in ("present", "absent"):
            is_listed = (self.status, step) in TABLE or self.presence == step
            return is_listed and self.seen()["startsAt"] <= self.now()
        is_due = self.kind == "paid" and self.status == "pending"
        if (step == "confirm" and is_due) or (step == "pay" and not is_due):
            return False
        return (self.status, step) in TABLE and not (step == "move" and self.moves == 5)

    def follow(self, step: str) -> None:
        if self.presence == step:
            return
        self.status, told = TABLE[self.status, step]
        self.events = [*self.events, *told]
        self.presence = step if step in ("present", "absent") else self.presence
        self.moves += step == "move"

    def wait(self, duration: str) -> None:
        before = self.seen()
        self.api.advance(duration)
        now = self.now()
        if self.status == "pending" and before["confirmationExpiresAt"] <= now:
            self.follow("lapse")
        elif self.status == "confirmed" and before["endsAt"] <= now:
            self.follow("end")

    # steps: whether they were done

    def act(self, step: str) -> bool:
        return self.api.post(f"{self.path}/{step}").status_code == 200

    def do_pay(self, _: str) -> bool:
        if not self.allows("pay"):
            return False
        with self.api.workspace.transaction() as tx:
            settle_booking(tx, self.id, money_in(tx))
        return True

    def do_cancel(self, _: str) -> bool:
        body = {"reason": "?", "override": True, "refund": "none"}
        return self.api.post(f"{self.path}/cancel", json=body).status_code == 200

    def do_move(self, _: str) -> bool:
        return self.api.post(f"{self.path}/reschedule", json={"startsAt": self.slot()}).status_code == 200

    def do_write(self, _: str) -> bool:
        comment = {"comment": f"note {next(NUMBERS)}"}
        return self.api.patch(self.path, json=comment).status_code == 200

    def do_present(self, step: str) -> bool:
        return self.api.put(f"{self.path}/presence", json={"presence": step}).status_code == 200

    do_absent = do_present


@given(WALKS)
@FAST
def test_a_booking_takes_the_listed_steps_and_no_others(server: Server, walk: tuple[str, list[str]]) -> None:
    kind, steps = walk
    with world(server) as api:
        booking = Walk(api, kind)
        for step in steps:
            booking.take(step)


@given(HOLD_STEPS)
@FAST
def test_a_hold_takes_the_listed_steps_and_no_others(server: Server, steps: list[str]) -> None:
    with world(server) as api:
        slot = {"assignmentId": NOWAK, "offeringId": CONSULTATION, "startsAt": "2026-11-24T08:00:00.000Z"}
        other = api.as_("partner-other")
        made = api.post("/api/v1/slot-holds", json={**slot, "ttlSeconds": 300})
        path, status, waited, told = made.headers["location"], "active", 0, ["slot.held"]
        for step in steps:
            if step == "wait":
                api.advance("PT200S")
                waited += 200
                if status == "active" and waited >= 300:
                    status, told = "expired", [*told, "slot.released"]
            elif step == "steal":
                assert other.delete(path).status_code == 403
            elif step == "release":
                assert api.delete(path).status_code == 204
                if status == "active":
                    status, told = "released", [*told, "slot.released"]
            else:
                who = {"givenName": "W", "email": f"walker{next(NUMBERS)}@sandbox.example"}
                body = {"holdId": made.json()["id"], "customer": who}
                answer = api.post("/api/v1/bookings", json=body)
                assert answer.status_code == (201 if status == "active" else 409), answer.text
                status = "consumed" if status == "active" else status
            assert api.get(path).json()["status"] == status
            assert [event for event in emitted(api) if event.startswith("slot.")] == told


@pytest.mark.parametrize("status", ["declined", "expired", "cancelled"])
def test_what_is_over_stays_over(status: str) -> None:
    assert not [step for (start, step) in TABLE if start == status]


def test_the_table_of_the_platform_lists_nothing_more() -> None:
    names = {"pay": "confirm", "lapse": "expire", "move": "reschedule", "write": "update", "end": "complete"}
    names |= {"present": "mark_present", "absent": "mark_absent"}
    listed = {(start, names.get(step, step)): to for (start, step), (to, _) in TABLE.items()}
    again = {("no_show", "mark_absent"): "no_show"}
    states = {start for start, _ in listed} | set(listed.values())
    for start in states:
        for step in {step for _, step in listed}:
            wanted = (listed | again).get((start, step))
            if wanted is not None:
                assert BOOKING_LIFE.next(start, step) == wanted
                continue
            with pytest.raises(InvalidStateTransition):
                BOOKING_LIFE.next(start, step)
