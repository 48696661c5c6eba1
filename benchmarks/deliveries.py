"""Signed deliveries from one process to a receiver here, beside a bare loop of the same HTTP client."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

import uvloop

from benchmarks.facts import ROOT, ask
from benchmarks.load import Load
from benchmarks.processes import SERVER_CORE, Running, pin
from benchmarks.targets import Report, Target
from benchmarks.traffic import price, rate, sandbox, versus

TO_BARE = Target(0.1, 0.2)
BURST = 1500
"""Deliveries a round: as many as wait in a workspace without the log forgetting some."""
AT_ONCE = 32
A_TRIGGER = 50
PATIENCE = 120.0
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
DISPATCHER = "/sandbox/v1/webhook-dispatcher"


class Receiver:
    """Counts what arrives on its port, and knows when the first and the last of so many came."""

    def __init__(self) -> None:
        self.port = 0
        self.body = b""
        self.expect(0)

    def expect(self, count: int) -> None:
        """Begin to count anew."""
        self.left, self.first, self.last = count, 0.0, 0.0
        self.all = asyncio.Event()
        self._all = threading.Event()

    def arrived(self, body: bytes) -> None:
        """One more."""
        self.last = time.perf_counter()
        self.first = self.first or self.last
        self.body = body
        self.left -= 1
        if self.left == 0:
            self.all.set()
            self._all.set()

    def wait(self, seconds: float) -> None:
        """Until all came; for another thread than that of the loop."""
        if not self._all.wait(seconds):
            raise RuntimeError(f"{self.left} deliveries did not arrive")


class Connection(asyncio.Protocol):
    """Answers each request as soon as it is there in whole."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (head := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self._buffer, 0, head + 2)
            end = head + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < end:
                return
            body, self._buffer = self._buffer[head + 4 : end], self._buffer[end:]
            self._transport.write(ANSWER)
            self._receiver.arrived(body)


def prepare(ours: Running, url: str) -> str:
    """The only subscription of the workspace."""
    body = {"url": url, "eventTypes": ["webhook.ping"], "ordering": "none", "maxConcurrency": AT_ONCE}
    return str(ask(ours.port, "POST", "/api/v1/webhooks", body)["id"])


def fill(ours: Running, webhook_id: str) -> None:
    """A burst that waits."""
    ask(ours.port, "PUT", DISPATCHER, {"mode": "paused"})
    body = {"event": "webhook.ping", "webhookIds": [webhook_id], "count": A_TRIGGER}
    for _ in range(BURST // A_TRIGGER):
        ask(ours.port, "POST", "/sandbox/v1/webhook-triggers", body)


async def measured(receiver: Receiver, send: Callable[[], float]) -> Load:
    """One burst, from its first to its last arrival; `send` gives the seconds of processor it took."""
    receiver.expect(BURST)
    sending = asyncio.create_task(asyncio.to_thread(send))
    await asyncio.wait_for(receiver.all.wait(), PATIENCE)
    load = Load(receiver.last - receiver.first, [0.0] * BURST)
    load.cpu = await sending
    return load


def ours(server: Running, receiver: Receiver) -> float:
    """The sandbox, whose burst waits already."""
    before = server.cpu()
    ask(server.port, "PUT", DISPATCHER, {"mode": "auto"})
    receiver.wait(PATIENCE)
    return server.cpu() - before


def bare(url: str, body: bytes) -> float:
    """The peer, held to the core of the servers."""
    command = [sys.executable, "-m", "benchmarks.peers.bare_sender", url, str(BURST), str(AT_ONCE)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    pin(process.pid, SERVER_CORE)
    took, _ = process.communicate(body, timeout=PATIENCE)
    if process.returncode:
        raise RuntimeError("the bare sender failed")
    return float(took)


async def alternate(server: Running, rounds: int) -> dict[str, list[Load]]:
    """Ours and the bare loop in turn, the first burst of each for warmth."""
    receiver = Receiver()
    listening = await asyncio.get_running_loop().create_server(lambda: Connection(receiver), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/hook"
    webhook_id = await asyncio.to_thread(prepare, server, url)
    loads: dict[str, list[Load]] = {"ours": [], "bare": []}
    for _ in range(rounds + 1):
        await asyncio.to_thread(fill, server, webhook_id)
        loads["ours"].append(await measured(receiver, partial(ours, server, receiver)))
        loads["bare"].append(await measured(receiver, partial(bare, url, receiver.body)))
    listening.close()
    return {name: each[1:] for name, each in loads.items()}


def compare(report: Report, folder: Path, seconds: float, rounds: int) -> None:
    """The ratio of the two, with all that a delivery is: signed, judged, logged, in the journal."""
    if not hasattr(os, "sched_setaffinity"):
        report.say("both senders share the cores of this machine with the receiver")
    with (
        sandbox("--data", str(folder / "deliveries")) as server,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        loads = runner.run(alternate(server, rounds))
    for name, each in loads.items():
        report.say(f"deliver  {name:14} {rate(each):9,.0f}/s   {price(each):7.0f} µs of processor")
    versus(report, "deliveries to a bare loop", TO_BARE, loads["ours"], loads["bare"])
