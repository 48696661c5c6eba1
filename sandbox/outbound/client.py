"""The aiohttp adapter of the HTTP port: one attempt a call, guarded, bounded in time and size."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from time import perf_counter
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from sandbox.kernel.ports import OutboundReply, OutboundRequest
from sandbox.outbound.guard import DeniedAddress, GuardedResolver, guarded_socket_factory
from sandbox.webhooks.destinations import PUBLIC, Reach, url_refusal

BODY_LIMIT = 64 * 1024
PER_HOST = 32
LONGEST_CONNECT = 5.0


class AiohttpClient:
    """Follows no redirect, trusts no proxy from the environment, keeps no cookie, never retries.

    `reach` says what may be called besides public addresses; this server itself (`reach.own`) always may.
    """

    def __init__(
        self,
        reach: Reach = PUBLIC,
        *,
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
        body_limit: int = BODY_LIMIT,
        per_host: int = PER_HOST,
    ) -> None:
        own = urlsplit(reach.own)
        self._own = (own.hostname, own.port or (443 if own.scheme == "https" else 80))
        self._reach = reach
        self._tls = tls
        self._inner = resolver
        self._body_limit = body_limit
        self._per_host = per_host
        self._queues: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: OutboundRequest) -> OutboundReply:
        """Make one attempt; a failure of the network is a reply with `error`, never an exception."""
        # Waiting for a turn must not count against the receiver, so it is not left to the connection pool.
        async with self._turn(request.url):
            started = perf_counter()
            try:
                reply = await self._attempt(request)
            except Exception as failure:
                error, detail = describe(failure)
                reply = OutboundReply(error=error, detail=detail)
            return _timed(reply, started)

    def refusal(self, url: str) -> str:
        """Why a user may not have this URL called, or the empty string."""
        return url_refusal(url, self._reach)

    async def close(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _attempt(self, request: OutboundRequest) -> OutboundReply:
        timeout = aiohttp.ClientTimeout(
            total=request.timeout, sock_connect=min(request.timeout, LONGEST_CONNECT)
        )
        async with self._opened().request(
            request.method,
            URL(request.url, encoded=True),
            headers=request.headers,
            data=request.body or None,
            timeout=timeout,
            allow_redirects=False,
        ) as response:
            body = await _read(response, self._body_limit)
            headers = _flat(response.headers)
            whole = len(body) <= self._body_limit
            return OutboundReply(response.status, headers, body[: self._body_limit], truncated=not whole)

    def _turn(self, url: str) -> asyncio.Semaphore:
        """The queue of one host; it exists as long as somebody stands in it."""
        host = urlsplit(url).netloc
        queue = self._queues.get(host)
        if queue is None:
            queue = self._queues[host] = asyncio.Semaphore(self._per_host)
        return queue

    def _opened(self) -> aiohttp.ClientSession:
        """The session, made at first use because it belongs to a running event loop."""
        if self._session is None:
            resolver = GuardedResolver(self._reach, permit=self._is_own, inner=self._inner)
            connector = aiohttp.TCPConnector(
                resolver=resolver,
                socket_factory=guarded_socket_factory(resolver, self._reach),
                ssl=self._tls or True,
                limit=0,
                use_dns_cache=False,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                skip_auto_headers=("User-Agent", "Accept-Encoding"),
            )
        return self._session

    def _is_own(self, host: str, port: int) -> bool:
        return (host, port) == self._own


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """At most one byte more than the limit, so that the caller sees whether there was more."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            response.close()
            break
    return b"".join(chunks)[: limit + 1]


def _flat(headers: Mapping[str, str]) -> dict[str, str]:
    """Names in lower case; a repeated header is joined with commas."""
    flat: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        flat[key] = f"{flat[key]}, {value}" if key in flat else value
    return flat


def describe(failure: Exception) -> tuple[str, str]:
    """The port's word for a failure and a sentence about it."""
    for kinds, error in _WORDS:
        if isinstance(failure, kinds):
            return error, str(failure) or type(failure).__name__
    cause = failure.__cause__ or failure.__context__
    if isinstance(failure, aiohttp.ClientOSError) and isinstance(cause, ConnectionResetError):
        return "reset", str(failure)
    return "connect", str(failure) or type(failure).__name__


_WORDS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((asyncio.TimeoutError, TimeoutError), "timeout"),
    ((DeniedAddress,), "denied"),
    ((aiohttp.ClientConnectorDNSError,), "dns"),
    ((aiohttp.ClientSSLError, ssl.SSLError), "tls"),
    ((aiohttp.InvalidURL,), "denied"),
    ((ConnectionResetError, aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError), "reset"),
)


def _timed(reply: OutboundReply, started: float) -> OutboundReply:
    duration = round((perf_counter() - started) * 1000, 3)
    return OutboundReply(
        reply.status,
        reply.headers,
        reply.body,
        duration,
        reply.error,
        reply.detail,
        truncated=reply.truncated,
    )
