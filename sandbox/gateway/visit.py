"""One HTTP request on its way through the front door."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from types import MappingProxyType
from typing import Any

from sandbox.contract.plan import Plan
from sandbox.gateway.limits import Meter
from sandbox.identity.principal import ANONYMOUS, Principal
from sandbox.journal.exchange import Exchange
from sandbox.journal.headers import packed
from sandbox.kernel.clock import clock_text
from sandbox.kernel.errors import DomainError, MalformedJson, PayloadTooLarge, WaitTimeout
from sandbox.kernel.workspace import Workspace
from sandbox.platform.retirement import Mark

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

LATE = "sandbox.late"
"""In the scope of a request whose body has not come in so many seconds; nobody waits for it any longer."""
_UUID = re.compile(rb"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PREFIX = re.compile(r"/w/([A-Za-z0-9_-]{1,64})(?=/|$)")


class TextHeaders(Mapping[str, str]):
    """Headers as text, by lower-case name; decoded when asked for, since most never are."""

    __slots__ = ("_raw",)

    def __init__(self, raw: Mapping[bytes, bytes]) -> None:
        self._raw = raw

    def __getitem__(self, name: str) -> str:
        return self._raw[name.encode("latin-1", "replace")].decode("latin-1")

    def get(self, name: str, default: Any = None) -> Any:
        """Without the detour of the mixin through an exception: most headers asked for are absent."""
        value = self._raw.get(name.encode("latin-1", "replace"))
        return default if value is None else value.decode("latin-1")

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.encode("latin-1", "replace") in self._raw


class Visit:
    """What is known of a request so far; the steps of the gateway fill it in."""

    workspace: Workspace
    prefixed = ""
    correlation_id = ""
    principal: Principal = ANONYMOUS
    plan: Plan | None = None
    path_values: Mapping[str, str] = MappingProxyType({})
    meter: Meter | None = None
    """Counts this request as under way."""
    tally: Meter | None = None
    """What the caller is told of its limits, also when they refused it."""
    body = b""
    fault_ids: tuple[str, ...] = ()
    purpose = "api"
    version = "1.2"
    clock = ""
    mark: Mark | None = None
    """That what is asked for is deprecated."""

    def __init__(self, scope: Scope, at: float) -> None:
        self.started = time.perf_counter()
        self.at, self.scope = at, scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        if self.path.startswith("/w/") and (match := _PREFIX.match(self.path)):
            self.prefixed, self.path = match.group(1), self.path[match.end() :] or "/"
        self.raw_query: bytes = scope["query_string"]
        self.raw_headers: list[tuple[bytes, bytes]] = scope["headers"]
        self.headers = dict(self.raw_headers)
        self.text_headers = TextHeaders(self.headers)
        client = scope.get("client")
        self.client_ip: str = client[0] if client else ""

    def correlate(self) -> None:
        """Take the caller's correlation id, or draw one from the workspace.

        Only calls that bring none are counted: those of partners, whose moment nobody knows, must not
        show in what the others are given."""
        given = self.headers.get(b"x-correlation-id")
        if given is not None and _UUID.fullmatch(given):
            self.correlation_id = given.decode().lower()
            return
        meters = self.workspace.meters
        number = meters["uncorrelated"] = meters.get("uncorrelated", 0) + 1
        drawn = self.workspace.chance.draw(f"correlation:{self.workspace.store.draws}", number).hex()
        self.correlation_id = f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-8{drawn[17:20]}-{drawn[20:]}"

    def show_clock(self) -> str:
        """What the workspace's clock showed when this was first asked: an answer has one moment."""
        if not self.clock:
            self.clock = clock_text(self.workspace.store.get("clock", "clock"), self.workspace.wall)
        return self.clock

    @property
    def has_body(self) -> bool:
        """Whether the request announces one."""
        return b"content-length" in self.headers or b"transfer-encoding" in self.headers

    async def read_body(self, receive: Receive, limit: int) -> None:
        """The whole body, whatever its transfer encoding; raises PayloadTooLarge, or where its end is
        missing MalformedJson, or WaitTimeout once that was waited for too long."""
        declared = self.headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            raise PayloadTooLarge(details=f"at most {limit} bytes", target="/")
        message = await receive()
        if "body" not in message:
            raise _cut_off()
        body: bytes = message["body"]
        if message.get("more_body"):
            body = await self._rest(receive, body, limit)
        self.body = body

    async def _rest(self, receive: Receive, begun: bytes, limit: int) -> bytes:
        """A body that comes in pieces."""
        body, more = bytearray(begun), True
        while more:
            if LATE in self.scope:
                raise too_late(self.scope[LATE])
            message = await receive()
            if "body" not in message:
                raise _cut_off()
            body += message["body"]
            more = message.get("more_body", False)
            if len(body) > limit:
                raise PayloadTooLarge(details=f"at most {limit} bytes", target="/")
        return bytes(body)

    def exchange(self, status: int, head: bytes, body: bytes) -> Exchange:
        """The record of this request and its answer."""
        return Exchange(
            method=self.method,
            path=self.path,
            at=self.at,
            purpose=self.purpose,
            query=self.raw_query.decode("latin-1"),
            operation_id=self.plan.id if self.plan is not None else "",
            status=status,
            duration_ms=(time.perf_counter() - self.started) * 1000,
            credential_id=self.principal.credential_id,
            client_ip=self.client_ip,
            client_type=self.principal.client_type,
            correlation_id=self.correlation_id,
            traceparent=self.headers.get(b"traceparent", b"").decode("latin-1"),
            request_headers=packed(self.raw_headers),
            request_body=self.body,
            response_headers=head,
            response_body=body,
            fault_ids=self.fault_ids,
        )


def _cut_off() -> Exception:
    """Whoever goes away in the middle does not want half of what they said to be done."""
    return MalformedJson(details="the caller left before the end of the body", target="/")


def too_late(seconds: int) -> DomainError:
    """Nothing is done of a request whose end did not come."""
    return WaitTimeout(details=f"the request was not all there after {seconds} seconds", target="/")
