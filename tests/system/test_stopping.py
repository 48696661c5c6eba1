"""A server that is told to stop does not wait for those who follow it."""

from __future__ import annotations

import asyncio

import aiohttp
import httpx2
import pytest

from tests.processes import Served
from tests.streams import parsed

KEY = {"X-API-Key": "sk_sandbox_partner_demo"}
STREAMS = ("/api/v1/notification-stream", "/sandbox/v1/stream")


@pytest.mark.parametrize("path", STREAMS)
def test_streams_end_with_a_word_and_the_server_at_once(path: str) -> None:
    served = Served(SANDBOX_LOG_LEVEL="info")
    client = httpx2.Client(base_url=served.url, headers=KEY, timeout=60)
    with client, client.stream("GET", path) as answer:
        told = parsed(answer.iter_lines())
        served.stop()
        reasons = [each.data["reason"] for each in told if each.name == "end"]
    assert reasons == ["server_stopping"]
    assert not [line for line in served.output if "Cancel" in line or "Traceback" in line]


def test_conversations_end_with_a_word_too() -> None:
    served = Served()

    async def scene() -> tuple[str, int | None]:
        url = served.url.replace("http", "ws", 1) + STREAMS[0]
        async with aiohttp.ClientSession() as session, session.ws_connect(url, headers=KEY) as socket:
            await socket.send_json({"type": "subscribe"})
            assert (await socket.receive_json())["type"] == "subscribed"
            await asyncio.get_running_loop().run_in_executor(None, served.stop)
            end = await socket.receive_json()
            return end["reason"], (await socket.receive()).data

    assert asyncio.run(scene()) == ("server_stopping", 1001)
    assert not [line for line in served.output if "Cancel" in line or "Traceback" in line]
