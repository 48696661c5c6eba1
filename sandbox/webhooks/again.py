"""Deliveries sent again: one, some, or all of a span of time, in the order in which they were made."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import DeliveryNotRetryable, WebhookDisabled
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.catalogue import selections
from sandbox.webhooks.deliveries import OPEN, Dispatch, Message, enqueue, lane_of, leads, move, set_out

REPLAY = Dispatch("replay")
ENDED = ("succeeded", "exhausted", "cancelled", "skipped")


def chosen(tx: Transaction, webhook_id: str, wanted: Mapping[str, Any]) -> list[Document]:
    """The deliveries of a subscription that are meant, by span or by ids, in the order they were made."""
    ids = wanted.get("deliveryIds")
    if ids is None:
        every = tx.find("delivery", {"webhookId": webhook_id})
    else:
        named = (tx.get("delivery", key) for key in ids)
        every = [each for each in named if each is not None and each["webhookId"] == webhook_id]
    return sorted(filter(partial(_fits, wanted), every), key=lambda each: int(each["_sequence"]))


def _fits(wanted: Mapping[str, Any], delivery: Document) -> bool:
    events = wanted.get("eventTypes") or ()
    code = wanted.get("statusCodeClass")
    return (
        wanted.get("since", "") <= delivery["createdAt"] <= wanted["until"]
        and delivery["status"] in wanted["statuses"]
        and (not events or not set(events).isdisjoint(selections(delivery["eventType"])))
        and wanted.get("resourceId") in (None, delivery["resource"]["id"])
        and (code is None or str(delivery["lastStatusCode"])[0] == code[0])
    )


def retry(tx: Transaction, delivery: Document) -> Document:
    """Try again now, in its turn: a fresh run of attempts for one that ended, the next for one that waits.

    Raises WebhookDisabled or DeliveryNotRetryable."""
    webhook = tx.need("webhook", delivery["webhookId"])
    if webhook["status"] != "active":
        raise WebhookDisabled(details=f"the webhook is {webhook['status']}", target="webhookId")
    if delivery["status"] in ("succeeded", "in_flight", "pending"):
        raise DeliveryNotRetryable(details=f"the delivery is {delivery['status']}", target="deliveryId")
    if delivery["status"] != "retry_scheduled":
        return send_again(tx, webhook, delivery)
    if leads(tx, delivery):
        set_out(tx, delivery, tx.now())
    return move(tx, delivery, "retry_scheduled", nextAttemptAt=tx.stamp())


def send_again(tx: Transaction, webhook: Document, delivery: Document) -> Document:
    """The same message: what was given up gets a new run of attempts, what arrived a delivery of its own."""
    if delivery["status"] in OPEN:
        return delivery
    if delivery["status"] == "succeeded":
        return enqueue(tx, webhook, _message(delivery), REPLAY)
    lane = lane_of(webhook, delivery["resource"]["type"], delivery["resource"]["id"])
    behind = lane is not None and tx.count("delivery", {"_lane": lane}) > 0
    again = move(
        tx,
        delivery,
        "retry_scheduled",
        _attemptsBefore=delivery["attemptCount"],
        _lost=False,
        _sequence=tx.next_number("delivery"),
        _lane=lane,
        nextAttemptAt=tx.stamp(),
    )
    if not behind:
        set_out(tx, again, tx.now())
    return again


def _message(delivery: Document) -> Message:
    about = delivery["resource"]
    return Message(delivery["payload"], about["type"], about["id"], delivery["correlationId"])
