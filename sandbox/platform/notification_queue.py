"""The queue of a credential that pulls: the outbox as far as it was not acknowledged.

A queue is two things kept for each credential: the number up to which everything is done with, and the
acknowledged ones beyond it. No event is ever copied into it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any

from sandbox.identity.principal import Principal
from sandbox.kernel import errors
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.workspace import Transaction
from sandbox.platform.change_feed import events_after
from sandbox.platform.changes import may_learn
from sandbox.webhooks.again import retry
from sandbox.webhooks.catalogue import EVENT_TYPES
from sandbox.webhooks.deliveries import message_of
from sandbox.webhooks.subscriptions import has_secret

KIND = Kind("notification_queue")
LIFE = timedelta(hours=72)
RELEASE_GAP = timedelta(hours=1)
PULLING = ("pull", "both")


def check_pulls(tx: Transaction, principal: Principal) -> None:
    """Raises InsufficientPermissions for a credential that has no queue."""
    credential = tx.get("credential", principal.credential_id)
    if credential is None or credential.get("notificationMode", "push") not in PULLING:
        raise errors.InsufficientPermissions(
            details="the credential's notificationMode is push; set it to pull or both"
        )


def waiting(tx: Transaction, principal: Principal) -> Iterator[tuple[int, Document]]:
    """What the credential has not acknowledged yet, oldest first."""
    queue = _queue(tx, principal)
    done = frozenset(queue["acknowledged"])
    return (found for found in _addressed(tx, principal, queue["upTo"]) if found[0] not in done)


def shown(event: Document) -> Mapping[str, Any]:
    """The envelope that a webhook would carry, unsigned."""
    return message_of(event).envelope


def acknowledge(tx: Transaction, principal: Principal, ids: Collection[str]) -> dict[str, list[str]]:
    """Take them out of the queue; those that were never in it, or no longer are, are unknown."""
    queue = _queue(tx, principal)
    numbers = {event["messageId"]: number for number, event in _addressed(tx, principal, 0)}
    known = [key for key in dict.fromkeys(ids) if key in numbers]
    done = {*queue["acknowledged"], *(numbers[key] for key in known)}
    up_to = next(
        (number - 1 for number in sorted(numbers.values()) if number > queue["upTo"] and number not in done),
        tx.store.events,
    )
    beyond = sorted(number for number in done if number > up_to)
    tx.put(KIND.name, {**queue, "upTo": up_to, "acknowledged": beyond})
    return {"acknowledged": known, "unknown": [key for key in dict.fromkeys(ids) if key not in numbers]}


def release(tx: Transaction, principal: Principal) -> int:
    """Push once more what was given up; raises ReleaseLimitExceeded within an hour of the last time."""
    queue, now = _queue(tx, principal), tx.now()
    if queue["releasedAt"]:
        wait = parse_instant(queue["releasedAt"]) + RELEASE_GAP - now
        if wait > timedelta(0):
            raise errors.ReleaseLimitExceeded(
                details=f"released last at {queue['releasedAt']}", retry_after=int(wait.total_seconds()) + 1
            )
    tx.put(KIND.name, {**queue, "releasedAt": tx.stamp()})
    given_up = [
        delivery for delivery in tx.find("delivery", order="createdAt") if delivery["status"] == "exhausted"
    ]
    return sum(_pushed(tx, delivery) for delivery in given_up)


def _pushed(tx: Transaction, delivery: Document) -> bool:
    webhook = tx.get("webhook", delivery["webhookId"])
    if webhook is None or webhook["status"] != "active" or not has_secret(tx, webhook["id"]):
        return False
    retry(tx, delivery)
    return True


def _queue(tx: Transaction, principal: Principal) -> Mapping[str, Any]:
    key = principal.credential_id
    return tx.get(KIND.name, key) or {"id": key, "upTo": 0, "acknowledged": [], "releasedAt": None}


def _addressed(tx: Transaction, principal: Principal, after: int) -> Iterator[tuple[int, Document]]:
    """What is or was for the credential: events that webhooks tell, not too old, in its right to know."""
    credential = tx.get("credential", principal.credential_id)
    oldest = max(instant(tx.now() - LIFE), credential["createdAt"] if credential is not None else "")
    for number, event in events_after(tx, after):
        is_fresh = event["at"] >= oldest and not event["type"].startswith("slot.")
        if is_fresh and event["type"] in EVENT_TYPES and may_learn(tx, principal, event):
            yield number, event
