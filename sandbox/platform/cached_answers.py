"""Tells who keeps answers in a cache which of them are out of date."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.subscriptions import subscribed

EVENT = "cache.invalidated"
_EVENTS = ("/api/v1/events", "/api/v1/events/{id}", "/api/v1/events/{id}/calendar")
_SERIES = ("/api/v1/event-series", "/api/v1/event-series/{id}", "/api/v1/event-series/{id}/events")
_OFFERINGS = "/api/v1/assignments/{assignmentId}/offerings"
_TICKET_TYPES = "/api/v1/events/{eventId}/ticket-types"
CACHED: Mapping[str, tuple[str, ...]] = {
    "event": _EVENTS,
    "event_series": _SERIES,
    "ticket_type": (_TICKET_TYPES, f"{_TICKET_TYPES}/{{id}}", "/api/v1/events/{eventId}"),
    "location": ("/api/v1/locations", "/api/v1/locations/{id}"),
    "practitioner": ("/api/v1/practitioners", "/api/v1/practitioners/{id}"),
    "service": ("/api/v1/services", "/api/v1/services/{id}"),
    "assignment": ("/api/v1/assignments", "/api/v1/assignments/{id}"),
    "offering": (_OFFERINGS, f"{_OFFERINGS}/{{id}}"),
}
"""The answers that may be kept for a while, by the kind that they show."""


def announce(tx: Transaction, event: Document) -> None:
    """Only to who asked for it by name: `*` does not mean it."""
    addresses = CACHED.get(event["kind"])
    if addresses is None or event["type"] == EVENT or not subscribed(tx, EVENT, "cache_entry", {}):
        return
    data = event["data"]
    changed = {
        "id": event["resourceId"],
        "urls": [address.format_map(data) for address in addresses],
        "resource": {"type": event["kind"], "id": event["resourceId"], "version": data.get("version")},
        "cause": event["type"],
    }
    tx.emit(EVENT, "cache_entry", changed)


REACTIONS = [announce]
