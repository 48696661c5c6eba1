"""The receiver of the benchmark counts what arrived in whole, from the first to the last."""

import asyncio

import pytest

from benchmarks.deliveries import Connection, Receiver
from benchmarks.peers.bare_sender import send

REQUEST = b"POST /hook HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nbody"


async def listening(receiver: Receiver) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(receiver), "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    return server


class TestReceiver:
    def test_counts_requests_that_come_together_or_in_pieces(self):
        async def run() -> tuple[int, bytes]:
            receiver = Receiver()
            server = await listening(receiver)
            receiver.expect(3)
            reader, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
            writer.write(REQUEST * 2 + REQUEST[:20])
            await writer.drain()
            answers = await reader.readexactly(2 * len(b"HTTP/1.1 204 No Content\r\n\r\n"))
            assert receiver.left == 1
            writer.write(REQUEST[20:])
            await asyncio.wait_for(receiver.all.wait(), 30)
            writer.close()
            server.close()
            return receiver.left, answers[:12]

        assert asyncio.run(run()) == (0, b"HTTP/1.1 204")

    def test_says_how_many_are_missing(self):
        receiver = Receiver()
        receiver.expect(5)
        receiver.arrived(b"")
        with pytest.raises(RuntimeError, match="4 deliveries"):
            receiver.wait(0)

    def test_meets_the_bare_loop(self):
        async def run() -> int:
            receiver = Receiver()
            server = await listening(receiver)
            receiver.expect(50)
            await send(f"http://127.0.0.1:{receiver.port}/hook", 50, 8, b"{}")
            server.close()
            return receiver.left

        assert asyncio.run(run()) == 0
