"""Takes connections, plain or TLS, HTTP and WebSocket; says a last word to who follows a world live."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Iterable
from functools import partial
from typing import Any, cast

import uvicorn

from sandbox.config import Settings
from sandbox.gateway.connection import Connection, Watch
from sandbox.gateway.lobby import Lobby
from sandbox.kernel.workspace import Workspace

PATIENCE = 5
"""Seconds that calls under way have to come to their end."""
TELLING = 50
"""Hundredths of a second."""
LARGEST_MESSAGE = 64 * 1024

log = logging.getLogger(__name__)


class Listener(uvicorn.Server):
    """A server whose streams end by themselves when it stops: nobody has to be waited for."""

    def __init__(self, app: Lobby, settings: Settings, workspaces: Iterable[Workspace]) -> None:
        super().__init__(_configuration(app, settings))
        self._workspaces = workspaces
        self.watch = Watch(settings.request_seconds)
        self._is_full = False

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second."""
        if counter % 10 == 0:
            self.watch.look(self.server_state.connections)
            self.look_for_room()
        return await super().on_tick(counter)

    def look_for_room(self) -> None:
        """Say once that there is none, and once that there is again: the loop just turns away who comes."""
        was_full, self._is_full = self._is_full, not _may_open()
        if self._is_full and not was_full:
            here = len(self.server_state.connections)
            log.error(
                "no more files may be opened (ulimit -n); %d connections stay, others are refused", here
            )
        elif was_full and not self._is_full:
            log.warning("files may be opened again: connections are taken")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does, after everybody who follows was told, as far as they take it."""
        for workspace in self._workspaces:
            workspace.followers.end("server_stopping")
        for _ in range(TELLING):
            if not any(each.followers.reading for each in self._workspaces):
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)  # the last words are on their way
        await super().shutdown(sockets)


def _may_open() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno not in (errno.EMFILE, errno.ENFILE)
    return True


def _configuration(app: Lobby, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=cast(Any, partial(Connection, app.refusal)),
        ws=cast(Any, _websocket),
        ws_max_size=LARGEST_MESSAGE,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        lifespan="on",
        access_log=False,
        log_level=settings.log_level,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=PATIENCE,
    )


def _websocket(**given: Any) -> asyncio.Protocol:
    """Its library is loaded by the first who needs it."""
    from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

    protocol = WSProtocol(**given)
    protocol.logger = logging.getLogger(__name__)  # that of the server would tell of each that comes
    return protocol
