"""The same HTTP client as the sandbox's, in a loop that does nothing else: the most that could be delivered.

`python -m benchmarks.peers.bare_sender URL COUNT AT_ONCE < BODY`; prints the seconds of processor it took.
"""

from __future__ import annotations

import asyncio
import sys
import time

import aiohttp
import uvloop

HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "EventPlatform-Webhooks/1.0"}


async def send(url: str, count: int, at_once: int, body: bytes) -> None:
    """So many, so many at once."""
    left = iter(range(count))
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def work() -> None:
            for _ in left:
                async with session.post(url, data=body, headers=HEADERS) as answer:
                    await answer.read()

        await asyncio.gather(*(work() for _ in range(at_once)))


if __name__ == "__main__":
    where, number, width = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        message = sys.stdin.buffer.read()
        before = time.process_time()
        runner.run(send(where, int(number), int(width), message))
        sys.stdout.write(f"{time.process_time() - before}\n")
