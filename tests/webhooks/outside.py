"""A receiver in a thread of its own, outside every server under test."""

import asyncio
import ssl
import threading

from tests.outbound.receiver import Receiver, answering


class Outside:
    """A receiver in a thread of its own; `wait(n)` returns when it got n requests."""

    def __init__(self, *statuses: int, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.receiver = Receiver([self._noting(status) for status in statuses])
        self._got = threading.Semaphore(0)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        self.server = listening.result(5)

    async def _listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self.receiver.handle, "127.0.0.1", 0, ssl=self._tls)
        self.receiver.port = server.sockets[0].getsockname()[1]
        return server

    def _noting(self, status: int):
        plain = answering(status, b"noted")

        async def answer(writer: asyncio.StreamWriter) -> None:
            await plain(writer)
            self._got.release()

        return answer

    def wait(self, count: int) -> None:
        """Until so many more arrived."""
        for _ in range(count):
            assert self._got.acquire(timeout=30), "nothing arrived"

    def stop(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
