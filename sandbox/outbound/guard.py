"""Refuses connections to addresses that are not public, at the only two places where addresses appear."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from sandbox.outbound.names import OwnThreads
from sandbox.webhooks.destinations import PUBLIC, Reach, address_denied

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]
Permit = Callable[[str, int], bool]
"""Whether host and port are our own, which may live anywhere."""


class DeniedAddress(Exception):
    """The name resolves, or the URL points, to an address that must not be called.

    Not an OSError: the connector would take that for one address of several that did not answer.
    """


class GuardedResolver(AbstractResolver):
    """Resolves once and refuses a name of which even one address is denied."""

    def __init__(
        self, reach: Reach = PUBLIC, *, permit: Permit | None = None, inner: AbstractResolver | None = None
    ) -> None:
        self._reach = reach
        self._permit = permit
        self._inner = inner or OwnThreads()
        self.own_addresses: set[tuple[str, int]] = set()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses, all of them judged; raises DeniedAddress."""
        found = await self._inner.resolve(host, port, family)
        if self._permit is not None and self._permit(host, port):
            self.own_addresses.update((result["host"], port) for result in found)
            return found
        for result in found:
            if address_denied(result["host"], self._reach):
                raise DeniedAddress(f"{host} leads to {result['host']}, which is not public")
        return found

    async def close(self) -> None:
        """Release the inner resolver."""
        await self._inner.close()


def guarded_socket_factory(
    resolver: GuardedResolver, reach: Reach = PUBLIC
) -> Callable[[AddressInfo], socket.socket]:
    """Judges the very address about to be connected to, literal ones included, which no resolver sees."""

    def create(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        host, port = str(address[0]), int(address[1])
        if (host, port) not in resolver.own_addresses and address_denied(host, reach):
            raise DeniedAddress(f"{host} is not public")
        created = socket.socket(family, kind, protocol)
        created.setblocking(False)
        return created

    return create
