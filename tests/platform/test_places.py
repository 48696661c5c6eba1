"""Whatever is done in whatever order: nothing is oversold, and every count is what the registrations say."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.kernel.workspace import Workspace
from tests.platform import event_desk as desk
from tests.platform.event_desk import Json, order

REGISTRATIONS = "/api/v1/registrations"
HOLDING = ("pending", "confirmed", "checked_in")

STEPS = st.one_of(
    st.tuples(st.just("register"), st.integers(0, 2), st.integers(1, 3)),
    st.tuples(st.sampled_from(["cancel", "confirm", "promote"]), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("capacity"), st.integers(1, 8), st.just(0)),
    st.tuples(st.just("stock"), st.integers(0, 6), st.just(0)),
    st.tuples(st.just("wait"), st.sampled_from([10, 31]), st.just(0)),
)


class Scene:
    """One event with a waitlist and three ticket types: free, paid, and paid for pairs."""

    def __init__(self, api: Any) -> None:
        self.api = api
        self.event = f"/api/v1/events/{desk.WAITLIST}"
        self.kinds = [desk.ticket_type(11)]
        paid = {"price": {"amount": "20.00", "currency": "EUR"}}
        for body in ({"name": "Paid", "quantity": 4, **paid}, {"name": "Pair", "admits": 2, **paid}):
            self.kinds.append(api.post(f"{self.event}/ticket-types", json=body).json()["id"])
        self.made: list[str] = [desk.registration(n) for n in (14, 15, 16, 4, 17)]

    def step(self, action: str, number: int, quantity: int) -> int:
        """Do it; the status of the answer."""
        chosen = self.made[number % len(self.made)]
        if action == "register":
            return self._register(number, quantity)
        if action == "capacity":
            return int(self.api.patch(self.event, json={"capacity": number}).status_code)
        if action == "stock":
            url = f"{self.event}/ticket-types/{self.kinds[1]}"
            return int(self.api.patch(url, json={"quantity": number}).status_code)
        if action == "wait":
            self.api.advance(f"PT{number}M")
            return 200
        body = {"cancel": {"reason": "No"}, "confirm": {"method": "offline"}, "promote": None}[action]
        return int(self.api.post(f"{REGISTRATIONS}/{chosen}/{action}", json=body).status_code)

    def _register(self, number: int, quantity: int) -> int:
        body = order(desk.WAITLIST, email=f"guest{len(self.made)}@sandbox.example", quantity=quantity)
        body["items"][0]["ticketTypeId"] = self.kinds[number]
        answer = self.api.post(REGISTRATIONS, json=body)
        if answer.status_code == 201:
            self.made.append(answer.json()["id"])
        return int(answer.status_code)


def check(workspace: Workspace) -> None:
    """Counts kept with the event and its types against the registrations themselves."""
    with workspace.transaction() as tx:
        event = tx.need("event", desk.WAITLIST)
        rows: list[Json] = list(tx.find("registration", {"eventId": desk.WAITLIST}))
        kinds = tx.find("ticket_type", {"eventId": desk.WAITLIST})
        tickets = Counter(
            ticket["registrationId"] for ticket in tx.find("ticket") if ticket["status"] == "valid"
        )
    holding = [row for row in rows if row["status"] in HOLDING]
    lines = [line for row in holding for line in row["items"]]
    allocated = sum(line["quantity"] * line["admits"] for line in lines)
    shown = event["availability"]
    assert shown["allocated"] == allocated <= event["capacity"]
    assert shown["remaining"] == event["capacity"] - allocated
    for kind in kinds:
        sold = sum(line["quantity"] for line in lines if line["ticketTypeId"] == kind["id"])
        assert kind["sold"] == sold
        assert kind["quantity"] is None or kind["remaining"] == kind["quantity"] - sold >= 0
    positions = sorted(row["waitlistPosition"] for row in rows if row["status"] == "waitlisted")
    assert positions == list(range(1, shown["waitlisted"] + 1))
    for row in rows:
        expected = row["ticketCount"] if row["status"] in ("confirmed", "checked_in") else 0
        assert tickets[row["id"]] == expected


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_no_order_of_events_breaks_the_counts(api: Any, steps: list[tuple[str, int, int]]) -> None:
    workspaces = api.server.sandbox.workspaces
    fork = workspaces.fork(api.workspace_id, workspaces.new_workspace_id("places"))
    with type(api)(api.server, fork.id, {"X-API-Key": "sk_sandbox_partner_demo"}) as client:
        scene = Scene(client)
        for action, number, quantity in steps:
            assert scene.step(action, number, quantity) < 500
            check(fork)
    workspaces.delete(fork.id)
