"""The adapter of the HTTP port: one attempt a call, guarded, bounded in time, size and number."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from sandbox.kernel.ports import OutboundReply, OutboundRequest
from sandbox.webhooks.destinations import PUBLIC, Reach, url_refusal

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver

    from sandbox.outbound.wire import Wire

BODY_LIMIT = 64 * 1024
PER_HOST = 32


class AiohttpClient:
    """Follows no redirect, trusts no proxy from the environment, keeps no cookie, never retries.

    `reach` says what may be called besides public addresses; this server itself (`reach.own`) always may.
    `authorities` are files of certificates that are trusted besides the usual ones.
    """

    def __init__(
        self,
        reach: Reach = PUBLIC,
        *,
        authorities: Sequence[Path] = (),
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
        body_limit: int = BODY_LIMIT,
        per_host: int = PER_HOST,
    ) -> None:
        self._reach = reach
        self._tls = tls
        self._authorities = authorities
        self._resolver = resolver
        self._body_limit = body_limit
        self._per_host = per_host
        self._queues: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._wire: Wire | None = None

    async def send(self, request: OutboundRequest) -> OutboundReply:
        """Make one attempt; a failure of the network is a reply with `error`, never an exception."""
        # Waiting for a turn must not count against the receiver, so it is not left to the connection pool.
        async with self._turn(request.url):
            wire = self._opened()
            started = perf_counter()
            reply = await wire.attempt(request)
            return replace(reply, duration_ms=round((perf_counter() - started) * 1000, 3))

    def refusal(self, url: str) -> str:
        """Why a user may not have this URL called, or the empty string."""
        return url_refusal(url, self._reach)

    async def close(self) -> None:
        """Close all connections."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    def _turn(self, url: str) -> asyncio.Semaphore:
        """The queue of one host; it exists as long as somebody stands in it."""
        host = url.partition("://")[2].partition("/")[0]
        queue = self._queues.get(host)
        if queue is None:
            queue = self._queues[host] = asyncio.Semaphore(self._per_host)
        return queue

    def _opened(self) -> Wire:
        """Made at first use: it belongs to an event loop, and aiohttp takes a tenth of a second to import."""
        if self._wire is None:
            from sandbox.outbound.wire import Wire

            tls = self._tls or trusting(self._authorities)
            self._wire = Wire(self._reach, tls, self._resolver, self._body_limit)
        return self._wire


def trusting(authorities: Sequence[Path]) -> ssl.SSLContext | None:
    """The usual trust and these certificates; None where there are none."""
    if not authorities:
        return None
    context = ssl.create_default_context()
    for file in authorities:
        context.load_verify_locations(file)
    return context
