"""Bodies that are sent piece by piece, to readers of all kinds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from sandbox.gateway import streaming
from sandbox.gateway.streaming import pour


class Transport:
    """Knows whether it was cut off."""

    def __init__(self) -> None:
        self.is_cut = asyncio.Event()

    def abort(self) -> None:
        self.is_cut.set()


class Connection:
    """A reader that takes so many messages, then nothing more, or leaves."""

    def __init__(self, takes: int, *, leaves: bool = False) -> None:
        self.transport = Transport()
        self.sent: list[Any] = []
        self._takes = takes
        self._leaves = leaves
        self._is_full = asyncio.Event()

    async def send(self, message: Any) -> None:
        """As ASGI says."""
        if len(self.sent) == self._takes:
            self._is_full.set()
            await asyncio.Event().wait()
        self.sent.append(message)

    async def receive(self) -> Any:
        """As ASGI says."""
        await (self._is_full if self._leaves else self.transport.is_cut).wait()
        return {"type": "http.disconnect"}


class Source:
    """Counts what was asked of it, and knows whether it was closed."""

    def __init__(self, pieces: int) -> None:
        self.made, self.closed = 0, False
        self._pieces = pieces

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """One after the other."""
        try:
            while self.made < self._pieces:
                self.made += 1
                yield b"%d" % self.made
        finally:
            self.closed = True


class TestPour:
    def test_everything_is_sent_and_ended(self) -> None:
        async def run() -> tuple[Connection, Source]:
            connection, source = Connection(10), Source(3)
            await pour(source.pieces(), connection.receive, connection.send, None)
            return connection, source

        connection, source = asyncio.run(run())
        bodies = [(message["body"], message.get("more_body", False)) for message in connection.sent]
        assert bodies == [(b"1", True), (b"2", True), (b"3", True), (b"", False)]
        assert source.closed

    def test_nothing_is_made_for_a_reader_that_does_not_take_and_it_is_cut_off(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streaming, "PATIENCE", 0.01)

        async def run() -> tuple[Connection, Source]:
            connection, source = Connection(2), Source(1000)
            await pour(source.pieces(), connection.receive, connection.send, None)
            return connection, source

        connection, source = asyncio.run(run())
        assert (source.made, source.closed, connection.transport.is_cut.is_set()) == (3, True, True)

    def test_a_reader_that_leaves_ends_the_making(self) -> None:
        async def run() -> tuple[Connection, Source]:
            connection, source = Connection(2, leaves=True), Source(1000)
            await pour(source.pieces(), connection.receive, connection.send, None)
            return connection, source

        connection, source = asyncio.run(run())
        assert (source.made, source.closed, connection.transport.is_cut.is_set()) == (3, True, False)

    def test_nothing_leaves_before_it_is_written_down(self) -> None:
        async def run() -> list[Any]:
            connection, source, order = Connection(10), Source(2), list[Any]()

            async def flushed() -> None:
                order.append(("flushed", source.made))

            async def send(message: Any) -> None:
                order.append(("sent", message["body"]))

            await pour(source.pieces(), connection.receive, send, flushed)
            return order

        assert asyncio.run(run()) == [
            ("flushed", 1),
            ("sent", b"1"),
            ("flushed", 2),
            ("sent", b"2"),
            ("sent", b""),
        ]
