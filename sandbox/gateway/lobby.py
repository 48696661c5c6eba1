"""The outermost application: lifespan, pages of the portal, and the gateway for everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from sandbox.gateway.front import Gateway, Send
from sandbox.gateway.sockets import converse
from sandbox.gateway.visit import Receive, Scope
from sandbox.kernel.errors import DomainError, EndpointNotFound, MethodNotAllowed, ServiceUnavailable


class Lobby:
    """Pages are static and the same in every workspace, so they pass none of the gateway's steps."""

    def __init__(
        self,
        gateway: Gateway,
        pages: Sequence[BaseRoute],
        lifespan: Callable[[], AbstractAsyncContextManager[None]],
    ) -> None:
        self._gateway = gateway
        self.refusal = gateway.refusal
        handlers = {HTTPException: self._refuse, ClientDisconnect: _let_go}
        self._pages = Starlette(routes=list(pages), exception_handlers=handlers)  # type: ignore[arg-type]
        paths = [page.path for page in pages if isinstance(page, Route)]
        paths += [page.path + "/{file}" for page in pages if isinstance(page, Mount)]
        fixed = {path for path in paths if "{" not in path}
        self._fixed = fixed | {f"{path}/" for path in fixed}
        """With a slash that somebody typed at the end, too: the pages lead to the one without."""
        self._below = tuple({path.split("{")[0] for path in paths if "{" in path})
        self._lifespan = lifespan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                if scope["path"] in self._fixed or scope["path"].startswith(self._below):
                    await self._pages(scope, receive, send)
                else:
                    await self._gateway(scope, receive, send)
            except asyncio.CancelledError:
                await self._break_off(send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await converse(self._gateway, scope, receive, send)

    async def _refuse(self, request: Request, refused: HTTPException) -> Response:
        """In the format of every other error; who only asks what there is, is told."""
        allow = {"Allow": f"{refused.headers['Allow']}, OPTIONS"} if refused.headers else {}
        error: DomainError
        if refused.status_code != 405:
            error = EndpointNotFound(details=f"nothing is served at {request.url.path[:200]}")
        elif request.method == "OPTIONS":
            return Response(status_code=204, headers=allow)
        else:
            error = MethodNotAllowed(details=f"{request.method} is not supported here", headers=allow)
        shown = self._gateway.refusal(error, request.headers)
        answer = Response(shown.body, shown.status)
        answer.raw_headers = shown.headers
        return answer

    async def _break_off(self, send: Send) -> None:
        """The server stops, and this call took longer than it waits."""
        cycle = getattr(send, "__self__", None)
        if type(cycle) is not RequestResponseCycle:
            raise asyncio.CancelledError
        if not cycle.response_started:
            shown = self.refusal(ServiceUnavailable(details="the server is being stopped", retry_after=5))
            await send({"type": "http.response.start", "status": shown.status, "headers": shown.headers})
            await send({"type": "http.response.body", "body": shown.body})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        phase = "startup"
        try:
            async with self._lifespan():
                await send({"type": "lifespan.startup.complete"})
                await receive()
                phase = "shutdown"
        except Exception as error:
            await send({"type": f"lifespan.{phase}.failed", "message": f"{type(error).__name__}: {error}"})
            raise
        await send({"type": "lifespan.shutdown.complete"})


def _let_go(_: Request, __: Exception) -> Response:
    """Who leaves in the middle of a form is answered nothing, and nothing is wrong."""
    return Response(status_code=400)
