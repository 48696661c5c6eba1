"""Inspector bins: they keep whatever arrives, judge its signature, and answer as they were told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec import DecodeError
from msgspec.json import decode, encode

from sandbox.kernel.documents import Document, Kind, Store
from sandbox.kernel.errors import ResourceNotFound
from sandbox.kernel.ports import HttpPort, OutboundReply, OutboundRequest
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.webhooks import expecting, forwarding, holding
from sandbox.webhooks.answers import Answer, answer_of, relayed
from sandbox.webhooks.captures import SHOWN_BODY, RequestParts, described, parsed_json
from sandbox.webhooks.subscriptions import has_secret, secrets_of, signing_time
from sandbox.webhooks.verification import difference, unverified, verify

__all__ = [
    "RequestParts",
    "deliver_to_bin",
    "keep",
    "receive",
    "received_so_far",
    "request_id",
    "requests_since",
]

REQUEST_KIND = Kind("captured_request", indexes=("binId",), sorts=("sequence", "receivedAt"), prefix="req_")
SECRET_KIND = Kind("bin_secret")


@dataclass(frozen=True, slots=True)
class Arrival:
    """What was kept, and how it is answered by the bin itself."""

    found: Document
    captured: Document
    answer: Answer
    store: Store

    @property
    def is_relayed(self) -> bool:
        """Whether somebody else answers."""
        return bool((self.found.get("forward") or {}).get("returnAnswer"))


async def receive(workspace: Workspace, bin_id: str, parts: RequestParts, http: HttpPort) -> Answer:
    """Keep the request and say how to answer it, after the bin's delay; raises ResourceNotFound."""
    arrival = _arrive(workspace, bin_id, parts)
    if arrival.is_relayed:
        return await _relay(workspace, arrival, parts, http)
    if arrival.answer.delay:
        await asyncio.sleep(arrival.answer.delay)
    return arrival.answer


async def deliver_to_bin(workspace: Workspace, request: OutboundRequest, http: HttpPort) -> OutboundReply:
    """A delivery to the workspace's own inspector, without a network between.

    Its duration is what the bin was told to take, so that a log reads the same whenever it was written; an
    answer that would come too late is not waited for.
    """
    target = urlsplit(request.url)
    bin_id, _, path = target.path.lstrip("/").partition("/")
    parts = RequestParts(
        request.method,
        unquote(f"/{path}"),
        target.query,
        {name.lower(): value for name, value in request.headers.items()},
        request.body,
        "inspector",
        header_list=tuple(request.headers.items()),
        raw_path=f"/{path}",
        correlation_id=request.correlation_id,
    )
    try:
        arrival = _arrive(workspace, bin_id, parts)
    except ResourceNotFound as missing:
        return OutboundReply(404, {}, missing.details.encode())
    answer = await _relay(workspace, arrival, parts, http) if arrival.is_relayed else arrival.answer
    outcome = answer.outcome(request.timeout)
    if outcome.error != "timeout" and not arrival.is_relayed:
        await asyncio.sleep(outcome.duration_ms / 1000)
    return outcome


def _arrive(workspace: Workspace, bin_id: str, parts: RequestParts) -> Arrival:
    with workspace.transaction(parts.correlation_id) as tx:
        return keep(tx, bin_id, parts)


async def _relay(workspace: Workspace, arrival: Arrival, parts: RequestParts, http: HttpPort) -> Answer:
    """Somebody else's answer, kept beside the request."""
    found, captured = arrival.found, arrival.captured
    request = forwarding.forwarding(workspace, found, captured, parts.body)
    hindered = forwarding.hindrance(workspace, found, captured, whole=True)
    denied = OutboundReply(error="denied", detail=hindered)
    reply = denied if hindered else await forwarding.sent(http, request)
    answer = relayed(reply)
    with workspace.transaction(parts.correlation_id) as tx:
        kept = tx.get("captured_request", captured["id"])
        if tx.store is arrival.store and kept is not None:
            shown = answer.shown()
            told = {**kept, "answer": shown, "responseStatus": answer.status, "delayMs": shown["delayMs"]}
            forwarding.record(tx, Document(told), request.url, reply)
    return answer


def keep(tx: Transaction, bin_id: str, parts: RequestParts) -> Arrival:
    """Store the request within the bin's limits, and judge what waits for it."""
    found = tx.need("bin", bin_id, "binId")
    number = tx.next_number(f"bin:{bin_id}")
    before = found["_answeredBefore"]
    # A bin that outlived a reset counts from one again.
    answer = answer_of(found, number - before if number > before else number)
    captured = holding.hold(tx, found, _captured(tx, found, parts, number, answer))
    arrival = Arrival(found, captured, answer, tx.store)
    if found.get("forward") and not arrival.is_relayed:
        tx.schedule(tx.now(), forwarding.JOB, captured["id"])
    expecting.judge_open(tx, bin_id)
    return arrival


def received_so_far(tx: Transaction, bin_id: str) -> int:
    """How many requests the bin has ever got."""
    counter = tx.get("counter", f"bin:{bin_id}")
    return 0 if counter is None else int(counter["value"])


def requests_since(tx: Transaction, bin_id: str, since: str | None, event_type: str | None) -> list[Document]:
    """What arrived after the request `since`, oldest first, of one event if asked."""
    after = tx.need("captured_request", since, "since")["sequence"] if since else 0
    arrived = tx.find("captured_request", {"binId": bin_id}, "sequence")
    return [
        captured
        for captured in arrived
        if captured["sequence"] > after and event_type in (None, captured["eventType"])
    ]


def _captured(
    tx: Transaction, kept: Document, parts: RequestParts, number: int, answer: Answer
) -> dict[str, Any]:
    shown = kept.get("maxBodyBytes", SHOWN_BODY)
    parsed = parsed_json(parts.body, shown)
    delivery = _delivery(tx, kept["id"], parts, parsed)
    told = described(parts, parsed, shown)
    verdict = _verdict(tx, kept, parts, delivery, _signer(tx, delivery, told["replayOf"]))
    return {
        "id": request_id(tx, kept["id"], number),
        "binId": kept["id"],
        "version": 1,
        "sequence": number,
        "receivedAt": tx.stamp(),
        **told,
        "answer": answer.shown(),
        "responseStatus": answer.status if answer.is_given else 0,
        "delayMs": round(answer.delay * 1000),
        "forward": dict(forwarding.PENDING) if kept.get("forward") else None,
        "signature": verdict,
        "delivery": delivery and {"webhookId": delivery["webhookId"], "deliveryId": delivery["id"]},
    }


def request_id(tx: Transaction, bin_id: str, number: int) -> str:
    """Drawn by bin and number, not in order of time: what arrives must not change what calls draw."""
    return REQUEST_KIND.prefix + tx.workspace.chance.draw(f"captured:{bin_id}", number, 12).hex()


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


def secrets_for(tx: Transaction, bin_id: str, webhook_id: str | None) -> list[str]:
    """What signs requests of a bin: its own secret, else those of the subscription that delivers there."""
    own = tx.get("bin_secret", bin_id)
    if own is not None:
        return [own["secret"]]
    return secrets_of(tx, webhook_id) if webhook_id is not None and has_secret(tx, webhook_id) else []


def _signer(tx: Transaction, delivery: Document | None, replay_of: str | None) -> Document | None:
    """The subscription whose delivery it is, or whose delivery it repeats."""
    if delivery is None:
        repeated = tx.get("captured_request", replay_of) if replay_of else None
        delivery = repeated and repeated["delivery"]
    return tx.get("webhook", delivery["webhookId"]) if delivery else None


def _verdict(
    tx: Transaction, kept: Document, parts: RequestParts, delivery: Document | None, webhook: Document | None
) -> dict[str, Any]:
    """By the bin's own secret, else by those of the subscription."""
    secrets = secrets_for(tx, kept["id"], None if webhook is None else webhook["id"])
    if not secrets:
        return unverified(parts.headers, parts.body)
    now = int(tx.now().timestamp()) if webhook is None else signing_time(tx, webhook)
    verdict = verify(secrets, parts.headers, parts.body, now)
    if delivery is not None and verdict["valid"] is False:
        verdict["bodyDifference"] = _changed_on_the_way(delivery["payload"], parts.body)
    return verdict


def _changed_on_the_way(payload: Mapping[str, Any], body: bytes) -> dict[str, Any] | None:
    """Where the body is not what the platform writes, whatever the signature inside it is."""
    try:
        inside = decode(body).get("signature")
    except (DecodeError, AttributeError):
        inside = None
    return difference(encode({**payload, "signature": inside} if inside else payload), body)
