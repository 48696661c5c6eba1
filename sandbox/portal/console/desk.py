"""The API as the pages use it: with the key of who looks, else the published demo key.

What is read is not recorded; what is done passes the front door like any call, so it is recorded, limited and
correlated like any call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple

import orjson

from sandbox.identity.authentication import Identity
from sandbox.identity.principal import Principal
from sandbox.journal import Journal
from sandbox.kernel.error_families import DomainError
from sandbox.kernel.workspace import Workspace
from sandbox.kernel.workspaces import DEFAULT
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

    @property
    def error(self) -> Mapping[str, Any]:
        """Why it was refused; a fault may have answered with something else than an error."""
        found = self.body.get("error") if isinstance(self.body, dict) else None
        said = found if isinstance(found, dict) else {"message": f"answered {self.status} without an error"}
        return {"code": str(self.status), "target": None, **said}


class Seat(NamedTuple):
    """Who looks at which world, and from where."""

    workspace: Workspace
    key: str
    address: str


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

    def admit(self, seat: Seat) -> Principal:
        """Who looks; raises the API's error for whom the pages do not open."""
        return self._call(seat, "listJournal").principal

    def opened_by(self, seat: Seat) -> Iterator[Workspace]:
        """The workspaces that the key opens, the newest first, the default one before all."""
        newest_first = reversed(list(self.server.workspaces))
        for workspace in sorted(newest_first, key=lambda each: each.id != DEFAULT):
            try:
                self.admit(seat._replace(workspace=workspace))
            except DomainError:
                continue
            yield workspace

    async def ask(
        self,
        seat: Seat,
        operation_id: str,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """What the operation answers; raises its DomainError."""
        call = self._call(seat, operation_id)
        body = await self._perform(call, arguments(call, path or {}, query or {}, None))
        return orjson.loads(body) if body else None

    async def act(self, seat: Seat, method: str, path: str, body: Any = None) -> Answer:
        """A call of the API, through the front door."""
        sent = b"" if body is None else orjson.dumps(body)
        status, headers, answered = await self._passed(_scope(seat, method, path, sent), sent)
        correlation_id = headers.get(b"x-correlation-id", b"").decode()
        return Answer(status, correlation_id, orjson.loads(answered) if answered else None)

    def _call(self, seat: Seat, operation_id: str) -> Call:
        principal = self._identity.authenticate(
            self.server.workspaces,
            {b"x-api-key": seat.key.encode("latin-1")},
            seat.address,
            seat.workspace,
        )
        assert principal is not None  # a key was presented
        return self.operations.call(seat.workspace, operation_id, principal, "")

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


def _scope(seat: Seat, method: str, path: str, body: bytes) -> Message:
    headers = {
        "host": "localhost",
        "x-api-key": seat.key,
        "x-sandbox-workspace": seat.workspace.id,
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
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": (seat.address, 0),
        "http_version": "1.1",
        "scheme": "http",
    }
