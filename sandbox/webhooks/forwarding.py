"""Captured requests sent on: unchanged or edited, through the guarded way out, with the answer kept."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.kernel.agenda import Effect
from sandbox.kernel.documents import Document
from sandbox.kernel.ports import HttpPort, OutboundReply, OutboundRequest, Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.webhooks.captures import fields_of, joined, kept_body
from sandbox.webhooks.destinations import stays_inside

JOB = "bin.forward"
HOPS = "x-sandbox-hops"
MOST_HOPS = 3
SHOWN_REPLY = 16 * 1024
DEFAULT_TIMEOUT_MS = 10_000
_OF_THE_CONNECTION = frozenset(
    [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "upgrade",
        "expect",
    ]
)
PENDING: Mapping[str, Any] = {"status": "pending"}


def passed_on(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers that mean the same on another connection."""
    return [(name, value) for name, value in fields if name.lower() not in _OF_THE_CONNECTION]


def below(address: str, captured: Mapping[str, Any]) -> str:
    """The same path and query below another address."""
    base, _, own_query = address.partition("?")
    path = captured.get("rawPath") or captured["path"]
    target = base if path == "/" else base.rstrip("/") + path
    query = "&".join(part for part in (own_query, captured["query"]) if part)
    return f"{target}?{query}" if query else target


async def sent(http: HttpPort, request: OutboundRequest) -> OutboundReply:
    """One attempt; a target that may not be called is not."""
    if refusal := http.refusal(request.url):
        return OutboundReply(error="denied", detail=f"the URL {refusal}")
    return await http.send(request)


def forwarding(
    workspace: Workspace, found: Document, captured: Mapping[str, Any], body: bytes
) -> OutboundRequest:
    """What goes on to the bin's other address."""
    told = found["forward"]
    hops = _hops(captured) + 1
    headers = {**joined(passed_on(fields_of(captured))), HOPS: str(hops)}
    return OutboundRequest(
        captured["method"],
        below(told["url"], captured),
        headers,
        body,
        timeout=told.get("timeoutMs", DEFAULT_TIMEOUT_MS) / 1000,
        purpose="forward",
        correlation_id=captured["correlationId"] or "",
        workspace_id=workspace.id,
    )


def hindrance(workspace: Workspace, found: Document, captured: Mapping[str, Any], whole: bool) -> str:
    """Why a request is not sent on, or the empty string."""
    if _hops(captured) >= MOST_HOPS:
        return f"was forwarded {MOST_HOPS} times already: bins that forward to one another go in circles"
    if not whole:
        return "the body was not kept whole: raise the bin's maxBodyBytes"
    if found.get("_forwardsFrom") != workspace.id and not stays_inside(found["forward"]["url"]):
        return "a copy of a workspace sends nothing outside until its bin is told again where to forward to"
    return ""


def record(tx: Transaction, captured: Document, url: str, reply: OutboundReply) -> Document:
    """Keep what became of it beside the request."""
    shown = {"url": url, "status": "failed" if reply.error else "answered", **shown_reply(reply)}
    return tx.put("captured_request", {**captured, "forward": shown, "version": captured["version"] + 1})


def shown_reply(reply: OutboundReply) -> dict[str, Any]:
    """An answer as it is told; the beginning of its body."""
    body = reply.body[:SHOWN_REPLY]
    try:
        text, encoded = body.decode(), None
    except UnicodeDecodeError:
        text, encoded = None, base64.b64encode(body).decode()
    return {
        "statusCode": reply.status or None,
        "headers": dict(reply.headers),
        "bodyText": text,
        "bodyBase64": encoded,
        "bodyBytes": len(reply.body),
        "bodyTruncated": reply.truncated or len(reply.body) > SHOWN_REPLY,
        "durationMs": round(reply.duration_ms),
        "error": reply.error or None,
        "errorDetail": reply.detail or None,
    }


async def forward_later(workspace: Workspace, entry: Document, ports: Ports) -> None:
    """The effect behind a bin that forwards and answers by itself."""
    with workspace.transaction() as tx:
        store, captured = tx.store, tx.get("captured_request", entry["subject"])
        found = None if captured is None else tx.get("bin", captured["binId"])
    if captured is None or found is None or not found.get("forward"):
        return
    request = forwarding(workspace, found, captured, kept_body(captured))
    hindered = hindrance(workspace, found, captured, whole=not captured["bodyTruncated"])
    reply = OutboundReply(error="denied", detail=hindered) if hindered else await sent(ports.http, request)
    with workspace.transaction(request.correlation_id) as tx:
        captured = tx.get("captured_request", entry["subject"])
        if tx.store is store and captured is not None:
            record(tx, captured, request.url, reply)


def _hops(captured: Mapping[str, Any]) -> int:
    told = captured["headers"].get(HOPS, "0")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 4 else 0


EFFECTS: dict[str, Effect] = {JOB: forward_later}
