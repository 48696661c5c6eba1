"""The API as the pages use it: as the published demo key, in the workspace of the page.

What is read is not recorded; what is done passes the front door like any call, so it is recorded, limited and
correlated like any call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, NamedTuple

import orjson

from sandbox.identity.authentication import Identity
from sandbox.journal import Journal
from sandbox.kernel.workspace import Workspace
from sandbox.platform.call import Call
from sandbox.platform.operations import Operations, arguments

KEY = "sk_sandbox_partner_demo"
"""Public: every world is seeded with it."""
BIN = "bin_000000000000000000000000"
"""Seeded, too, with a subscription that delivers to it."""

Perform = Callable[[Call, Mapping[str, Any]], Awaitable[bytes]]
"""Runs a call's handler and renders what it returns, as for a caller over HTTP."""
Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


class Answer(NamedTuple):
    """What came of an action."""

    status: int
    correlation_id: str
    body: Any


class Desk:
    """One for the server; it holds nothing but the ways in."""

    def __init__(
        self, operations: Operations, identity: Identity, perform: Perform, front: Application
    ) -> None:
        self.operations = operations
        self.server = operations.server
        self._identity = identity
        self._perform = perform
        self._front = front

    @property
    def base_url(self) -> str:
        """Where callers reach this server."""
        return str(self.server.facts["base_url"])

    def journal(self, workspace: Workspace) -> Journal:
        """The record of a workspace's traffic."""
        return self.server.journals.of(workspace.id)

    def offers(self, operation_id: str) -> bool:
        """Whether there is such an operation."""
        return self.operations.plan(operation_id) is not None

    def admit(self, workspace: Workspace) -> None:
        """Raises the API's error where the demo key is shut out."""
        self._call(workspace, "listJournal")

    async def ask(
        self,
        workspace: Workspace,
        operation_id: str,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """What the operation answers; raises its DomainError."""
        call = self._call(workspace, operation_id)
        body = await self._perform(call, arguments(call, path or {}, query or {}, None))
        return orjson.loads(body) if body else None

    async def act(self, workspace: Workspace, method: str, path: str, body: Any = None) -> Answer:
        """A call of the API, through the front door."""
        sent = b"" if body is None else orjson.dumps(body)
        status, headers, answered = await self._passed(_scope(method, path, workspace.id, sent), sent)
        correlation_id = headers.get(b"x-correlation-id", b"").decode()
        return Answer(status, correlation_id, orjson.loads(answered) if answered else None)

    def _call(self, workspace: Workspace, operation_id: str) -> Call:
        principal = self._identity.authenticate(
            self.server.workspaces, {b"x-api-key": KEY.encode()}, "127.0.0.1", workspace
        )
        assert principal is not None  # a key was presented
        return self.operations.call(workspace, operation_id, principal, "")

    async def _passed(self, scope: Message, body: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._front(scope, receive, send)
        start, *pieces = sent
        answered: bytes = b"".join(piece.get("body", b"") for piece in pieces)
        return start["status"], dict(start["headers"]), answered


def _scope(method: str, path: str, workspace_id: str, body: bytes) -> Message:
    headers = {
        "host": "localhost",
        "x-api-key": KEY,
        "x-sandbox-workspace": workspace_id,
        "accept": "application/json",
        "user-agent": "sandbox-console",
        "content-type": "application/json",
        "content-length": str(len(body)),
    }
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 0),
        "http_version": "1.1",
        "scheme": "http",
    }
