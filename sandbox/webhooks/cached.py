"""Which answers a change puts out of date: what `cache.invalidated` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


def invalidated(kind: str, document: Mapping[str, Any], cause: str) -> dict[str, Any]:
    """What is out of date since `document` changed, and by which event."""
    return {
        "id": document["id"],
        "urls": [address.format_map(document) for address in CACHED[kind]],
        "resource": {"type": kind, "id": document["id"], "version": document.get("version")},
        "cause": cause,
    }
