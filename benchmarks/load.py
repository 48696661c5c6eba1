"""A load client that costs little: raw HTTP/1.1, keep-alive, one request in flight on each connection."""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import uvloop

CONNECTIONS = 16
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)

NextRequest = Callable[[], bytes]


@dataclass(slots=True)
class Load:
    """What one server did with one kind of request."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    failures: list[bytes] = field(default_factory=list)
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def price(self) -> float:
        """Microseconds of the server's processor for one request, however busy the machine was."""
        return self.cpu / len(self.latencies) * 1e6

    def percentile(self, percent: int) -> float:
        """In milliseconds."""
        return statistics.quantiles(self.latencies, n=100)[percent - 1] * 1000


class Connection(asyncio.Protocol):
    """Sends the next request when the answer to the last one is complete."""

    def __init__(self, load: Load, next_request: NextRequest, until: float) -> None:
        self._load, self._next, self._until = load, next_request, until
        self._buffer = b""
        self._sent = 0.0
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = LENGTH.search(self._buffer, 0, head + 2)
        if len(self._buffer) < head + 4 + (int(length[1]) if length else 0):
            return
        self._received()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._next())

    def _received(self) -> None:
        now = time.perf_counter()
        if self._buffer[9:10] == b"2":
            self._load.latencies.append(now - self._sent)
        else:
            self._load.failures.append(self._buffer[:600])
        self._buffer = b""
        if now < self._until and len(self._load.failures) < 10:
            self._send()
        else:
            self._transport.close()


async def _drive(port: int, next_request: NextRequest, seconds: float) -> Load:
    loop = asyncio.get_running_loop()
    load = Load(seconds)
    until = time.perf_counter() + seconds
    opened = [
        await loop.create_connection(lambda: Connection(load, next_request, until), "127.0.0.1", port)
        for _ in range(CONNECTIONS)
    ]
    await asyncio.wait_for(asyncio.gather(*(protocol.closed for _, protocol in opened)), seconds + 30)
    return load


def drive(port: int, next_request: NextRequest, seconds: float) -> Load:
    """Keep every connection busy for some seconds."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_drive(port, next_request, seconds))


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """One request as it goes over the wire."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "host: 127.0.0.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if body:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
