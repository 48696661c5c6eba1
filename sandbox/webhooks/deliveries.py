"""Deliveries: one per event and subscription, in order per resource, bounded in number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks import subscriptions

JOB = "webhook.deliver"
KIND = Kind("delivery", indexes=("webhookId", "_lane", "messageId"), sorts=("createdAt",), prefix="dlv_")
ATTEMPT_KIND = Kind("delivery_attempt", indexes=("deliveryId",), sorts=("number",))
OPEN = ("pending", "in_flight", "retry_scheduled")
MOST_DELIVERIES = 2000
PRUNED_AT_ONCE = 50
WITHHELD = {"booking": ("internalNote",), "payment": ("clientSecret",)}
"""Members that the API shows to few callers; a receiver could be anybody."""


class Message(NamedTuple):
    """What is sent: the envelope without its signature, and the resource it is about."""

    envelope: Mapping[str, Any]
    kind: str
    resource_id: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """How a message is sent: `trigger` says why, the rest departs from the normal on purpose."""

    trigger: str = "live"
    delay: float = 0.0
    ordered: bool = True
    corrupt: str = "none"


LIVE = Dispatch()


def told(kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """What a receiver may know of a document: nothing private, nothing that only some callers are shown."""
    withheld = WITHHELD.get(kind, ())
    return {
        member: None if member in withheld else value
        for member, value in document.items()
        if member[0] != "_"
    }


def message_of(event: Document) -> Message:
    """The message an event of the outbox becomes."""
    data = told(event["kind"], event["data"]) | event["extra"]
    envelope = {
        "id": event["messageId"],
        "event": event["type"],
        "timestamp": event["at"],
        "version": "1.0",
        "data": data,
    }
    return Message(envelope, event["kind"], event["resourceId"], event["correlationId"])


def enqueue(tx: Transaction, webhook: Document, message: Message, dispatch: Dispatch = LIVE) -> Document:
    """Create the delivery and put it on the agenda, or behind the open ones about the same resource."""
    ordered = dispatch.ordered and webhook["ordering"] == "strict"
    lane = f"{webhook['id']}:{message.kind}:{message.resource_id}"
    behind = ordered and tx.count("delivery", {"_lane": lane}) > 0
    due = tx.now() + timedelta(seconds=dispatch.delay) if dispatch.delay else tx.now()
    delivery = tx.put(
        "delivery",
        {
            "id": tx.new_id("delivery"),
            "version": 1,
            "messageId": message.envelope["id"],
            "webhookId": webhook["id"],
            "eventType": message.envelope["event"],
            "resource": {"type": message.kind, "id": message.resource_id},
            "status": "pending",
            "attemptCount": 0,
            "_attemptsBefore": 0,
            "_madeIn": tx.workspace.id,
            "nextAttemptAt": instant(due),
            "lastStatusCode": None,
            "trigger": dispatch.trigger,
            "_corrupt": dispatch.corrupt,
            "payload": message.envelope,
            "correlationId": message.correlation_id,
            "_sequence": tx.next_number("delivery"),
            "_lane": lane if ordered else None,
            "createdAt": tx.stamp(),
            "updatedAt": tx.stamp(),
        },
    )
    if not behind:
        tx.schedule(due, JOB, delivery["id"])
    _prune(tx)
    return delivery


def move(tx: Transaction, delivery: Document, status: str, **members: Any) -> Document:
    """A delivery in its next state; one that ends leaves its lane and lets the next of the lane start."""
    ended = status not in OPEN
    if ended:
        members |= {"_lane": None, "nextAttemptAt": None}
        tx.cancel(JOB, delivery["id"])
    moved = tx.put("delivery", _changed(tx, delivery, status, members))
    if ended and delivery["_lane"] is not None:
        _start_next(tx, delivery["_lane"])
    return moved


def put_off(tx: Transaction, delivery: Document, until: datetime) -> Document:
    """Not now: its endpoint is called only so often, and its turn is then."""
    tx.schedule(until, JOB, delivery["id"])
    return tx.put("delivery", {**delivery, "_turn": instant(until), "nextAttemptAt": instant(until)})


def leads(tx: Transaction, delivery: Document) -> bool:
    """Whether nothing has to be delivered before it."""
    lane = delivery["_lane"]
    waiting = tx.find("delivery", {"_lane": lane}) if lane is not None else ()
    return all(int(other["_sequence"]) >= int(delivery["_sequence"]) for other in waiting)


def cancel_open(tx: Transaction, webhook_id: str) -> None:
    """Nothing more is sent to a subscription that was disabled."""
    for delivery in tx.find("delivery", {"webhookId": webhook_id}):
        if delivery["status"] in OPEN:
            tx.cancel(JOB, delivery["id"])
            tx.put("delivery", _changed(tx, delivery, "cancelled", {"_lane": None, "nextAttemptAt": None}))


def disable(tx: Transaction, webhook: Document, status: str, reason: str) -> Document:
    """The platform's own decision to send no more: `disabled` when told so by a 410, else `auto_disabled`."""
    cancel_open(tx, webhook["id"])
    return subscriptions.change(tx, webhook, status=status, disabledReason=reason)


def forget(tx: Transaction, delivery: Document) -> None:
    """Remove a delivery with its attempts."""
    tx.cancel(JOB, delivery["id"])
    for attempt in tx.find("delivery_attempt", {"deliveryId": delivery["id"]}):
        tx.delete("delivery_attempt", attempt["id"])
    tx.delete("delivery", delivery["id"])


def attempts_of(tx: Transaction, delivery_id: str) -> list[Document]:
    """Every attempt, oldest first."""
    return tx.find("delivery_attempt", {"deliveryId": delivery_id}, order="number")


def _start_next(tx: Transaction, lane: str) -> None:
    waiting = tx.find("delivery", {"_lane": lane})
    if waiting:
        first = min(waiting, key=lambda delivery: int(delivery["_sequence"]))
        tx.schedule(max(tx.now(), parse_instant(first["nextAttemptAt"])), JOB, first["id"])


def _changed(tx: Transaction, delivery: Document, status: str, members: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **delivery,
        **members,
        "status": status,
        "version": delivery["version"] + 1,
        "updatedAt": tx.stamp(),
    }


def _prune(tx: Transaction) -> None:
    """Keep the log bounded: the oldest go first, those that ended before those still open."""
    if tx.count("delivery") <= MOST_DELIVERIES:
        return
    oldest = tx.find("delivery", None, "createdAt", limit=PRUNED_AT_ONCE)
    over = [delivery for delivery in oldest if delivery["status"] not in OPEN] or oldest[:1]
    for delivery in over:
        lane = delivery["_lane"]
        forget(tx, delivery)
        if lane is not None:
            _start_next(tx, lane)
