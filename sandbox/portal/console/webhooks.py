"""Subscriptions and deliveries: who is told, what was sent, every attempt, and sending it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.following import Item
from sandbox.platform.webhooks import deliveries as resource
from sandbox.portal.console.forms import Filled
from sandbox.portal.console.live import stream
from sandbox.portal.console.rendering import render
from sandbox.portal.console.signatures import comparisons, verdict_on_attempt
from sandbox.portal.console.visit import PageVisit
from sandbox.webhooks.catalogue import EVENT_TYPES

PAGE = 50
STATUSES = ("pending", "in_flight", "retry_scheduled", "succeeded", "exhausted", "cancelled")
FILTERS = ("webhookId", "status", "eventType")
CORRUPTIONS = {
    "none": "Nothing wrong with it",
    "body": "A byte changed after signing",
    "signature": "A wrong signature",
    "timestamp": "Signed an hour ago",
}
RETRYABLE = ("retry_scheduled", "exhausted", "cancelled")


async def webhooks(visit: PageVisit) -> Response:
    """Subscriptions, and the deliveries of all of them, newest first."""
    filters = _filters(visit)
    with visit.workspace.transaction() as tx:
        found = list(islice(_behind(tx, filters, visit.query.get("behind", "")), PAGE + 1))
        receivers = _receivers(tx)
    rows = [resource.shown(delivery) | {"key": _key(delivery)} for delivery in found[:PAGE]]
    more = (
        f"{visit.base}/webhooks?{urlencode({**filters, 'behind': rows[-1]['key']})}"
        if len(found) > PAGE
        else None
    )
    shown: dict[str, Any] = {"deliveries": rows, "more": more, "receivers": receivers}
    if visit.is_fragment and "behind" in visit.query:
        return visit.fragment("delivery_window.html", **shown)
    subscriptions = await visit.ask("listWebhooks", query={"pageSize": 100, "sort": "-createdAt"})
    bins = await visit.ask("listBins", query={"pageSize": 100})
    return visit.page(
        "webhooks.html",
        "Webhooks",
        webhooks=subscriptions["data"],
        bins=bins["data"],
        form=Filled({"url": visit.query.get("to", "")}),
        filters=filters,
        statuses=STATUSES,
        live=f"{visit.base}/live/webhooks?{urlencode(filters)}",
        **shown,
        **trigger_choices(),
    )


def trigger_choices() -> dict[str, Any]:
    """What the form that sends an event offers."""
    return {"event_types": sorted(EVENT_TYPES), "corruptions": CORRUPTIONS}


async def live_webhooks(visit: PageVisit) -> Response:
    """Deliveries as they are made and as they fare: a row that is there already is replaced."""
    filters = _filters(visit)

    async def rendered(items: list[Item]) -> str:
        latest = {item.data["id"]: item.data for item in items}
        with visit.workspace.transaction() as tx:
            stored = [tx.get("delivery", key) for key in reversed(latest)]
            rows = [
                resource.shown(each) | {"key": _key(each)}
                for each in stored
                if each and _meets(each, filters)
            ]
            receivers = _receivers(tx)
        return (
            render("delivery_rows.html", base=visit.base, deliveries=rows, receivers=receivers)
            if rows
            else ""
        )

    return stream(visit, ("delivery",), rendered)


async def delivery(visit: PageVisit) -> Response:
    """One delivery: the message, each attempt, and how its signature is made."""
    path = {"webhookId": visit.place("webhook"), "deliveryId": visit.place("delivery")}
    found = await visit.ask("getDelivery", path)
    webhook = await visit.ask("getWebhook", {"webhookId": path["webhookId"]})
    with visit.workspace.transaction() as tx:
        stored = tx.need("webhook", path["webhookId"])
        verdicts = [verdict_on_attempt(tx, stored, attempt) for attempt in found["attempts"]]
    judged = [comparisons(verdict) if verdict else [] for verdict in verdicts]
    shown = {
        "delivery": found,
        "webhook": webhook,
        "attempts": list(zip(found["attempts"], judged, strict=True))[::-1],
    }
    if visit.is_fragment:
        return visit.fragment("delivery_body.html", **shown)
    return visit.page("delivery.html", f"{found['eventType']} to {webhook['url']}", **shown)


async def live_delivery(visit: PageVisit) -> Response:
    """A word whenever something about the delivery changed: the page then fetches it anew."""
    wanted = visit.place("delivery")

    async def rendered(items: list[Item]) -> str:
        about = any(wanted in (item.data.get("id"), item.data.get("deliveryId")) for item in items)
        return "changed" if about else ""

    return stream(visit, ("delivery", "attempt"), rendered, "changed")


async def replay(visit: PageVisit) -> Response:
    """Send it again: more attempts for one that failed, a delivery of its own for one that arrived."""
    path = {"webhookId": visit.place("webhook"), "deliveryId": visit.place("delivery")}
    found = await visit.ask("getDelivery", path)
    address = f"/api/v1/webhooks/{path['webhookId']}"
    if found["status"] in RETRYABLE:
        answer = await visit.act("POST", f"{address}/deliveries/{path['deliveryId']}/retry")
        return visit.done(answer, "It is sent again now.")
    span = {
        "since": found["createdAt"],
        "until": found["createdAt"],
        "statuses": ["succeeded"],
        "eventTypes": [found["eventType"]],
    }
    answer = await visit.act("POST", f"{address}/replay", span)
    return visit.done(answer, "It is sent again, as a delivery of its own.")


async def trigger(visit: PageVisit) -> Response:
    """Send an event of the catalogue to who asked for it."""
    form = await visit.form()
    body: dict[str, Any] = {"event": form.get("event", ""), "corrupt": form.get("corrupt", "none")}
    if "webhookId" in form:
        body["webhookIds"] = [form["webhookId"]]
    answer = await visit.act("POST", "/sandbox/v1/webhook-triggers", body)
    count = len(answer.body.get("deliveries", ())) if isinstance(answer.body, dict) else 0
    receivers = (
        f"{count} subscription{'' if count == 1 else 's'}"
        if count
        else "nobody: no subscription asked for it"
    )
    return visit.done(answer, f"{body['event']} goes to {receivers}.")


async def why(visit: PageVisit) -> Response:
    """How far the latest event of a type came, and what stopped it."""
    event, about = visit.query.get("event", "registration.confirmed"), visit.query.get("resourceId", "")
    found = await visit.ask("explainWebhook", query={"event": event, "resourceId": about or None})
    return visit.page(
        "why.html",
        "Why did it not arrive?",
        found=found,
        event=event,
        resource_id=about,
        event_types=sorted(EVENT_TYPES),
    )


def _filters(visit: PageVisit) -> dict[str, str]:
    return {name: visit.query[name] for name in FILTERS if name in visit.query}


def _meets(delivery: Mapping[str, Any], filters: Mapping[str, str]) -> bool:
    return all(delivery[name] == value for name, value in filters.items())


def _key(delivery: Document) -> str:
    """Grows with every delivery that is made or sent again."""
    return f"{int(delivery['_sequence']):09d}"


def _behind(tx: Transaction, filters: Mapping[str, str], key: str) -> Iterator[Document]:
    found = sorted(tx.find("delivery"), key=_key, reverse=True)
    return (each for each in found if (not key or _key(each) < key) and _meets(each, filters))


def _receivers(tx: Transaction) -> dict[str, str]:
    return {webhook["id"]: webhook["url"] for webhook in tx.find("webhook")}
