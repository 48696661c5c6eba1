"""Sends a body piece by piece, until it ends, its reader leaves, or its reader no longer reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import aclosing
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Flushed = Callable[[], Awaitable[None]]
Pieces = AsyncGenerator[bytes, None]

PATIENCE = 30.0
"""How many seconds a reader may leave the buffers of its connection full."""


async def pour(pieces: Pieces | None, receive: Receive, send: Send, flushed: Flushed | None) -> None:
    """Send everything; nothing leaves before the commits it tells of are written down.

    No piece is made before the one before it was taken, so a slow reader costs no memory."""
    if pieces is None:
        await send({"type": "http.response.body", "body": b""})
        return
    pouring = asyncio.ensure_future(_pour(pieces, send, flushed))
    leaving = asyncio.ensure_future(left(receive))
    try:
        await asyncio.wait((pouring, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        pouring.cancel()
        await asyncio.wait((pouring, leaving))
    if not pouring.cancelled() and not pouring.result() and cut_off(send):
        await left(receive)


async def _pour(pieces: Pieces, send: Send, flushed: Flushed | None) -> bool:
    """Whether everything was taken; False where the reader took nothing for too long."""
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                if flushed is not None:
                    await flushed()
                message = {"type": "http.response.body", "body": piece, "more_body": True}
                async with asyncio.timeout(PATIENCE):
                    await send(message)
        async with asyncio.timeout(PATIENCE):
            await send({"type": "http.response.body", "body": b""})
    except TimeoutError:
        return False
    return True


async def left(receive: Receive) -> None:
    """Returns when the reader is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def cut_off(send: Send) -> bool:
    """Close the connection under a reader that takes nothing: a last word would wait behind the rest."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
    return transport is not None
