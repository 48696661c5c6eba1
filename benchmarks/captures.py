"""From an API call to what it caused being shown in an inspector bin: alone, and beside other callers."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path

import orjson
import uvloop

from benchmarks.facts import KEY, ROOT, ask
from benchmarks.load import CONNECTIONS, Connection, Load, drive, request
from benchmarks.processes import CLIENT_CORE, pin
from benchmarks.targets import Report, Target
from benchmarks.traffic import sandbox

P50 = {"idle": Target(15, 4, "ms", below=True), "half load": Target(30, 8, "ms", below=True)}
P99 = {"idle": Target(60, 12, "ms", below=True), "half load": Target(150, 40, "ms", below=True)}
CALLS_A_SECOND = 25
"""So many of those that are measured: each waits for the one before."""
PATIENCE = 30.0
HEADERS = {"X-API-Key": KEY, "Content-Type": "application/json"}

_numbers = count(1)


class Viewer:
    """Follows a bin as a person would who watches it, and notes when each object is shown."""

    def __init__(self, port: int, bin_id: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._connection.request("GET", f"/sandbox/v1/inspector/bins/{bin_id}/stream", headers=HEADERS)
        self._answer = self._connection.getresponse()
        self._answer.readline()  # it has begun
        self._shown: dict[str, float] = {}
        self._news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while line := self._answer.readline():
            now = time.perf_counter()
            if line.startswith(b"data: "):
                data = orjson.loads(line[6:]).get("bodyJson") or {}
                with self._news:
                    self._shown[data.get("data", {}).get("id", "")] = now
                    self._news.notify()

    def shown_at(self, key: str) -> float:
        """When it was shown; waits for that."""
        with self._news:
            if not self._news.wait_for(lambda: key in self._shown, PATIENCE):
                raise RuntimeError("an event was not shown in time")
            return self._shown[key]


class Paced(Connection):
    """Sends at fixed moments instead of as fast as it can."""

    gap = 0.0

    def _send(self) -> None:
        super()._send()
        self._next_at = self._sent + self.gap

    def _received(self) -> None:
        self._buffer = b""
        now = time.perf_counter()
        if now >= self._until:
            self._transport.close()
        else:
            asyncio.get_running_loop().call_later(max(0.0, self._next_at - now), self._send)


async def pace(port: int, path: str, rate: float, seconds: float) -> None:
    """So many calls a second, for so long."""
    content, load = request("GET", path, {"x-api-key": KEY}), Load(seconds)
    until = time.perf_counter() + seconds
    Paced.gap = CONNECTIONS / rate
    loop = asyncio.get_running_loop()
    opened = []
    for _ in range(CONNECTIONS):
        opened.append(
            await loop.create_connection(lambda: Paced(load, lambda: content, until), "127.0.0.1", port)
        )
        await asyncio.sleep(Paced.gap / CONNECTIONS)
    await asyncio.wait([protocol.closed for _, protocol in opened])


@contextmanager
def beside(port: int, path: str, rate: float, seconds: float) -> Iterator[None]:
    """Other callers, in a process of their own."""
    arguments = [str(port), path, str(rate), str(seconds)]
    others = subprocess.Popen([sys.executable, "-m", "benchmarks.captures", *arguments], cwd=ROOT)
    pin(others.pid, CLIENT_CORE)
    time.sleep(1.0)  # until they have begun
    try:
        yield
    finally:
        others.kill()
        others.wait()


def observe(port: int, viewer: Viewer, samples: int) -> list[float]:
    """Milliseconds from before each call until the viewer was shown what it caused."""
    connection, spent = HTTPConnection("127.0.0.1", port, timeout=PATIENCE), []
    for _ in range(samples):
        person = {"givenName": "Ada", "email": f"watched{next(_numbers)}@sandbox.example"}
        started = time.perf_counter()
        connection.request("POST", "/api/v1/customers", orjson.dumps(person), HEADERS)
        answer = connection.getresponse()
        made = orjson.loads(answer.read())
        if answer.status != 201:
            raise RuntimeError(f"a call was refused: {made}")
        spent.append((viewer.shown_at(made["id"]) - started) * 1000)
        time.sleep(max(0.0, 1 / CALLS_A_SECOND - (time.perf_counter() - started)))
    connection.close()
    return spent


def compare(report: Report, folder: Path, seconds: float, rounds: int) -> None:
    """Half and worst of the times, alone and while half of what the server can do is asked of it."""
    with sandbox("--data", str(folder / "captures")) as ours:
        bin_ = ask(ours.port, "POST", "/sandbox/v1/inspector/bins", {"name": "Watched"})
        body = {"url": bin_["deliveryUrl"], "eventTypes": ["customer.created"], "ordering": "none"}
        ask(ours.port, "POST", "/api/v1/webhooks", body)
        path = f"/api/v1/events/{ask(ours.port, 'GET', '/api/v1/events?limit=1')['data'][0]['id']}"
        most = drive(ours.port, lambda: request("GET", path, {"x-api-key": KEY}), seconds).rate
        samples = round(CALLS_A_SECOND * seconds * rounds)
        viewer = Viewer(ours.port, bin_["id"])
        observe(ours.port, viewer, CALLS_A_SECOND)
        _add(report, "idle", observe(ours.port, viewer, samples), "")
        with beside(ours.port, path, most / 2, 10 * seconds * rounds + PATIENCE):
            _add(report, "half load", observe(ours.port, viewer, samples), f"beside {most / 2:,.0f} calls/s")


def _add(report: Report, how: str, spent: list[float], note: str) -> None:
    parts = statistics.quantiles(spent, n=100)
    report.say(f"call to capture, {how}: p50 {parts[49]:.1f} ms, p99 {parts[98]:.1f} ms, {len(spent)} calls")
    report.add(f"call to capture, {how}, p50", P50[how], parts[49], note)
    report.add(f"call to capture, {how}, p99", P99[how], parts[98], note)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(pace(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), float(sys.argv[4])))
