"""Words for the tests of the way out: one attempt of a client, and names that lead where a test says."""

from __future__ import annotations

from typing import Any

from aiohttp.abc import AbstractResolver

from sandbox.kernel.ports import OutboundReply, OutboundRequest
from sandbox.outbound.client import AiohttpClient


class FixedResolver(AbstractResolver):
    """Knows one answer for every name."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> Any:
        """The addresses, as the system's resolver would give them."""
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": 10 if ":" in address else 2,
                "proto": 6,
                "flags": 0,
            }
            for address in self.addresses
        ]

    async def close(self) -> None:
        """Nothing to release."""


async def sent(client: AiohttpClient, request: OutboundRequest) -> OutboundReply:
    """What came of it; the client is of no use afterwards."""
    try:
        return await client.send(request)
    finally:
        await client.close()
