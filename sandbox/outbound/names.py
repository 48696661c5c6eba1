"""Names of other machines, looked up on threads of their own: one without answer holds nobody up."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, cast

from aiohttp.resolver import ThreadedResolver

THREADS = 16
NOBODYS = (".example", ".invalid", ".test")
"""Set aside for documents and tests (RFC 2606): nothing is ever found there, so nobody is asked."""


class Lookups:
    """The part of an event loop that a resolver uses."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._threads = ThreadPoolExecutor(THREADS, "names")

    async def getaddrinfo(self, host: str, port: int, **wanted: Any) -> Any:
        """As that of the loop."""
        if host.rstrip(".").lower().endswith(NOBODYS):
            raise socket.gaierror(socket.EAI_NONAME, "the name is set aside for documents and tests")
        return await self._loop.run_in_executor(
            self._threads, partial(socket.getaddrinfo, host, port, **wanted)
        )

    async def getnameinfo(self, address: Any, flags: int) -> Any:
        """As that of the loop."""
        return await self._loop.run_in_executor(self._threads, partial(socket.getnameinfo, address, flags))

    def close(self) -> None:
        """Forget what is still being looked up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class OwnThreads(ThreadedResolver):
    """The system's resolver, apart from every other work that needs a thread."""

    def __init__(self) -> None:
        self._lookups = Lookups(asyncio.get_running_loop())
        super().__init__(cast(asyncio.AbstractEventLoop, self._lookups))

    async def close(self) -> None:
        """Forget what is still being looked up."""
        self._lookups.close()
