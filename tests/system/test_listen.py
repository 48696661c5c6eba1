"""`sandbox listen` as people use it: a command, a receiver on this machine, and what goes wrong."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook

from tests.processes import PATIENCE, Process, Served

NUMBERS = count(1)
KEY = "sk_sandbox_partner_demo"


class Receiver:
    """A developer's own server; answers with what it is told, and remembers what came."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.may_answer = Event()
        self.may_answer.set()
        self._came = Condition()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = outer.take({name.lower(): value for name, value in self.headers.items()}, body)
                outer.may_answer.wait(PATIENCE)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://localhost:{self._server.server_address[1]}/hooks?from=sandbox"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Remember; the next answer."""
        with self._came:
            self.received.append((headers, body))
            self._came.notify_all()
            return self.answers.pop(0) if self.answers else 204

    def ids(self) -> set[str]:
        """Of what the deliveries were about."""
        return {json.loads(body)["data"]["id"] for _, body in self.received}

    def has(self, ids: set[str]) -> None:
        """Wait until all of them came."""
        with self._came:
            self._came.wait_for(lambda: ids <= self.ids(), PATIENCE)
            assert ids <= self.ids()

    def came(self, times: int) -> None:
        """Wait until so many came."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.received) >= times, PATIENCE)

    def close(self) -> None:
        """Release the port."""
        self._server.shutdown()
        self._server.server_close()


class Wire:
    """A way to a server that can be cut."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """All connections end, as when a train enters a tunnel."""
        for pair in self._pairs:
            for each in pair:
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def close(self) -> None:
        """No more."""
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            self._pairs.append((near, far))
            for one, other in ((near, far), (far, near)):
                Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


class Desk:
    """Makes things happen at a server."""

    def __init__(self, url: str) -> None:
        self.client = httpx2.Client(base_url=url, headers={"X-API-Key": KEY}, timeout=60)

    def customers(self, number: int) -> set[str]:
        """Ids of new ones."""
        made = set()
        for _ in range(number):
            body = {"givenName": "New", "email": f"new{next(NUMBERS)}@sandbox.example"}
            answer = self.client.post("/api/v1/customers", json=body)
            assert answer.status_code == 201, answer.text
            made.add(answer.json()["id"])
        return made

    def webhooks(self) -> list[Any]:
        """Those of listeners."""
        found = self.client.get("/api/v1/webhooks").json()["data"]
        return [each for each in found if "listener.sandbox.example" in each["url"]]


def listening(url: str, receiver: Receiver, *more: str) -> Process:
    arguments = ("--url", url, "--api-key", KEY, "listen", "--forward-to", receiver.url)
    process = Process(*arguments, "--events", "customer.created", *more)
    process.says("^Ready: ")
    return process


@pytest.fixture(name="receiver")
def _receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.may_answer.set()
    receiver.close()


@pytest.fixture(scope="module", name="served")
def _served() -> Iterator[Served]:
    served = Served()
    yield served
    served.stop()


class TestListen:
    def test_forwards_what_happens_signed_tries_again_and_cleans_up_when_interrupted(
        self, served: Served, receiver: Receiver
    ) -> None:
        desk, process = Desk(served.url), listening(served.url, receiver)
        secret = process.says("^Signing secret")[0].split()[-1]
        made = desk.customers(3)
        receiver.has(made)
        verifier = Webhook(secret)
        for headers, body in receiver.received:
            assert verifier.verify(body, headers)["event"] == headers["x-webhook-event"] == "customer.created"
        process.says(r"^customer\.created .* → 204", 3)
        [webhook] = desk.webhooks()
        receiver.answers = [503, 500]
        [made] = desk.customers(1)
        for status in ("503", "500 .* attempt 2"):
            process.says(f"→ {status}")
            desk.client.post("/sandbox/v1/clock/advance", json={"duration": "PT1M"})
        process.says("→ 204 .* attempt 3$")
        log = desk.client.get(f"/api/v1/webhooks/{webhook['id']}/deliveries", params={"pageSize": 1}).json()
        assert log["data"][0]["attemptCount"] == 3
        assert process.stop(signal.SIGINT) == 0
        assert process.output[-1] == "Stopped."
        assert desk.webhooks() == []

    def test_loses_nothing_when_the_connection_breaks_while_an_answer_is_awaited(
        self, served: Served, receiver: Receiver
    ) -> None:
        wire, desk = Wire(served.port), Desk(served.url)
        process = listening(wire.url, receiver)
        receiver.may_answer.clear()
        made = desk.customers(2)
        receiver.came(2)
        wire.cut()
        process.says("^Again in")
        made |= desk.customers(2)
        receiver.may_answer.set()
        receiver.has(made)
        process.says("→ 204", 4)
        assert process.stop() == 0
        assert desk.webhooks() == []
        wire.close()

    def test_loses_nothing_when_it_is_killed_and_started_again(
        self, served: Served, receiver: Receiver
    ) -> None:
        desk, process = Desk(served.url), listening(served.url, receiver)
        secret = process.says("^Signing secret")[0].split()[-1]
        receiver.may_answer.clear()
        made = desk.customers(2)
        receiver.came(2)
        process.stop(signal.SIGKILL)
        receiver.may_answer.set()
        made |= desk.customers(2)
        again = listening(served.url, receiver)
        again.says("→ 204", 4)
        assert again.says("^Signing secret")[0].split()[-1] == secret
        assert receiver.ids() == made
        assert again.stop() == 0
        assert desk.webhooks() == []

    def test_begins_anew_with_the_same_secret_after_a_reset(self, served: Served, receiver: Receiver) -> None:
        desk, process = Desk(served.url), listening(served.url, receiver)
        secret = process.says("^Signing secret")[0].split()[-1]
        assert desk.client.post("/sandbox/v1/reset", json={}).status_code == 200
        process.says("^Listening anew")
        made = desk.customers(1)
        receiver.has(made)
        headers, body = receiver.received[-1]
        assert Webhook(secret).verify(body, headers)
        assert process.stop() == 0


def test_loses_nothing_when_the_server_is_killed_and_comes_back(tmp_path: Path, receiver: Receiver) -> None:
    served = Served(data=tmp_path)
    desk, process = Desk(served.url), listening(served.url, receiver)
    made = desk.customers(3)
    receiver.came(1)
    receiver.may_answer.clear()
    made |= desk.customers(3)
    served.stop(signal.SIGKILL)
    process.says("^Again in")
    receiver.may_answer.set()
    again = Served(data=tmp_path, port=served.port)
    made |= desk.customers(2)
    receiver.has(made)
    assert process.stop() == 0
    again.stop()
