"""Events: snapshots of objects at a change, kept for reading and queued for webhook endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.stripe.parameters import boolean, filled, listing
from mocks.stripe.requests import Operation, StripeRequest
from mocks.stripe.resources import (
    API_VERSION,
    CREATED,
    KIND,
    LIST_READERS,
    Listing,
    insert,
    need,
    page,
    shown,
)
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

DELIVER = "stripe.deliver"
KEPT_AT_MOST = 10_000


def emit(
    tx: Transaction,
    kind: str,
    subject: Document,
    origin: StripeRequest | None = None,
    previous: Mapping[str, Any] | None = None,
) -> None:
    """Record an event and queue it for every endpoint that wants it."""
    data: dict[str, Any] = {"object": shown(subject)}
    if previous:
        data["previous_attributes"] = dict(previous)
    wanting = [one for one in tx.find("stripe.webhook_endpoint", {"status": "enabled"}) if wants(one, kind)]
    members = _event(kind, data, len(wanting), origin)
    event = insert(tx, "event", "evt", {**members, "_correlation": tx.correlation_id})
    for endpoint in wanting:
        _queue(tx, event, endpoint)
    if event["_order"] % 100 == 0:
        _prune(tx)


def _event(kind: str, data: dict[str, Any], pending: int, origin: StripeRequest | None) -> dict[str, Any]:
    return {
        "api_version": API_VERSION,
        "data": data,
        "pending_webhooks": pending,
        "request": {
            "id": origin.id if origin else None,
            "idempotency_key": origin.idempotency_key if origin else None,
        },
        "type": kind,
    }


def wants(endpoint: Mapping[str, Any], kind: str) -> bool:
    """Whether the endpoint listens to events of that name."""
    return kind in endpoint["enabled_events"] or "*" in endpoint["enabled_events"]


def _queue(tx: Transaction, event: Document, endpoint: Document) -> None:
    delivery = {
        "id": f"{event['id']}:{endpoint['id']}",
        "event": event["id"],
        "endpoint": endpoint["id"],
        "due": f"{tx.stamp()}:{event['_order']:012d}",
        "attempts": 0,
    }
    tx.put("stripe.delivery", delivery)
    tx.schedule(tx.now(), DELIVER, endpoint["id"])


def _prune(tx: Transaction) -> None:
    surplus = tx.count("stripe.event") - KEPT_AT_MOST
    for old in tx.find("stripe.event", order="_order", limit=surplus) if surplus > 0 else ():
        tx.delete("stripe.event", old["id"])


def list_events(request: StripeRequest) -> Listing:
    """Events, by type if asked."""
    params = request.params
    where: dict[str, Any] = {}
    if kinds := params.get("types") or ([params["type"]] if "type" in params else None):
        where["type"] = _known(request.tx, kinds)
    if "delivery_success" in params:
        where["pending_webhooks"] = [0] if params["delivery_success"] else list(range(1, 17))
    return page(request.tx, "event", "/v1/events", params, where)


def _known(tx: Transaction, kinds: list[str]) -> list[str]:
    """The types themselves; `charge.*` stands for all that begin so."""
    if not any(kind.endswith("*") for kind in kinds):
        return kinds
    prefixes = tuple(kind.rstrip("*") for kind in kinds)
    return sorted({event["type"] for event in tx.scan(f"{KIND}event") if event["type"].startswith(prefixes)})


def get_event(request: StripeRequest) -> Document:
    """One event."""
    return need(request.tx, "event", request.key)


EXPAND = {"expand": listing(filled)}
OPERATIONS = (
    Operation(
        "GET",
        "/events",
        list_events,
        {**LIST_READERS, **CREATED, "type": filled, "types": listing(filled), "delivery_success": boolean},
    ),
    Operation("GET", "/events/<key>", get_event, EXPAND),
)
