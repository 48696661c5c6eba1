"""A workspace with an agenda and a receiver that is only told what to answer."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.control.faults import faults
from sandbox.control.inspector import bins
from sandbox.kernel.agenda import Agenda
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Kind, Kinds
from sandbox.kernel.layers import SeedLayer
from sandbox.kernel.ports import OutboundReply, OutboundRequest, Ports
from sandbox.kernel.workspace import Workspace
from sandbox.platform.webhooks import INITIAL, webhooks
from sandbox.stores.tiny import TinyStore
from sandbox.webhooks import EFFECTS, GATES, JOBS, KINDS, REACTIONS, subscriptions
from sandbox.webhooks.schedule import complete

START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
SECRET = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@dataclass
class FakeHttp:
    """An HttpPort that answers from a list; its last answer repeats."""

    answers: list[OutboundReply] = field(default_factory=lambda: [OutboundReply(200)])
    sent: list[OutboundRequest] = field(default_factory=list)
    refused: str = ""

    async def send(self, request: OutboundRequest) -> OutboundReply:
        """The next answer."""
        self.sent.append(request)
        await asyncio.sleep(0)
        return self.answers[min(len(self.sent), len(self.answers)) - 1]

    def refusal(self, url: str) -> str:
        """Whatever the test set."""
        return self.refused


@dataclass
class World:
    """The workspace under a frozen clock, and what its deliveries did."""

    workspace: Workspace
    http: FakeHttp
    agenda: Agenda

    def subscribe(self, *event_types: str, **members):
        """An active subscription."""
        with self.workspace.transaction() as tx:
            webhook = {
                **INITIAL,
                "id": tx.new_id("webhook"),
                "version": 1,
                "url": "https://receiver.example/hook",
                "eventTypes": list(event_types or ["*"]),
                "retryPolicy": complete(members.pop("retryPolicy", None)),
                "signatureScheme": "both",
                "signatureClock": "workspace",
                "ordering": "strict",
                "disableAfterFailures": 10,
                **members,
            }
            subscriptions.keep_secret(tx, webhook["id"], SECRET)
            return tx.put("webhook", webhook)

    def emit(
        self, event: str = "registration.confirmed", kind: str = "registration", key: str = "r-1", **members
    ):
        """An event about a document."""
        with self.workspace.transaction("6f1c1d0e-0000-4000-8000-000000000001") as tx:
            return tx.emit(event, kind, {"id": key, "status": "confirmed", **members})

    def advance(self, **delta: float) -> None:
        """Move the clock, running everything that falls due."""
        asyncio.run(self.agenda.advance(self.workspace, timedelta(**delta)))

    def live(self, until) -> None:
        """Let the agenda run by itself on the clock as it is until the condition holds."""

        async def run() -> None:
            self.agenda.start()
            self.agenda.wake(self.workspace)
            while not until():
                await asyncio.sleep(0)
            await self.agenda.stop()

        asyncio.run(asyncio.wait_for(run(), 30))

    def answer(self, *statuses: int) -> None:
        """Statuses to answer with."""
        self.http.answers = [OutboundReply(status) for status in statuses]

    def all(self, kind: str, **where):
        """Documents of a kind."""
        with self.workspace.transaction() as tx:
            return tx.find(kind, where)

    def deliveries(self, **where):
        """In the order in which they were made."""
        return sorted(self.all("delivery", **where), key=lambda delivery: delivery["_sequence"])

    def attempts(self):
        """Seconds after the start and status of every attempt, in order."""
        found = sorted(self.all("delivery_attempt"), key=lambda a: (a["at"], a["id"]))
        return [((parse_instant(a["at"]) - START).total_seconds(), a["statusCode"]) for a in found]


@pytest.fixture
def world():
    """An empty workspace of its own, its clock frozen at START."""
    kinds = Kinds([*KINDS, webhooks.kind, bins.kind, faults.kind, Kind("agenda", sorts=("due",))])
    store, reactions = TinyStore(SeedLayer({}, kinds)), {event: [each] for event, each in REACTIONS.items()}
    workspace = Workspace("ws_test", store, kinds, seed=1, reactions=reactions)
    with workspace.transaction() as tx:
        tx.set_clock("frozen", START)
    http = FakeHttp()
    return World(workspace, http, Agenda(JOBS, EFFECTS, Ports(http, "http://127.0.0.1:8080"), GATES))
