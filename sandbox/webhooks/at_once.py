"""Attempts made while somebody waits for them: past the queue, and also to who has no subscription."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation
from sandbox.kernel.ports import Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.webhooks import deliveries, schedule, subscriptions
from sandbox.webhooks.attempts import Attempt, begin, conclude, judged, logged, send
from sandbox.webhooks.signed import explained

MOST = 20
"""Messages that one call waits for."""
RESCUE = timedelta(minutes=15)
"""When the queue takes up what this process did not live to send."""


def passing(tx: Transaction, url: str, secret: str) -> Document:
    """A subscription of the moment, which `forget` removes before anybody sees it."""
    webhook = tx.put(
        "webhook",
        {
            "id": tx.new_id("webhook"),
            "version": 1,
            "url": url,
            "description": None,
            "eventTypes": [],
            "status": "active",
            "ordering": "none",
            "signatureScheme": "both",
            "retryPolicy": schedule.complete({"preset": "none"}),
        },
    )
    subscriptions.keep_secret(tx, webhook["id"], secret)
    return webhook


def forget(tx: Transaction, webhook: Document, made: Sequence[Document]) -> None:
    """Nothing of it stays; what was begun is sent all the same."""
    for delivery in made:
        deliveries.forget(tx, delivery)
    subscriptions.forget_secrets(tx, webhook["id"])
    tx.delete("webhook", webhook["id"])


def begin_all(tx: Transaction, made: Sequence[Document]) -> list[Attempt]:
    """Their first attempts, in the order in which they are due; raises BusinessRuleViolation."""
    if len(made) > MOST:
        raise BusinessRuleViolation(
            details=f"{len(made)} messages are too many to wait for; at most {MOST}", target="/count"
        )
    begun = []
    for delivery in sorted(made, key=lambda each: str(each["nextAttemptAt"])):
        attempt = begin(tx, delivery["id"], in_turn=False)
        if attempt is not None:
            deliveries.set_out(tx, delivery, tx.now() + RESCUE)
            begun.append(attempt)
    return begun


async def carried_out(workspace: Workspace, begun: Sequence[Attempt], ports: Ports) -> list[dict[str, Any]]:
    """Send them one after the other; each as the log shows it."""
    told = []
    for attempt in begun:
        reply = await send(attempt.request, ports)
        entry = logged(attempt, reply, judged(reply)[1], None)
        with workspace.transaction(attempt.request.correlation_id) as tx:
            if tx.store is attempt.store:
                conclude(tx, attempt, reply)
            told.append(explained(tx.get("delivery_attempt", entry["id"]) or entry))
    return told
