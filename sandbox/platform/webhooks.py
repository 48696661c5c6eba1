"""Webhooks: subscriptions to events, and the log of what was delivered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sandbox.contract.faults import likely
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    FaultInvalid,
    UnknownEventType,
    WebhookLimitReached,
    WebhookUrlNotAllowed,
)
from sandbox.kernel.replies import Reply
from sandbox.kernel.workspace import Transaction
from sandbox.platform import webhook_replays
from sandbox.platform.batch_jobs import jobs
from sandbox.platform.call import Call
from sandbox.platform.filters import Filter
from sandbox.platform.reach import limits_of
from sandbox.platform.resource import Resource, at_least, at_most, equals
from sandbox.platform.staging import subject_for
from sandbox.webhooks import again, dispatcher, schedule, statistics, subscriptions, triggers
from sandbox.webhooks import deliveries as log
from sandbox.webhooks.blocking import UNLESS_SAID
from sandbox.webhooks.catalogue import EVENT_TYPES, PING, SELECTIONS, is_selection
from sandbox.webhooks.chaos import compiled
from sandbox.webhooks.listening import is_listeners
from sandbox.webhooks.signed import explained
from sandbox.webhooks.tally import share

MOST_WEBHOOKS = 20
SOURCE_NETWORKS = ("127.0.0.1/32", "::1/128")
INITIAL: Mapping[str, Any] = {
    "description": None,
    "status": "active",
    "disabledReason": None,
    "note": None,
    "previousSecretValidUntil": None,
    "filters": None,
    "headers": None,
    "maxConcurrency": dispatcher.MOST_AT_ONCE,
    "ratePerSecond": None,
    "chaos": [],
    "alertEmail": None,
    "autoMonitor": False,
    "consecutiveFailures": 0,
    "lastDeliveryAt": None,
}
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_OUR_HEADERS = re.compile(
    r"(?i)webhook-.*|x-webhook-.*|host|content-.*|transfer-encoding|connection|user-agent|traceparent|tracestate"
    r"|x-correlation-id|cookie|expect|te|trailer|upgrade|keep-alive|proxy-.*"
)


def _prepared(call: Call, document: dict[str, Any], previous: Document | None) -> dict[str, Any]:
    """Refuse what could not be delivered; fill in what was left open."""
    if refusal := call.ports.http.refusal(document["url"]):
        raise WebhookUrlNotAllowed(details=f"the URL {refusal}", target="/url")
    for place, selection in enumerate(document["eventTypes"]):
        if not is_selection(selection):
            details = f"'{selection}' names no event{likely(selection, SELECTIONS)}"
            raise UnknownEventType(details=details, target=f"/eventTypes/{place}")
    _check_headers(document.get("headers") or {}, document["url"])
    _check_chaos(document.get("chaos") or ())
    document["blocking"] = {**UNLESS_SAID, **(document.get("blocking") or {})}
    if previous is not None:
        return document
    policy = schedule.complete(document.get("retryPolicy"))
    return {**INITIAL, **document, "retryPolicy": policy, "_ownerId": call.principal.user_id}


def _check_headers(headers: Mapping[str, str], url: str) -> None:
    for name in headers:
        if not _HEADER.fullmatch(name) or _OUR_HEADERS.fullmatch(name):
            raise BusinessRuleViolation(details=f"'{name}' may not be set", target="/headers")
        if name.lower() == "authorization" and not url.startswith("https:"):
            raise BusinessRuleViolation(details="Authorization goes over https only", target="/headers")


def _check_chaos(chaos: Sequence[Mapping[str, Any]]) -> None:
    for place, each in enumerate(chaos):
        try:
            compiled(each)
        except FaultInvalid as refusal:
            raise BusinessRuleViolation(details=refusal.details, target=f"/chaos/{place}") from None


def _presented(call: Call, webhook: Document) -> dict[str, Any]:
    """With the figure that changes while nothing happens."""
    rate = share(webhook.get("_hours") or {}, call.tx.now())
    return {"alertEmail": None, "autoMonitor": False, **webhook, "successRate24h": rate}


def _is_unlimited(call: Call) -> bool:
    """Whose role is for single events or locations looks after their own subscriptions, and no others."""
    return limits_of(call) is None


def _is_own(call: Call, webhook: Document) -> bool:
    return webhook.get("_ownerId") == call.principal.user_id


def _is_of_own(call: Call, delivery: Document) -> bool:
    webhook = call.tx.get("webhook", delivery["webhookId"])
    return webhook is not None and _is_own(call, webhook)


def _status_class(wanted: Any) -> Any:
    first = {each[0] for each in wanted}
    return lambda delivery: str(delivery["lastStatusCode"])[0] in first


webhooks = Resource(
    "webhook",
    path="/api/v1/webhooks/{webhookId}",
    indexes=("eventTypes", "status"),
    sorts=("createdAt",),
    filters={"status": equals("status")},
    prepare=_prepared,
    visible=_is_own,
    sees_all=_is_unlimited,
    links={"deliveries": "/api/v1/webhooks/{id}/deliveries"},
    present=_presented,
)
deliveries = Resource(
    "delivery",
    plural="deliveries",
    path="/api/v1/webhooks/{webhookId}/deliveries/{deliveryId}",
    prefix=log.KIND.prefix,
    indexes=log.KIND.indexes,
    sorts=log.KIND.sorts,
    parent=("webhook", "webhookId"),
    within=webhooks,
    visible=_is_of_own,
    sees_all=_is_unlimited,
    filters={
        "status": equals("status"),
        "eventType": equals("eventType"),
        "messageId": equals("messageId"),
        "resourceId": equals("resource.id"),
        "after": at_least("createdAt"),
        "before": at_most("createdAt"),
        "statusCodeClass": Filter(predicate=_status_class),
    },
)


def list_webhook_event_types(call: Call) -> dict[str, Any]:
    """The catalogue."""
    schemas = call.plan.schemas.components
    return {"data": [_described(name, schemas) for name in EVENT_TYPES]}


def create_webhook(call: Call, body: dict[str, Any]) -> Reply:
    """Subscribe; the secret is shown this once."""
    _check_room(call.tx, body["url"])
    secret = body.get("secret") or subscriptions.new_secret(call.tx)
    webhook = webhooks.create(call, {name: value for name, value in body.items() if name != "secret"})
    subscriptions.keep_secret(call.tx, webhook["id"], secret)
    _watch(call.tx, webhook)
    return _with_secret(call, webhook, secret, {"Location": webhooks.address(webhook)})


def update_webhook(call: Call, webhook_id: str, body: dict[str, Any]) -> Document:
    """Change it; a retry policy is replaced as a whole, so that a preset means what it says."""
    if "retryPolicy" in body:
        body = {**body, "retryPolicy": schedule.complete(body["retryPolicy"])}
    changed = webhooks.update(call, webhook_id, body)
    _watch(call.tx, changed, body)
    return changed


def delete_webhook(call: Call, webhook_id: str) -> None:
    """Unsubscribe, and forget what was sent."""
    _watch(call.tx, webhooks.get(call, webhook_id))
    webhooks.delete(call, webhook_id)
    subscriptions.forget_secrets(call.tx, webhook_id)
    dispatcher.forget_pace(call.tx, webhook_id)
    for delivery in call.tx.find("delivery", {"webhookId": webhook_id}):
        log.forget(call.tx, delivery)


def enable_webhook(call: Call, webhook_id: str) -> Document:
    """Deliver again, with a clean slate."""
    clean = {"disabledReason": None, "note": None, "consecutiveFailures": 0}
    return webhooks.act(call, webhook_id, subscriptions.LIFE, "enable", **clean)


def disable_webhook(call: Call, webhook_id: str, body: dict[str, Any] | None = None) -> Document:
    """Deliver nothing more."""
    note = (body or {}).get("reason")
    disabled = webhooks.act(
        call, webhook_id, subscriptions.LIFE, "disable", disabledReason="requested", note=note
    )
    log.cancel_open(call.tx, webhook_id)
    return disabled


def rotate_webhook_secret(call: Call, webhook_id: str, body: dict[str, Any] | None = None) -> Reply:
    """A new secret; the old one signs beside it for the overlap."""
    webhook = webhooks.get(call, webhook_id)
    secret = (body or {}).get("secret") or subscriptions.new_secret(call.tx)
    hours = (body or {}).get("overlapHours", 24)
    until = call.tx.now() + timedelta(hours=hours) if hours else None
    subscriptions.keep_secret(call.tx, webhook_id, secret, until)
    rotated = webhooks.save(call.tx, webhook, previousSecretValidUntil=until and instant(until))
    return _with_secret(call, rotated, secret, {})


def send_test_delivery(call: Call, webhook_id: str, body: dict[str, Any] | None = None) -> Document:
    """One signed message now, whatever the subscription asked for."""
    asked = body or {}
    event = triggers.event_named(asked.get("eventType", PING), "/eventType")
    webhook = webhooks.get(call, webhook_id)
    triggers.check_active(webhook)
    return triggers.send_test(call.tx, webhook, event, subject_for(call.tx, event, asked.get("resourceId")))


def get_delivery(call: Call, webhook_id: str, delivery_id: str) -> dict[str, Any]:
    """One delivery with all its attempts."""
    delivery = deliveries.get(call, delivery_id, webhookId=webhook_id)
    attempts = log.attempts_of(call.tx, delivery_id)
    return {**deliveries.shown(delivery), "attempts": [explained(each) for each in attempts]}


def list_delivery_attempts(call: Call, webhook_id: str, delivery_id: str) -> dict[str, Any]:
    """Oldest first."""
    deliveries.get(call, delivery_id, webhookId=webhook_id)
    return {"data": [explained(each) for each in log.attempts_of(call.tx, delivery_id)]}


def retry_delivery(call: Call, webhook_id: str, delivery_id: str) -> Document:
    """Try it again at once."""
    return again.retry(call.tx, deliveries.get(call, delivery_id, webhookId=webhook_id))


def replay_deliveries(call: Call, webhook_id: str, body: dict[str, Any]) -> Reply:
    """Send a span of time again."""
    webhook = webhooks.get(call, webhook_id)
    job = webhook_replays.accept(call.tx, call.principal, webhook, body)
    return Reply(202, jobs.shown(job), {"Location": jobs.address(job), "Retry-After": "1"})


def get_webhook_statistics(call: Call, webhook_id: str) -> dict[str, Any]:
    """How deliveries fared."""
    return statistics.of(call.tx, webhooks.get(call, webhook_id)["id"])


def list_webhook_source_ips(call: Call) -> dict[str, Any]:
    """The sandbox has no addresses of its own: deliveries leave the machine it runs on."""
    here = [
        {"cidr": cidr, "description": "a receiver on the machine of the sandbox"} for cidr in SOURCE_NETWORKS
    ]
    return {"data": here, "_links": {"self": {"href": call.path}}}


def _check_room(tx: Transaction, url: str) -> None:
    """Listeners have a number of their own, or who has many subscriptions could not listen."""
    kind = is_listeners(url)
    if sum(is_listeners(each["url"]) == kind for each in tx.find("webhook")) >= MOST_WEBHOOKS:
        noun = "listeners" if kind else "subscriptions"
        raise WebhookLimitReached(details=f"a workspace has at most {MOST_WEBHOOKS} {noun}")


def _watch(tx: Transaction, webhook: Document, changed: Mapping[str, Any] | None = None) -> None:
    """Have its monitor follow it, where it has or had one."""
    if webhook.get("autoMonitor") or "autoMonitor" in (changed or ()):
        tx.schedule(tx.now(), subscriptions.MONITOR_JOB, webhook["id"])


def _with_secret(call: Call, webhook: Document, secret: str, headers: dict[str, str]) -> Reply:
    shown = webhooks.shown(_presented(call, webhook))
    return Reply(0, {**shown, "secret": secret}, {**headers, "ETag": webhooks.etag(webhook)})


def _described(name: str, schemas: Mapping[str, Any]) -> dict[str, Any]:
    event = EVENT_TYPES[name]
    return {
        "name": name,
        "description": event.description,
        "core": event.core,
        "blocking": event.blocking,
        "resource": event.kind,
        "path": event.path,
        "schemaRef": f"#/components/schemas/{event.schema}",
        "messageRef": f"#/components/schemas/{event.message}",
        "example": schemas[event.message]["example"],
    }
