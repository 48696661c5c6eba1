"""What aiohttp does for the client: a guarded session, and failures in the words of the port."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from sandbox.kernel.ports import OutboundReply, OutboundRequest
from sandbox.outbound.guard import DeniedAddress, GuardedResolver, guarded_socket_factory
from sandbox.webhooks.destinations import Reach

LONGEST_CONNECT = 5.0
LONGEST_IDLE = 3.0
"""Seconds. Servers close idle connections, ours after 5; one that is used again just then is lost."""
EXPECTED = (aiohttp.ClientError, OSError, TimeoutError, DeniedAddress, ValueError)
"""How networks, receivers and URLs fail; a ValueError is a header or a URL that nobody could send."""

log = logging.getLogger(__name__)


class Wire:
    """One session on one event loop."""

    def __init__(
        self, reach: Reach, tls: ssl.SSLContext | None, resolver: AbstractResolver | None, body_limit: int
    ) -> None:
        own = urlsplit(reach.own)
        self._own = (own.hostname, own.port or (443 if own.scheme == "https" else 80))
        self._body_limit = body_limit
        guarded = GuardedResolver(reach, permit=self._is_own, inner=resolver)
        connector = aiohttp.TCPConnector(
            resolver=guarded,
            socket_factory=guarded_socket_factory(guarded, reach),
            ssl=tls or True,
            limit=0,
            use_dns_cache=False,
            keepalive_timeout=LONGEST_IDLE,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept-Encoding"),
        )

    async def attempt(self, request: OutboundRequest) -> OutboundReply:
        """The reply, or what prevented one."""
        try:
            return await self._exchange(request)
        except Exception as failure:
            if not isinstance(failure, EXPECTED):  # a fault of our own must not pass for one of the network
                log.error("a call to %s failed unexpectedly", urlsplit(request.url).netloc, exc_info=failure)
            error, detail = describe(failure)
            return OutboundReply(error=error, detail=detail)

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def _exchange(self, request: OutboundRequest) -> OutboundReply:
        connect = min(request.timeout, LONGEST_CONNECT)
        async with self._session.request(
            request.method,
            URL(request.url, encoded=True),
            headers=request.headers,
            data=request.body or None,
            timeout=aiohttp.ClientTimeout(total=request.timeout, sock_connect=connect),
            allow_redirects=False,
        ) as response:
            body = await _read(response, self._body_limit)
            truncated = len(body) > self._body_limit
            kept = body[: self._body_limit]
            return OutboundReply(response.status, _flat(response.headers), kept, truncated=truncated)

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


_WORDS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((asyncio.TimeoutError, TimeoutError), "timeout"),
    ((DeniedAddress, aiohttp.InvalidURL), "denied"),
    ((aiohttp.ClientConnectorDNSError,), "dns"),
    ((aiohttp.ClientSSLError, ssl.SSLError), "tls"),
    ((ConnectionResetError, aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError), "reset"),
)


def describe(failure: Exception) -> tuple[str, str]:
    """The port's word for a failure and a sentence about it."""
    sentence = str(failure) or type(failure).__name__
    for kinds, error in _WORDS:
        if isinstance(failure, kinds):
            return error, sentence
    cut_off = isinstance(failure.__cause__ or failure.__context__, ConnectionResetError)
    return ("reset" if cut_off and isinstance(failure, aiohttp.ClientOSError) else "connect"), sentence
