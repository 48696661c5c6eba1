"""The ports through which effects reach the outside; adapters are named in the composition root only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """One HTTP call to make. `purpose` says why (`webhook`, `connector`, `mock-webhook`), for record
    and faults.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeout: float = 10.0
    purpose: str = "connector"
    correlation_id: str = ""
    workspace_id: str = ""


@dataclass(frozen=True, slots=True)
class OutboundReply:
    """What came back; `error` (timeout, dns, connect, tls, reset, denied) where nothing did.

    `body` is cut at the client's limit (`truncated` says so); `duration_ms` is wall time.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    duration_ms: float = 0.0
    error: str = ""
    detail: str = ""
    truncated: bool = False


class HttpPort(Protocol):
    """The one way out."""

    async def send(self, request: OutboundRequest) -> OutboundReply:
        """Make one attempt. Never raises for a network failure and never retries; redirects are not
        followed.
        """

    def refusal(self, url: str) -> str:
        """Why a URL that a user gave may not be called, or the empty string. Resolves no names."""


@dataclass(frozen=True, slots=True)
class MailReply:
    """What a mail server said; `is_final` where trying again is of no use."""

    is_accepted: bool
    detail: str
    is_final: bool = False


class MailPort(Protocol):
    """The way out for letters, where one is configured."""

    @property
    def sender(self) -> str:
        """Who letters are from; empty where nothing is set."""

    async def send(self, recipient: str, message: bytes) -> MailReply:
        """Make one attempt. Never raises for what a server or the network does, and never retries."""


@dataclass(frozen=True, slots=True)
class PartnerAccess:
    """Where a partner is reached and with which secrets, when it is not the mock of the caller's
    workspace.
    """

    base_url: str
    secret_key: str = ""
    webhook_secret: str = ""


@dataclass(frozen=True, slots=True)
class Ports:
    """What an effect may use."""

    http: HttpPort
    public_url: str
    """Base address of this server as its own partners reach it, without a trailing slash."""
    partners: Mapping[str, PartnerAccess] = field(default_factory=dict)
    """By partner name, for those that configuration moves elsewhere; the others are the workspace's mocks."""
    mail: MailPort | None = None
    """Where letters go besides the outbox of their workspace."""
