"""One attempt to deliver: signed in one transaction, sent between two, judged and logged in the second."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document, Store
from sandbox.kernel.ports import OutboundReply, OutboundRequest, Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.webhooks import chaos, deliveries, schedule, subscriptions
from sandbox.webhooks.chaos import Applied
from sandbox.webhooks.destinations import stays_inside
from sandbox.webhooks.dispatcher import gap, turn_of
from sandbox.webhooks.listening import AWAY
from sandbox.webhooks.signing import Signed, Stamp, corrupted, sign

USER_AGENT = "EventPlatform-Webhooks/1.0"
SHOWN_REQUEST = 64 * 1024
SHOWN_REPLY = 4 * 1024
REDACTED = "[redacted]"
_SECRET_HEADERS = frozenset({"authorization", "x-api-key", "cookie"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was decided before sending; `store` tells whether the world is still the same afterwards."""

    delivery_id: str
    number: int
    at: str
    request: OutboundRequest
    chaos: tuple[Applied, ...]
    store: Store


async def attempt_delivery(workspace: Workspace, entry: Document, ports: Ports) -> None:
    """The effect behind every delivery: one attempt, whose outcome decides about the next."""
    with workspace.transaction() as tx:
        attempt = begin(tx, entry["subject"])
    if attempt is None:
        return
    reply = await send(attempt.request, ports)
    with workspace.transaction(attempt.request.correlation_id) as tx:
        if tx.store is attempt.store:
            settle = _take_back if reply is AWAY else conclude
            settle(tx, attempt, reply)


def _take_back(tx: Transaction, attempt: Attempt, _: OutboundReply) -> None:
    """Whoever listens left before it was answered: it stays due, and no attempt is spent."""
    delivery = tx.get("delivery", attempt.delivery_id)
    if delivery is not None and delivery["status"] == "in_flight":
        spent, now = attempt.number - 1, tx.stamp()
        deliveries.move(tx, delivery, "retry_scheduled", attemptCount=spent, nextAttemptAt=now)
        deliveries.set_out(tx, delivery, tx.now())


def begin(tx: Transaction, delivery_id: str, *, in_turn: bool = True) -> Attempt | None:
    """Mark the delivery as under way and sign it; None when there is nothing to send, or not yet."""
    delivery = tx.get("delivery", delivery_id)
    if delivery is None or delivery["status"] not in deliveries.OPEN:
        return None
    webhook = tx.get("webhook", delivery["webhookId"])
    if webhook is None or not _may_go(tx, delivery, webhook):
        deliveries.move(tx, delivery, "cancelled")
        return None
    if in_turn and (turn := turn_of(tx, webhook, delivery)) is not None:
        deliveries.put_off(tx, delivery, turn)
        return None
    attempt = _signed_attempt(tx, delivery, webhook)
    if not delivery.get("_lost"):
        return attempt
    lost = OutboundReply(error="dropped", detail="lost on purpose")
    tx.put("delivery_attempt", logged(attempt, lost, lost.error, None))
    deliveries.move(tx, tx.need("delivery", delivery_id), "skipped")
    return None


def _signed_attempt(tx: Transaction, delivery: Document, webhook: Document) -> Attempt:
    number = delivery["attemptCount"] + 1
    under_way = deliveries.move(tx, delivery, "in_flight", attemptCount=number, _turn=None, _held=False)
    of_message = delivery.get("chaos", ()) if number == 1 else ()
    applied = (*of_message, *chaos.at_attempt(tx, webhook, under_way))
    request = _request(tx, under_way, webhook, applied)
    return Attempt(delivery["id"], number, tx.stamp(), request, applied, tx.store)


def _may_go(tx: Transaction, delivery: Document, webhook: Document) -> bool:
    """Not for a subscription that is off; nor outside from a fork, since the original world sends it too."""
    if webhook["status"] != "active" or not subscriptions.has_secret(tx, webhook["id"]):
        return False
    return delivery["_madeIn"] == tx.workspace.id or stays_inside(webhook["url"])


def conclude(tx: Transaction, attempt: Attempt, reply: OutboundReply) -> None:
    """Log the attempt and move the delivery, and perhaps its subscription, to what follows from it."""
    delivery = tx.get("delivery", attempt.delivery_id)
    webhook = tx.get("webhook", delivery["webhookId"]) if delivery is not None else None
    if delivery is None or webhook is None:
        return
    outcome, error = judged(reply)
    wait = _wait(tx, webhook, delivery, reply) if outcome == "failed" else None
    tx.put("delivery_attempt", logged(attempt, reply, error, wait))
    if delivery["status"] != "in_flight":
        return
    delivery = Document({**delivery, "lastStatusCode": reply.status or None})
    if outcome == "succeeded":
        subscriptions.count_success(tx, webhook)
        deliveries.move(tx, delivery, "succeeded")
    elif wait is None:
        _give_up(tx, webhook, delivery, gone=outcome == "gone")
    else:
        due = tx.now() + timedelta(seconds=wait)
        deliveries.move(tx, delivery, "retry_scheduled", nextAttemptAt=instant(due))
        deliveries.set_out(tx, delivery, due)


def judged(reply: OutboundReply) -> tuple[str, str | None]:
    """(succeeded, failed or gone; the error in the log's words)."""
    if reply.error:
        return "failed", reply.error
    if 200 <= reply.status < 300:
        return "succeeded", None
    if reply.status == 410:
        return "gone", "non_2xx"
    return "failed", "redirect" if 300 <= reply.status < 400 else "non_2xx"


def _give_up(tx: Transaction, webhook: Document, delivery: Document, *, gone: bool) -> None:
    webhook = subscriptions.count_exhausted(tx, webhook)
    deliveries.move(tx, delivery, "exhausted")
    if gone:
        deliveries.disable(tx, webhook, "disabled", "gone")
    elif webhook["consecutiveFailures"] >= webhook["disableAfterFailures"]:
        deliveries.disable(tx, webhook, "auto_disabled", "failures")


def _wait(tx: Transaction, webhook: Document, delivery: Document, reply: OutboundReply) -> float | None:
    policy = webhook["retryPolicy"]
    if reply.status in (policy.get("stopStatusCodes") or ()):
        return None
    asked = schedule.retry_after(reply.status, reply.headers, tx.now())
    draw = _drawn(tx, "jitter", delivery, 1)[0] / 255 if policy["jitter"] else 0.5
    wait = schedule.wait(policy, delivery["attemptCount"] - delivery["_attemptsBefore"], asked, draw)
    return None if wait is None else gap(tx.workspace, wait)


def _request(
    tx: Transaction, delivery: Document, webhook: Document, applied: Sequence[Applied]
) -> OutboundRequest:
    signed = _signed(tx, delivery, webhook, applied)
    headers = {
        **(webhook.get("headers") or {}),
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": USER_AGENT,
        "X-Webhook-Event": delivery["eventType"],
        "X-Webhook-Attempt": str(delivery["attemptCount"]),
        **_trace(tx, delivery),
        **signed.headers,
    }
    return OutboundRequest(
        "POST",
        webhook["url"],
        headers,
        signed.body,
        timeout=float(webhook["retryPolicy"]["timeoutSeconds"]),
        purpose="webhook",
        correlation_id=delivery["correlationId"],
        workspace_id=tx.workspace.id,
    )


def _signed(tx: Transaction, delivery: Document, webhook: Document, applied: Sequence[Applied]) -> Signed:
    age = sum(each["ageSeconds"] for each in applied if each["effect"] == "stale_timestamp")
    stamp = Stamp(subscriptions.signing_time(tx, webhook) - age, _drawn(tx, "token", delivery, 16).hex())
    secrets = subscriptions.secrets_of(tx, webhook["id"])
    signed = sign(delivery["payload"], secrets, stamp, webhook["signatureScheme"])
    for part in {each["part"]: None for each in applied if each["effect"] == "corrupt_signature"}:
        signed = corrupted(signed, part)
    return signed


def _trace(tx: Transaction, delivery: Document) -> dict[str, str]:
    """The causing call's correlation id, also as the trace id of W3C trace context."""
    correlation_id = delivery["correlationId"]
    if not correlation_id:
        return {}
    trace, span = correlation_id.replace("-", "").lower(), _drawn(tx, "span", delivery, 8).hex()
    return {"X-Correlation-ID": correlation_id, "traceparent": f"00-{trace}-{span}-01"}


def _drawn(tx: Transaction, label: str, delivery: Document, size: int) -> bytes:
    """Drawn by delivery and attempt, not in order of time: attempts must not change what calls draw."""
    return tx.workspace.chance.draw(f"webhook.{label}:{delivery['id']}", delivery["attemptCount"], size)


async def send(request: OutboundRequest, ports: Ports) -> OutboundReply:
    """The URL is judged anew, for the rules may have changed since it was accepted."""
    await asyncio.sleep(0)  # first, at the end of this turn of the loop, what was begun is written down
    refusal = ports.http.refusal(request.url)
    if refusal:
        return OutboundReply(error="denied", detail=f"the URL {refusal}")
    return await ports.http.send(request)


def logged(attempt: Attempt, reply: OutboundReply, error: str | None, wait: float | None) -> dict[str, Any]:
    request = attempt.request
    return {
        "id": f"{attempt.delivery_id}.{attempt.number:04d}",
        "deliveryId": attempt.delivery_id,
        "number": attempt.number,
        "at": attempt.at,
        "url": request.url,
        "requestHeaders": _shown(request.headers),
        "requestBody": request.body[:SHOWN_REQUEST].decode(errors="replace"),
        "statusCode": reply.status or None,
        "responseHeaders": dict(reply.headers),
        "responseBody": reply.body[:SHOWN_REPLY].decode(errors="replace"),
        "responseTruncated": reply.truncated or len(reply.body) > SHOWN_REPLY,
        "durationMs": round(reply.duration_ms),
        "error": error,
        "errorDetail": reply.detail or None,
        "chaos": list(attempt.chaos),
        "nextDelaySeconds": None if wait is None else round(wait, 3),
    }


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: REDACTED if name.lower() in _SECRET_HEADERS else value for name, value in headers.items()}
