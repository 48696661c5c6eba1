"""Many callers, one place: exactly one of them gets it, and the lock is what makes it so."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import orjson
import pytest

from sandbox.kernel.workspace import Workspace
from tests.conftest import KEYS, Server

CALLERS = 200
ROUNDS = 50
NINE = "2026-11-23T08:00:00Z"
TERMS = [{"purpose": "terms", "granted": True}]

Ask = Callable[[int], tuple[str, dict[str, Any]]]


def slot(caller: int) -> tuple[str, dict[str, Any]]:
    """Book next Monday 09:00 with Nowak in Warsaw, each caller for a customer of its own."""
    body = {
        "assignmentId": "c4000000-0000-4000-8000-000000000001",
        "offeringId": "c5000000-0000-4000-8000-000000000001",
        "startsAt": NINE,
        "customer": {"givenName": "Maria", "email": f"maria{caller}@sandbox.example"},
    }
    return "/api/v1/bookings", body


def last_seat(caller: int) -> tuple[str, dict[str, Any]]:
    """Register for the event that has one place left."""
    body = {
        "eventId": "e1000000-0000-4000-8000-000000000005",
        "contact": {"name": "Ada", "email": f"ada{caller}@sandbox.example"},
        "items": [{"ticketTypeId": "e3000000-0000-4000-8000-000000000012"}],
        "consents": TERMS,
    }
    return "/api/v1/registrations", body


REFUSALS = {slot: "SLOT_ALREADY_BOOKED", last_seat: "EVENT_SOLD_OUT"}


@pytest.fixture(name="base")
def _base(server: Server) -> Iterator[Workspace]:
    workspaces = server.sandbox.workspaces
    fork = workspaces.fork("ws_default", workspaces.new_workspace_id("contention"))
    yield fork
    workspaces.delete(fork.id)


async def contend(server: Server, workspace_id: str, ask: Ask) -> Counter[str]:
    """All callers at once over sockets; what each was told."""

    async def call(session: aiohttp.ClientSession, caller: int) -> str:
        path, body = ask(caller)
        async with session.post(server.url + path, json=body) as answer:
            told = await answer.json()
            return str(answer.status) if answer.status == 201 else told["error"]["code"]

    headers = {"X-API-Key": KEYS["partner-demo"], "X-Sandbox-Workspace": workspace_id}
    connector = aiohttp.TCPConnector(limit=CALLERS)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        return Counter(await asyncio.gather(*(call(session, caller) for caller in range(CALLERS))))


class TestOverSockets:
    @pytest.mark.parametrize("ask", [slot, last_seat])
    def test_exactly_one_of_two_hundred_succeeds_fifty_times(
        self, server: Server, base: Workspace, ask: Ask
    ) -> None:
        workspaces = server.sandbox.workspaces

        async def rounds() -> list[Counter[str]]:
            told = []
            for number in range(ROUNDS):
                fork = workspaces.fork(base.id, f"ws_contention_{number}")
                told.append(await contend(server, fork.id, ask))
                assert_nothing_is_oversold(fork)
                workspaces.delete(fork.id)
            return told

        expected = Counter({"201": 1, REFUSALS[ask]: CALLERS - 1})
        assert [expected] * ROUNDS == asyncio.run(rounds())


def assert_nothing_is_oversold(workspace: Workspace) -> None:
    with workspace.transaction() as tx:
        event = tx.need("event", "e1000000-0000-4000-8000-000000000005")
        taken = sum(
            row["ticketCount"]
            for row in tx.find("registration", {"eventId": event["id"]})
            if row["status"] in ("pending", "confirmed", "checked_in")
        )
        assert taken <= event["capacity"]
        assert event["availability"]["remaining"] == event["capacity"] - taken


class NoLock:
    """A lock that lets everybody in: the defect that the contention test must notice."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None

    def __enter__(self) -> bool:
        return True

    def __exit__(self, *_: object) -> None:
        return None


def in_threads(server: Server, workspace: Workspace, ask: Ask, callers: int = 32) -> int:
    """How many callers succeed when each runs the whole gateway in a thread of its own."""
    barrier = threading.Barrier(callers)

    def call(caller: int) -> int:
        barrier.wait()
        return asyncio.run(in_process(server, workspace.id, *ask(caller)))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(callers) as pool:
            return list(pool.map(call, range(callers))).count(201)
    finally:
        sys.setswitchinterval(interval)


async def in_process(server: Server, workspace_id: str, path: str, body: dict[str, Any]) -> int:
    """The status of one call made straight to the ASGI application."""
    status = 0
    headers = [
        (b"x-api-key", KEYS["partner-demo"].encode()),
        (b"x-sandbox-workspace", workspace_id.encode()),
        (b"content-type", b"application/json"),
    ]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": orjson.dumps(body), "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    await server.sandbox.app(scope, receive, send)
    return status


class TestInThreads:
    @pytest.mark.parametrize("ask", [slot, last_seat])
    def test_the_lock_lets_exactly_one_through(self, server: Server, base: Workspace, ask: Ask) -> None:
        assert [1] * 5 == [self.winners(server, base, ask, number) for number in range(5)]

    @pytest.mark.parametrize("ask", [slot, last_seat])
    def test_without_the_lock_more_than_one_gets_through(
        self, server: Server, base: Workspace, ask: Ask
    ) -> None:
        """The same measurement notices a broken lock; four hundred rounds are far more than it needs."""
        found = (self.winners(server, base, ask, number, NoLock()) for number in range(400))

        assert any(winners != 1 for winners in found)

    def winners(self, server: Server, base: Workspace, ask: Ask, number: int, lock: Any = None) -> int:
        workspaces = server.sandbox.workspaces
        fork = workspaces.fork(base.id, f"ws_threads_{number}")
        if lock is not None:
            fork.lock = lock
        try:
            return in_threads(server, fork, ask)
        finally:
            workspaces.delete(fork.id)


class TestForks:
    def test_two_hundred_forks_each_sell_the_last_seat_and_the_base_is_untouched(
        self, server: Server, base: Workspace
    ) -> None:
        before = base.state_hash()

        async def call(session: aiohttp.ClientSession, number: int) -> int:
            path, body = last_seat(number)
            headers = {"X-Sandbox-Run": f"fork-{number}"}
            async with session.post(server.url + path, json=body, headers=headers) as answer:
                return answer.status

        async def everyone() -> list[int]:
            headers = {"X-API-Key": KEYS["partner-demo"], "X-Sandbox-Workspace": base.id}
            connector = aiohttp.TCPConnector(limit=CALLERS)
            async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
                return await asyncio.gather(*(call(session, number) for number in range(200)))

        assert [201] * 200 == asyncio.run(everyone())
        assert before == base.state_hash()
