"""The reaction that turns an event into deliveries, inside the transaction of its cause."""

from __future__ import annotations

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.deliveries import enqueue, message_of
from sandbox.webhooks.subscriptions import subscribed


def fan_out(tx: Transaction, event: Document) -> None:
    """One delivery for each subscription that asked for the event."""
    concerned = subscribed(tx, event["type"], event["kind"], event["data"])
    if concerned:
        message = message_of(event)
        for webhook in concerned:
            enqueue(tx, webhook, message)
