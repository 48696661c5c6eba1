"""Webhook endpoints, and the delivery of events to them: in order, signed, tried three times."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from mocks.stripe.errors import StripeError, invalid
from mocks.stripe.events import DELIVER, EXPAND
from mocks.stripe.parameters import accepted, boolean, filled, listing, merged_metadata, metadata, text
from mocks.stripe.requests import Operation, StripeRequest
from mocks.stripe.resources import (
    LIST_READERS,
    Listing,
    insert,
    need,
    new_token,
    now,
    page,
    rendered,
    save,
    shown,
)
from mocks.stripe.signatures import signature_header
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.ports import OutboundReply, OutboundRequest, Ports
from sandbox.kernel.workspace import Transaction, Workspace

RETRIES = (timedelta(hours=1), timedelta(hours=3))
TIMEOUT = 20.0
MOST_ENDPOINTS = 16


def create_endpoint(request: StripeRequest) -> dict[str, Any]:
    """A new endpoint; its secret is shown in this answer only."""
    params, tx = request.params, request.tx
    if tx.count("stripe.webhook_endpoint") >= MOST_ENDPOINTS:
        raise invalid(f"You have reached the maximum of {MOST_ENDPOINTS} test webhook endpoints.")
    members = {
        "api_version": params.get("api_version"),
        "application": None,
        "description": params.get("description") or None,
        "enabled_events": _events(params["enabled_events"]),
        "metadata": merged_metadata({}, params.get("metadata")),
        "status": "enabled",
        "url": _url(params["url"]),
        "_secret": f"whsec_{new_token(tx, 'webhook secret', 32)}",
    }
    endpoint = insert(tx, "webhook_endpoint", "we", members)
    return {**shown(endpoint), "secret": endpoint["_secret"]}


def get_endpoint(request: StripeRequest) -> Document:
    """One endpoint."""
    return need(request.tx, "webhook_endpoint", request.key)


def list_endpoints(request: StripeRequest) -> Listing:
    """All endpoints."""
    return page(request.tx, "webhook_endpoint", "/v1/webhook_endpoints", request.params)


def update_endpoint(request: StripeRequest) -> Document:
    """Change address, events, description, metadata or whether it is disabled."""
    endpoint, params = need(request.tx, "webhook_endpoint", request.key), request.params
    changes: dict[str, Any] = {"metadata": merged_metadata(endpoint["metadata"], params.get("metadata"))}
    if "url" in params:
        changes["url"] = _url(params["url"])
    if "enabled_events" in params:
        changes["enabled_events"] = _events(params["enabled_events"])
    if "description" in params:
        changes["description"] = params["description"] or None
    if "disabled" in params:
        changes["status"] = "disabled" if params["disabled"] else "enabled"
    return save(request.tx, endpoint, **changes)


def delete_endpoint(request: StripeRequest) -> dict[str, Any]:
    """Remove; what was queued for it is forgotten."""
    endpoint = need(request.tx, "webhook_endpoint", request.key)
    request.tx.delete("stripe.webhook_endpoint", endpoint["id"])
    for delivery in request.tx.find("stripe.delivery", {"endpoint": endpoint["id"]}):
        request.tx.delete("stripe.delivery", delivery["id"])
    request.tx.cancel(DELIVER, endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def _url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StripeError(400, "invalid_request_error", "Not a valid URL", code="url_invalid", param="url")
    return url


def _events(names: Any) -> list[str]:
    if not names:
        raise invalid("Invalid array: enabled_events needs at least one event", "enabled_events")
    return list(names)


class Attempt(NamedTuple):
    """A delivery that was made ready to send."""

    delivery: Document
    request: OutboundRequest


async def deliver(workspace: Workspace, entry: Document, ports: Ports) -> None:
    """Send what is due to one endpoint, oldest first; what fails waits and does not hold up the others."""
    while True:
        with workspace.transaction() as tx:
            attempt = prepare(tx, entry["subject"], f"{ports.public_url}/w/{workspace.id}")
        if attempt is None:
            return
        refusal = ports.http.refusal(attempt.request.url)
        reply = (
            OutboundReply(error="denied", detail=refusal)
            if refusal
            else await ports.http.send(attempt.request)
        )
        with workspace.transaction() as tx:
            conclude(tx, attempt.delivery, reply)


def prepare(tx: Transaction, endpoint_id: str, own: str) -> Attempt | None:
    """The next delivery that is due, signed; None when there is none, with a later one scheduled."""
    endpoint = tx.get("stripe.webhook_endpoint", endpoint_id)
    if endpoint is None or endpoint["status"] != "enabled":
        return None
    waiting = tx.find("stripe.delivery", {"endpoint": endpoint_id}, order="due", limit=1)
    if not waiting:
        return None
    due = waiting[0]["due"].rsplit(":", 1)[0]
    if due > tx.stamp():
        tx.schedule(parse_instant(due), DELIVER, endpoint_id)
        return None
    event = tx.get("stripe.event", waiting[0]["event"])
    if event is None:
        tx.delete("stripe.delivery", waiting[0]["id"])
        return prepare(tx, endpoint_id, own)
    return Attempt(waiting[0], _request(tx, endpoint, event, own))


def _request(tx: Transaction, endpoint: Document, event: Document, own: str) -> OutboundRequest:
    body = rendered(event)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Accept": "*/*; q=0.5, application/xml",
        "Stripe-Signature": signature_header([endpoint["_secret"]], now(tx), body),
    }
    url, correlation = endpoint["url"], event.get("_correlation") or _correlation(event["id"])
    if url.startswith("/"):
        url = own + url
        headers["X-Correlation-ID"] = correlation
    return OutboundRequest("POST", url, headers, body, TIMEOUT, "mock-webhook", correlation, tx.workspace.id)


def _correlation(event_id: str) -> str:
    """For what no call caused: a UUID of its own."""
    drawn = blake2b(event_id.encode(), digest_size=16).hexdigest()
    return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-8{drawn[17:20]}-{drawn[20:]}"


def conclude(tx: Transaction, delivery: Document, reply: OutboundReply) -> None:
    """Take a delivery off the queue, or put it back for later."""
    if tx.get("stripe.delivery", delivery["id"]) is None:
        return
    attempts = delivery["attempts"] + 1
    if 200 <= reply.status < 300:
        tx.delete("stripe.delivery", delivery["id"])
        event = tx.get("stripe.event", delivery["event"])
        if event is not None:
            save(tx, event, pending_webhooks=max(event["pending_webhooks"] - 1, 0))
    elif attempts > len(RETRIES):
        tx.delete("stripe.delivery", delivery["id"])
    else:
        due = tx.now() + RETRIES[attempts - 1]
        order = delivery["due"].rsplit(":", 1)[1]
        tx.put("stripe.delivery", {**delivery, "attempts": attempts, "due": f"{instant(due)}:{order}"})


_WRITABLE = {
    "url": filled,
    "enabled_events": listing(filled),
    "description": text,
    "metadata": metadata,
    **EXPAND,
}
OPERATIONS = (
    Operation(
        "POST",
        "/webhook_endpoints",
        create_endpoint,
        {**_WRITABLE, "api_version": filled, **accepted("connect")},
        ("enabled_events", "url"),
    ),
    Operation("GET", "/webhook_endpoints", list_endpoints, LIST_READERS),
    Operation("GET", "/webhook_endpoints/<key>", get_endpoint, EXPAND),
    Operation("POST", "/webhook_endpoints/<key>", update_endpoint, {**_WRITABLE, "disabled": boolean}),
    Operation("DELETE", "/webhook_endpoints/<key>", delete_endpoint, {}),
)
