"""Why an expected event did not arrive: how far it came on its way to each subscription, what stopped it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sandbox.kernel.commits import OUTBOX
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks import stops
from sandbox.webhooks.catalogue import EventType, selections
from sandbox.webhooks.stops import Finding
from sandbox.webhooks.subscriptions import may_tell, passes

LATEST = 5
"""Events that are shown as what happened instead."""


class Question(NamedTuple):
    """Which event; further members narrow it down to one object, one subscription or one message."""

    event: EventType
    resource_id: str | None = None
    webhook_id: str | None = None
    message_id: str | None = None


class Occurrence(NamedTuple):
    """One time that the event happened or was sent by hand: `data` as filters see it."""

    message_id: str
    at: str
    resource_id: str
    correlation_id: str
    data: Mapping[str, Any]
    by_hand: bool = False


def explain(tx: Transaction, question: Question, refusal: Callable[[str], str]) -> dict[str, Any]:
    """The latest occurrence that was meant, and one finding for each subscription concerned.

    `refusal` says why a URL may not be called. Raises ResourceNotFound for an unknown subscription."""
    happened = sorted(_occurrences(tx, question), key=lambda each: each.at)
    latest = happened[-1] if happened else None
    webhooks = _meant(tx, question)
    found = [] if latest else [never_caused(tx, question)]
    stopped = [_finding(tx, webhook, question, latest, refusal) for webhook in webhooks]
    found += [finding for finding in stopped if finding is not None]
    if not any(stopped) and not any(_asks(webhook, question.event.name) for webhook in webhooks):
        found.append(stops.no_subscription(question.event.name, webhooks))
    found.sort(key=_weight)
    return {
        "event": question.event.name,
        "resourceId": question.resource_id or (latest.resource_id if latest else None),
        "webhookId": question.webhook_id,
        "happened": len(happened),
        "message": _shown(latest) if latest else None,
        "reason": found[0].reason,
        "summary": found[0].explanation,
        "findings": [finding._asdict() for finding in found],
    }


def _weight(finding: Finding) -> int:
    """What went wrong comes first, what somebody wanted so comes last."""
    if finding.reason == "delivered":
        return 1
    return 2 if finding.evidence.get("disabledReason") == "requested" else 0


def never_caused(tx: Transaction, question: Question) -> Finding:
    """It did not happen; what did, to the same object or at all."""
    event, key = question.event, question.resource_id
    where = {"resourceId": key} if key else {}
    others = [each for each in tx.scan(OUTBOX, where, "id")][-LATEST:]
    is_there = None if key is None else tx.get(event.kind, key) is not None
    about = f" about {event.kind.replace('_', ' ')} '{key}'" if key else ""
    return Finding(
        "never_caused",
        None,
        f"{event.name}{about} has not happened in this workspace.",
        f"It is told when: {event.description} Cause it, or send one by POST /sandbox/v1/webhook-triggers.",
        {
            "objectExists": is_there,
            "eventsInstead": [{"event": each["type"], "at": each["at"]} for each in others],
        },
    )


def _occurrences(tx: Transaction, question: Question) -> Iterator[Occurrence]:
    """As the outbox has them, and as the log of deliveries has those that were sent by hand."""
    seen = set()
    for event in tx.scan(OUTBOX, {"type": question.event.name}):
        one = Occurrence(
            event["messageId"], event["at"], event["resourceId"], event["correlationId"], event["data"]
        )
        if _is_meant(one, question):
            seen.add(one.message_id)
            yield one
    for delivery in tx.scan("delivery", {"eventType": question.event.name}):
        payload = delivery["payload"]
        one = Occurrence(
            delivery["messageId"],
            payload["timestamp"],
            delivery["resource"]["id"],
            delivery["correlationId"],
            payload["data"],
            delivery["trigger"] in ("manual", "test"),
        )
        if one.by_hand and question.webhook_id not in (None, delivery["webhookId"]):
            continue
        if one.message_id not in seen and _is_meant(one, question):
            seen.add(one.message_id)
            yield one


def _is_meant(one: Occurrence, question: Question) -> bool:
    return question.resource_id in (None, one.resource_id) and question.message_id in (None, one.message_id)


def _meant(tx: Transaction, question: Question) -> list[Document]:
    if question.webhook_id is not None:
        return [tx.need("webhook", question.webhook_id, "webhookId")]
    return tx.find("webhook", order="createdAt")


def _asks(webhook: Mapping[str, Any], name: str) -> bool:
    return not set(selections(name)).isdisjoint(webhook["eventTypes"])


def _delivery(tx: Transaction, one: Occurrence, webhook: Mapping[str, Any]) -> Document | None:
    """The latest of this message to this subscription."""
    found = tx.find("delivery", {"messageId": one.message_id, "webhookId": webhook["id"]}, "-createdAt", 0, 1)
    return found[0] if found else None


def _finding(
    tx: Transaction,
    webhook: Document,
    question: Question,
    latest: Occurrence | None,
    refusal: Callable[[str], str],
) -> Finding | None:
    """Where it stopped on its way to one subscription; None if it would have gone, or nobody asked for it."""
    delivery = _delivery(tx, latest, webhook) if latest is not None else None
    if delivery is not None:
        return stops.of_delivery(tx, webhook, delivery)
    if not _asks(webhook, question.event.name):
        return stops.not_selected(webhook, question.event.name) if question.webhook_id else None
    if webhook["status"] != "active":
        return stops.disabled(webhook)
    if refused := refusal(webhook["url"]):
        return stops.egress_refused(webhook, refused)
    if question.event.blocking and not (webhook.get("blocking") or {}).get("enabled"):
        return stops.not_asked(webhook)
    if latest is None or latest.by_hand:  # sent to others, on purpose
        return None
    return _not_made(tx, webhook, question.event.kind, latest)


def _not_made(tx: Transaction, webhook: Document, kind: str, latest: Occurrence) -> Finding:
    """Why there is no delivery although the subscription is there and asks for the event."""
    if webhook["createdAt"] > latest.at:
        return stops.subscribed_later(webhook, latest.at)
    if not passes(webhook.get("filters"), kind, latest.data):
        return stops.filtered(webhook, latest.data)
    if not may_tell(tx, webhook, kind, latest.data):
        return stops.out_of_reach(webhook)
    return stops.not_in_the_log(webhook, latest.at)


def _shown(one: Occurrence) -> dict[str, Any]:
    return {
        "messageId": one.message_id,
        "at": one.at,
        "resourceId": one.resource_id,
        "correlationId": one.correlation_id or None,
    }
