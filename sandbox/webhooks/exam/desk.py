"""The examiner's desk: makes deliveries, sends them, and keeps all that was sent and answered as evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sandbox.kernel.chance import Chance
from sandbox.kernel.clock import from_epoch, instant
from sandbox.kernel.ports import OutboundReply, OutboundRequest, Ports
from sandbox.webhooks.attempts import USER_AGENT, send
from sandbox.webhooks.signing import Signed, Stamp, secret_from, sign
from sandbox.webhooks.verification import verify

SHOWN = 1024
"""Bytes of a body that evidence keeps."""
Spoil = Callable[[Signed], Signed]
Envelope = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Paper:
    """What is examined and how: the order of the exam."""

    id: str
    url: str
    secret: str
    event: str
    object: Mapping[str, Any]
    """What the deliveries are about."""
    scheme: str = "both"
    state_url: str | None = None
    ack_limit_ms: int = 3000
    timeout: float = 10.0
    workspace_id: str = ""


@dataclass(frozen=True, slots=True)
class How:
    """How one delivery departs from the normal."""

    secrets: Sequence[str] = ()
    scheme: str = ""
    shift: int = 0
    """Seconds by which the signed time is off."""
    spoil: Spoil | None = None
    attempt: int = 1


NORMAL = How()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One delivery and what came back."""

    request: OutboundRequest
    reply: OutboundReply
    at: int
    good: bool
    """Whether it was to be accepted."""

    @property
    def accepted(self) -> bool:
        return not self.reply.error and 200 <= self.reply.status < 300

    @property
    def rejected(self) -> bool:
        """Refused on purpose: a server error is an accident, and a redirect is no answer."""
        return not self.reply.error and 400 <= self.reply.status < 500

    @property
    def told(self) -> str:
        """The answer in words."""
        return self.reply.error or f"status {self.reply.status}"

    def signature(self, secret: str) -> dict[str, Any]:
        """What a receiver with this secret finds, had it come in time; its base string is shortened."""
        verdict = verify(secret, self.request.headers, self.request.body, self.at)
        checks = [{**check, "baseString": check["baseString"][:SHOWN]} for check in verdict["checks"]]
        return {**verdict, "checks": checks}

    def evidence(self, secret: str) -> dict[str, Any]:
        """What the report shows."""
        request, reply = self.request, self.reply
        return {
            "expected": "accept" if self.good else "reject",
            "request": {
                "method": request.method,
                "url": request.url,
                "headers": dict(request.headers),
                "body": request.body[:SHOWN].decode(errors="replace"),
                "bodyBytes": len(request.body),
            },
            "answer": {
                "status": reply.status or None,
                "headers": dict(reply.headers),
                "body": reply.body[:SHOWN].decode(errors="replace"),
                "error": reply.error or None,
                "errorDetail": reply.detail or None,
            },
            "durationMs": round(reply.duration_ms, 1),
            "signature": self.signature(secret),
        }


@dataclass(slots=True)
class Desk:
    """Sends by one paper; `wall` is the time that signatures are made by, for receivers judge by theirs."""

    paper: Paper
    ports: Ports
    wall: Callable[[], float]
    chance: Chance
    exchanges: list[Exchange] = field(default_factory=list)
    """Of the rule under way."""
    all: list[Exchange] = field(default_factory=list)
    state_broken: str = ""
    """Why the state could not be seen, once it could not."""
    _drawn: int = 0

    def foreign_secret(self) -> str:
        """One that the receiver does not know."""
        return secret_from(self.draw(32))

    def draw(self, size: int) -> bytes:
        """Bytes of this exam alone."""
        self._drawn += 1
        return self.chance.draw(f"webhook.exam:{self.paper.id}", self._drawn, size)

    def key(self) -> str:
        """The id of an object that nobody knows."""
        drawn = self.draw(16).hex()
        return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-8{drawn[17:20]}-{drawn[20:]}"

    def message(self, event: str = "", *, seconds: float = 0, **data: Any) -> dict[str, Any]:
        """An envelope under an id of its own, about an object of its own unless `id` is given."""
        about = {**self.paper.object, "id": self.key(), **data}
        return {
            "id": f"whk_{self.draw(12).hex()}",
            "event": event or self.paper.event,
            "timestamp": instant(from_epoch(self.wall()) + timedelta(seconds=seconds)),
            "version": "1.0",
            "data": about,
        }

    async def send(self, envelope: Envelope, how: How = NORMAL, *, good: bool = True) -> Exchange:
        """One delivery; the answer and the time it took are kept."""
        request, at = self._request(envelope, how), int(self.wall())
        exchange = Exchange(request, await send(request, self.ports), at, good)
        self.exchanges.append(exchange)
        self.all.append(exchange)
        return exchange

    async def state(self) -> bytes | None:
        """What the receiver says of what it has done; None where it cannot be asked."""
        if self.paper.state_url is None or self.state_broken:
            return None
        reply = await send(self._asking("GET", self.paper.state_url), self.ports)
        if reply.error or reply.status != 200:
            self.state_broken = reply.error or f"status {reply.status}"
            return None
        return reply.body

    def _request(self, envelope: Envelope, how: How) -> OutboundRequest:
        stamp = Stamp(int(self.wall()) + how.shift, self.draw(16).hex())
        secrets = how.secrets or [self.paper.secret]
        signed = sign(envelope, secrets, stamp, how.scheme or self.paper.scheme)
        if how.spoil is not None:
            signed = how.spoil(signed)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": USER_AGENT,
            "X-Webhook-Event": str(envelope["event"]),
            "X-Webhook-Attempt": str(how.attempt),
            **signed.headers,
        }
        return replace(self._asking("POST", self.paper.url), headers=headers, body=signed.body)

    def _asking(self, method: str, url: str) -> OutboundRequest:
        return OutboundRequest(
            method,
            url,
            {"User-Agent": USER_AGENT},
            timeout=self.paper.timeout,
            purpose="webhook-test",
            workspace_id=self.paper.workspace_id,
        )
