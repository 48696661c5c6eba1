"""How a bin answers: what it was told for this turn, and in which manner that comes over the wire. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.ports import OutboundReply

PLAIN_ANSWER: Mapping[str, Any] = {
    "status": 200,
    "headers": {},
    "body": "",
    "delayMs": 0,
    "manner": "plain",
    "dripBytes": 1,
    "dripIntervalMs": 100,
    "hangMs": 30_000,
}
LONGEST_DRIP = 120.0
"""Seconds after which the rest of a dripping body comes at once."""
SHOWN_BODY = 4096
BODILESS = (204, 205, 304)
NOT_RELAYED = (
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "set-cookie",
    "trailer",
    "upgrade",
)
"""Headers of somebody else's answer that belong to their connection, or to their own browsers."""
# What a user put into a bin must not act in a browser as a page of this server.
TAMING = {
    "content-security-policy": "sandbox",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `manner`: at once (plain), piece by piece (drip), never (hang), with the connection torn
    down instead (reset), or broken off in the middle of the body (cut). Times are in seconds.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0
    manner: str = "plain"
    piece: int = 1
    pause: float = 0.1
    longest: float = 30.0

    @property
    def is_given(self) -> bool:
        """Whether the caller gets to see a status."""
        return self.manner not in ("hang", "reset")

    def pieces(self) -> list[bytes]:
        """The body as it drips; all that would come too late is one piece, the last."""
        most = max(1, int(LONGEST_DRIP / self.pause)) if self.pause else len(self.body)
        cut = [self.body[at : at + self.piece] for at in range(0, len(self.body), self.piece)]
        return cut if len(cut) <= most else [*cut[:most], b"".join(cut[most:])]

    @property
    def duration(self) -> float:
        """Seconds until the last byte."""
        return self.delay + (self.pause * max(0, len(self.pieces()) - 1) if self.manner == "drip" else 0.0)

    def outcome(self, timeout: float) -> OutboundReply:
        """What a caller with so much patience makes of it, reached without a network."""
        if self.manner == "reset" and self.delay < timeout:
            return OutboundReply(error="reset", detail="connection reset", duration_ms=self.delay * 1000)
        if self.manner == "hang" or self.duration >= timeout:
            late = f"no answer within {timeout:g} s"
            return OutboundReply(error="timeout", detail=late, duration_ms=timeout * 1000)
        took = self.duration * 1000
        if self.manner == "cut":
            got = f"connection closed after {len(self.body) // 2} of {len(self.body)} bytes"
            return OutboundReply(error="reset", detail=got, duration_ms=took)
        return OutboundReply(self.status, self.headers, self.body, took)

    def shown(self) -> dict[str, Any]:
        """As it stands beside the request it answers; the body's beginning only."""
        body = self.body if self.is_given else b""
        return {
            "status": self.status if self.is_given else 0,
            "headers": dict(self.headers) if self.is_given else {},
            "bodyText": body[:SHOWN_BODY].decode(errors="replace"),
            "bodyBytes": len(body),
            "bodyTruncated": len(body) > SHOWN_BODY,
            "manner": self.manner,
            "delayMs": round(self.delay * 1000),
        }


def answer_of(kept: Document, turn: int) -> Answer:
    """The answer to the `turn`th request: the sequence in order, its last entry for ever."""
    response = kept["response"]
    sequence = response.get("sequence") or []
    chosen = sequence[min(turn, len(sequence)) - 1] if sequence else {}
    common = {name: value for name, value in response.items() if name != "sequence"}
    if "body" in chosen or "bodyBase64" in chosen:
        common.pop("bodyBase64", None)
    return _answer({**PLAIN_ANSWER, **common, **chosen})


def _answer(told: Mapping[str, Any]) -> Answer:
    headers = {name.lower(): value for name, value in told["headers"].items()}
    headers = {"content-type": "text/plain; charset=utf-8", **headers, **TAMING}
    body = base64.b64decode(told["bodyBase64"]) if told.get("bodyBase64") else told["body"].encode()
    return Answer(
        told["status"],
        headers,
        b"" if told["status"] in BODILESS else body,
        told["delayMs"] / 1000,
        told["manner"],
        told["dripBytes"],
        told["dripIntervalMs"] / 1000,
        told["hangMs"] / 1000,
    )


def relayed(reply: OutboundReply) -> Answer:
    """What somebody else answered, as an answer of the bin; a gateway's error where nobody did. Its delay is
    the time that took.
    """
    took = reply.duration_ms / 1000
    if reply.error:
        explained = f"forwarding failed: {reply.error}: {reply.detail}"
        return Answer(504 if reply.error == "timeout" else 502, {**TAMING}, explained.encode(), took)
    headers = {name: value for name, value in reply.headers.items() if name not in NOT_RELAYED}
    body = b"" if reply.status in BODILESS else reply.body
    return Answer(reply.status, {**headers, **TAMING}, body, took)
