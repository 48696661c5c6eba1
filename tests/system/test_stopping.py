"""A server that is told to stop does not wait for those who follow it."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from typing import Any

import aiohttp

from tests.processes import Served

KEY = {"X-API-Key": "sk_sandbox_partner_demo"}
STREAMS = ("/api/v1/notification-stream", "/sandbox/v1/stream")


async def last_words(url: str, stop: Any) -> tuple[list[str], str, int]:
    """What streams end with, what a conversation ends with, and its close code."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(headers=KEY))
        streams = [await stack.enter_async_context(session.get(url + path)) for path in STREAMS]
        socket = await stack.enter_async_context(session.ws_connect(url + STREAMS[0]))
        await socket.send_json({"type": "subscribe"})
        assert (await socket.receive_json())["type"] == "subscribed"
        await asyncio.get_running_loop().run_in_executor(None, stop)
        ends = [(await each.text()).rpartition("event: end")[2] for each in streams]
        end = await socket.receive_json()
        return ends, end["reason"], (await socket.receive()).data


def test_everybody_is_told_and_nobody_is_waited_for() -> None:
    served = Served()
    ends, reason, code = asyncio.run(last_words(served.url, served.stop))
    assert ["server_stopping" in end for end in ends] == [True, True]
    assert (reason, code) == ("server_stopping", 1001)
    noise = re.compile("Cancel|Traceback|WebSocket")
    assert not [line for line in served.output if noise.search(line)]
