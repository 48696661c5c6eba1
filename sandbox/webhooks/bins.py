"""Inspector bins: they keep whatever arrives, judge its signature, and answer as they were told."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.errors import ResourceNotFound
from sandbox.kernel.ports import OutboundReply, OutboundRequest
from sandbox.kernel.replies import Reply
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.webhooks.subscriptions import secrets_of, signing_time
from sandbox.webhooks.verification import unverified, verify
from sandbox.webhooks.watching import notify

REQUEST_KIND = Kind("captured_request", indexes=("binId",), sorts=("sequence",), prefix="req_")
SECRET_KIND = Kind("bin_secret")
SHOWN_BODY = 256 * 1024
DEEPEST_JSON = 64
PLAIN_ANSWER: Mapping[str, Any] = {"status": 200, "headers": {}, "body": "", "delayMs": 0}


@dataclass(frozen=True, slots=True)
class RequestParts:
    """A request to keep. `path` is what follows the bin's own address; header names are in lower case."""

    method: str
    path: str = "/"
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    remote_address: str = ""


async def receive(workspace: Workspace, bin_id: str, parts: RequestParts) -> Reply:
    """Keep the request, wake who waits for it, and answer in the bin's way; raises ResourceNotFound."""
    answer = _arrive(workspace, bin_id, parts)
    if answer["delayMs"]:
        await asyncio.sleep(answer["delayMs"] / 1000)
    return _reply(answer)


async def deliver_to_bin(workspace: Workspace, request: OutboundRequest) -> OutboundReply:
    """A delivery to the workspace's own inspector, without a network between.

    Its duration is the bin's delay, so that a log reads the same whenever it was written; an answer that
    would come too late is not waited for.
    """
    target = urlsplit(request.url)
    bin_id, _, path = target.path.lstrip("/").partition("/")
    headers = {name.lower(): value for name, value in request.headers.items()}
    parts = RequestParts(request.method, f"/{path}", target.query, headers, request.body, "inspector")
    try:
        answer = _arrive(workspace, bin_id, parts)
    except ResourceNotFound as missing:
        return OutboundReply(404, {}, missing.details.encode())
    delay = answer["delayMs"] / 1000
    if delay >= request.timeout:
        late = f"no answer within {request.timeout:g} s"
        return OutboundReply(error="timeout", detail=late, duration_ms=request.timeout * 1000)
    await asyncio.sleep(delay)
    reply = _reply(answer)
    return OutboundReply(reply.status, reply.headers, reply.body, delay * 1000)


def _arrive(workspace: Workspace, bin_id: str, parts: RequestParts) -> Mapping[str, Any]:
    with workspace.transaction() as tx:
        answer = keep(tx, bin_id, parts)
    notify(workspace, bin_id)
    return answer


def keep(tx: Transaction, bin_id: str, parts: RequestParts) -> Mapping[str, Any]:
    """Store the request, dropping the oldest beyond the bin's limit; returns how to answer it."""
    found = tx.need("bin", bin_id, "binId")
    number = tx.next_number(f"bin:{bin_id}")
    before = found["_answeredBefore"]
    # A bin that outlived a reset counts from one again.
    answer = answer_of(found, number - before if number > before else number)
    tx.put("captured_request", _captured(tx, found, parts, number, answer))
    if tx.count("captured_request", {"binId": bin_id}) > found["maxRequests"]:
        for oldest in tx.find("captured_request", {"binId": bin_id}, "sequence", limit=1):
            tx.delete("captured_request", oldest["id"])
    return answer


def answer_of(kept: Document, turn: int) -> Mapping[str, Any]:
    """The answer to the `turn`th request: the sequence in order, its last entry for ever."""
    response = kept["response"]
    sequence = response.get("sequence") or []
    chosen = sequence[min(turn, len(sequence)) - 1] if sequence else {}
    common = {name: value for name, value in response.items() if name != "sequence"}
    return {**PLAIN_ANSWER, **common, **chosen}


def received_so_far(tx: Transaction, bin_id: str) -> int:
    """How many requests the bin has ever got."""
    counter = tx.get("counter", f"bin:{bin_id}")
    return 0 if counter is None else int(counter["value"])


def clear(tx: Transaction, bin_id: str) -> None:
    """Forget what arrived; the answer sequence goes on where it is."""
    for captured in tx.find("captured_request", {"binId": bin_id}):
        tx.delete("captured_request", captured["id"])


def requests_since(tx: Transaction, bin_id: str, since: str | None, event_type: str | None) -> list[Document]:
    """What arrived after the request `since`, oldest first, of one event if asked."""
    after = tx.need("captured_request", since, "since")["sequence"] if since else 0
    arrived = tx.find("captured_request", {"binId": bin_id}, "sequence")
    return [
        captured
        for captured in arrived
        if captured["sequence"] > after and event_type in (None, captured["eventType"])
    ]


def _reply(answer: Mapping[str, Any]) -> Reply:
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    media_type = headers.pop("content-type", "text/plain; charset=utf-8")
    # What a user put into a bin must not act in a browser as a page of this server.
    headers |= {
        "content-security-policy": "sandbox",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    body = b"" if answer["status"] in (204, 304) else answer["body"].encode()
    return Reply(answer["status"], body, headers, media_type)


def _captured(
    tx: Transaction, kept: Document, parts: RequestParts, number: int, answer: Mapping[str, Any]
) -> dict[str, Any]:
    parsed = _parsed(parts.body)
    delivery = _delivery(tx, kept["id"], parts, parsed)
    return {
        "id": request_id(tx, kept["id"], number),
        "binId": kept["id"],
        "version": 1,
        "sequence": number,
        "receivedAt": tx.stamp(),
        "method": parts.method,
        "path": parts.path,
        "query": parts.query,
        "headers": dict(parts.headers),
        **_body(parts.body),
        "bodyJson": parsed,
        "remoteAddr": parts.remote_address,
        "responseStatus": answer["status"],
        "delayMs": answer["delayMs"],
        "eventType": _event_type(parts, parsed),
        "signature": _verdict(tx, kept, parts, delivery),
        "delivery": delivery and {"webhookId": delivery["webhookId"], "deliveryId": delivery["id"]},
    }


def request_id(tx: Transaction, bin_id: str, number: int) -> str:
    """Drawn by bin and number, not in order of time: what arrives must not change what calls draw."""
    return REQUEST_KIND.prefix + tx.workspace.chance.draw(f"captured:{bin_id}", number, 12).hex()


def _body(body: bytes) -> dict[str, Any]:
    """The body as text where it is UTF-8, else in base64; cut at the limit, its true size beside it."""
    shown = body[:SHOWN_BODY]
    facts = {"bodyBytes": len(body), "bodyTruncated": len(body) > SHOWN_BODY}
    try:
        return {
            "bodyText": shown.decode(errors="ignore" if facts["bodyTruncated"] else "strict"),
            "bodyBase64": None,
            **facts,
        }
    except UnicodeDecodeError:
        return {"bodyText": None, "bodyBase64": base64.b64encode(shown).decode(), **facts}


def _parsed(body: bytes) -> Any:
    """The body as JSON if it is that and is not nested beyond reason, else None."""
    if len(body) > SHOWN_BODY:
        return None
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    few = body.count(b"[") + body.count(b"{") <= DEEPEST_JSON
    return parsed if few or _shallow(parsed, DEEPEST_JSON) else None


def _shallow(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    return not isinstance(value, list) or (depth > 0 and all(_shallow(inner, depth - 1) for inner in value))


def _event_type(parts: RequestParts, parsed: Any) -> str | None:
    named = parsed.get("event") if isinstance(parsed, dict) else None
    return named if isinstance(named, str) else parts.headers.get("x-webhook-event")


def _delivery(tx: Transaction, bin_id: str, parts: RequestParts, parsed: Any) -> Document | None:
    """The platform's own delivery that this request is, if it is one."""
    message_id = parts.headers.get("webhook-id") or (parsed.get("id") if isinstance(parsed, dict) else None)
    if not isinstance(message_id, str):
        return None
    for delivery in tx.find("delivery", {"messageId": message_id}):
        webhook = tx.get("webhook", delivery["webhookId"])
        if delivery["status"] == "in_flight" and webhook is not None and bin_id in webhook["url"]:
            return delivery
    return None


def _verdict(
    tx: Transaction, kept: Document, parts: RequestParts, delivery: Document | None
) -> dict[str, Any]:
    """By the bin's own secret, else by that of the subscription whose delivery it is."""
    own = tx.get("bin_secret", kept["id"])
    webhook = tx.get("webhook", delivery["webhookId"]) if delivery is not None else None
    now = int(tx.now().timestamp()) if webhook is None else signing_time(tx, webhook)
    if own is not None:
        return verify(own["secret"], parts.headers, parts.body, now)
    if webhook is not None:
        return verify(secrets_of(tx, webhook["id"])[0], parts.headers, parts.body, now)
    return unverified(parts.headers, parts.body)
