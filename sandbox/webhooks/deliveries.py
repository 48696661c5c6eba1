"""Deliveries: one per event and subscription, in order per resource, bounded in number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks import chaos

JOB = "webhook.deliver"
DISABLED = "webhook.disabled"
"""The job that tells of it by mail."""
KIND = Kind("delivery", indexes=("webhookId", "_lane", "messageId"), sorts=("createdAt",), prefix="dlv_")
ATTEMPT_KIND = Kind("delivery_attempt", indexes=("deliveryId",), sorts=("number",))
OPEN = ("pending", "in_flight", "retry_scheduled")
MOST_DELIVERIES = 2000
MOST_OPEN = 20_000
"""What is still to be sent is kept far longer than what is only of interest."""
PRUNED_AT_ONCE = 50
LOOKED_AT = 200
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
    fate: chaos.Fate | None = None
    """What befalls the message; found out if it is not said."""


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
    delivery_id = tx.new_id("delivery")
    fate = dispatch.fate or chaos.fate_of(tx, webhook, message.envelope["event"], delivery_id)
    shuffled = fate.wish("reorder_webhooks")
    in_order = dispatch.ordered and shuffled is None
    lane = lane_of(webhook, message.kind, message.resource_id) if in_order else None
    behind = lane is not None and tx.count("delivery", {"_lane": lane}) > 0
    delay = dispatch.delay + fate.delay
    due = instant(tx.now() + timedelta(seconds=delay)) if delay else tx.stamp()
    delivery = tx.put(
        "delivery",
        {
            "id": delivery_id,
            "version": 1,
            "webhookId": webhook["id"],
            **_about(message),
            **_UNTRIED,
            "nextAttemptAt": due,
            "trigger": dispatch.trigger,
            "chaos": list(fate.applied),
            "_corrupt": dispatch.corrupt,
            "_lost": fate.lost,
            "_madeIn": tx.workspace.id,
            "_sequence": tx.next_number("delivery"),
            "_lane": lane,
            "createdAt": tx.stamp(),
            "updatedAt": tx.stamp(),
        },
    )
    if shuffled is not None:
        delivery = chaos.line_up(tx, delivery, shuffled)
    if not behind:
        set_out(tx, delivery, parse_instant(delivery["nextAttemptAt"]))
    for _ in range(fate.copies):
        copy = Dispatch("simulated", dispatch.delay, ordered=False, fate=fate.of_a_copy())
        enqueue(tx, webhook, message, copy)
    if fate.wish("early_webhook"):
        chaos.want_early(tx, f"{JOB}:{delivery_id}")
    _prune(tx)
    return delivery


def lane_of(webhook: Document, kind: str, resource_id: str) -> str | None:
    """The queue of what a subscription is told of one resource, None where it does not ask for an order."""
    return f"{webhook['id']}:{kind}:{resource_id}" if webhook["ordering"] == "strict" else None


_UNTRIED: Mapping[str, Any] = {
    "status": "pending",
    "attemptCount": 0,
    "lastStatusCode": None,
    "_attemptsBefore": 0,
    "_turn": None,
    "_held": False,
    "_then": None,
}


def _about(message: Message) -> dict[str, Any]:
    return {
        "messageId": message.envelope["id"],
        "eventType": message.envelope["event"],
        "resource": {"type": message.kind, "id": message.resource_id},
        "payload": message.envelope,
        "correlationId": message.correlation_id,
    }


def set_out(tx: Transaction, delivery: Mapping[str, Any], due: datetime) -> None:
    """Have it attempted then; the entry names the subscription, whose gate is asked often."""
    tx.schedule(due, JOB, delivery["id"], webhookId=delivery["webhookId"])


def move(tx: Transaction, delivery: Document, status: str, **members: Any) -> Document:
    """A delivery in its next state; one that ends leaves its lane and lets the next of the lane start."""
    ended = status not in OPEN
    if ended:
        members |= {"_lane": None, "nextAttemptAt": None}
        tx.cancel(JOB, delivery["id"])
    then = delivery.get("_then") if status != "in_flight" else None
    if then:
        members |= {"_then": None}
    moved = tx.revise("delivery", delivery, status=status, **members)
    if ended and delivery["_lane"] is not None:
        _start_next(tx, delivery["_lane"])
    if then:
        _release(tx, then)
    return moved


def put_off(tx: Transaction, delivery: Document, until: datetime) -> Document:
    """Not now: its endpoint is called only so often, and its turn is then."""
    set_out(tx, delivery, until)
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
            tx.revise("delivery", delivery, status="cancelled", _lane=None, nextAttemptAt=None)


def disable(tx: Transaction, webhook: Document, status: str, reason: str) -> Document:
    """The platform's own decision to send no more: `disabled` when told so by a 410, else `auto_disabled`."""
    cancel_open(tx, webhook["id"])
    if webhook.get("alertEmail"):
        tx.schedule(tx.now(), DISABLED, webhook["id"], correlationId=tx.correlation_id)
    return tx.revise("webhook", webhook, status=status, disabledReason=reason)


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
        set_out(tx, first, max(tx.now(), parse_instant(first["nextAttemptAt"])))


def _release(tx: Transaction, delivery_id: str) -> None:
    """The next of a batch leaves, unless it grew tired of waiting."""
    held = tx.get("delivery", delivery_id)
    if held is not None and held["_held"] and held["status"] == "pending":
        tx.put("delivery", {**held, "_held": False, "nextAttemptAt": tx.stamp()})
        set_out(tx, held, tx.now())


def _prune(tx: Transaction) -> None:
    """Keep the log bounded: the oldest go first, what was given up later, what is open last."""
    if tx.count("delivery") <= MOST_DELIVERIES:
        return
    oldest = tx.find("delivery", None, "createdAt", limit=LOOKED_AT)
    ended = [delivery for delivery in oldest if delivery["status"] not in OPEN]
    over = [delivery for delivery in ended if delivery["status"] != "exhausted"] or ended
    if not over and tx.count("delivery") > MOST_OPEN:
        over = oldest[:1]
    for delivery in over[:PRUNED_AT_ONCE]:
        lane = delivery["_lane"]
        forget(tx, delivery)
        if lane is not None:
            _start_next(tx, lane)
