"""Ends an exchange otherwise than by an answer: never, with the connection reset, or in the middle of it."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from sandbox.gateway.response import Broken
from sandbox.gateway.streaming import Receive, Send, left

_NO_LINGER = struct.pack("ii", 1, 0)


async def break_off(response: Broken, receive: Receive, send: Send) -> None:
    """Returns when the connection is gone, so that the server has nothing to complain of."""
    if response.manner == "hang":
        try:
            async with asyncio.timeout(response.longest):
                await left(receive)
            return
        except TimeoutError:
            pass
    if response.manner == "cut":
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        half = response.body[: len(response.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
    _tear(getattr(getattr(send, "__self__", None), "transport", None), response.manner)
    await left(receive)


def _tear(transport: Any, manner: str) -> None:
    """A reset is sent where the connection is closed without lingering; else it ends in order."""
    if transport is None:  # a server that has no connections, as in tests without one
        raise ConnectionResetError(f"the connection ends here: {manner}")
    connection = transport.get_extra_info("socket")
    if manner == "reset":
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
    else:
        transport.close()
