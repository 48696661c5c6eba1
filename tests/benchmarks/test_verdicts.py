"""The benchmarks judge rightly, and their client counts what a server really answered."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from benchmarks.load import drive, request
from benchmarks.targets import Measured, Report, Target

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
REFUSED = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture(name="port")
def _port() -> Iterator[int]:
    """A server that says yes to `/` and no to anything else, each answer in two pieces."""
    loop, started = asyncio.new_event_loop(), threading.Event()
    ports: list[int] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            while await reader.readline() != b"\r\n":
                pass
            whole = OK if b" / " in head else REFUSED
            writer.write(whole[:20])
            await writer.drain()
            await asyncio.sleep(0)
            writer.write(whole[20:])
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        started.set()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.run_forever()

    threading.Thread(target=run, daemon=True).start()
    started.wait(5)
    yield ports[0]
    loop.call_soon_threadsafe(loop.stop)


class TestClient:
    def test_counts_whole_answers(self, port: int) -> None:
        load = drive(port, lambda: request("GET", "/", {}), 0.2)

        assert load.rate > 50
        assert [] == load.failures
        assert 0 < load.percentile(50) <= load.percentile(99)

    def test_keeps_the_first_refusals_and_stops(self, port: int) -> None:
        load = drive(port, lambda: request("GET", "/no", {}), 5)

        assert load.failures[0].startswith(b"HTTP/1.1 503")
        assert [] == load.latencies


class TestTarget:
    def test_more_is_better_for_a_ratio(self) -> None:
        target = Target(0.5, 0.7)

        assert (False, True) == (target.met(0.49), target.met(0.5))

    def test_less_is_better_for_a_time(self) -> None:
        target = Target(4, 2, "ms", below=True)

        assert (True, False) == (target.met(4), target.met(4.1))

    def test_what_was_skipped_is_not_missed(self) -> None:
        assert not Measured("x", Target(1, 2), None, "could not be installed").failed

    def test_one_missed_target_ends_in_an_exit_code(self) -> None:
        report = Report()
        report.add("good", Target(1, 2), 3.0)
        report.add("bad", Target(1, 2), 0.5)

        assert 1 == report.exit_code
