"""The events a subscription can ask for, and the ways in which it may name them."""

from __future__ import annotations

from functools import lru_cache

from sandbox.contract.event_catalogue import EVENT_TYPES, EventType

__all__ = ["EVENT_TYPES", "PING", "SELECTIONS", "EventType", "is_selection", "selections"]

PING = "webhook.ping"

_ONLY_BY_NAME = {"slot", "change", "cache"}
"""Families that `*` does not mean: very frequent, or for readers of the change feed and keepers of caches."""

_FAMILIES = {name.partition(".")[0] for name in EVENT_TYPES}
SELECTIONS = (*EVENT_TYPES, *sorted(f"{family}.*" for family in _FAMILIES))
"""What a subscription may name, but for `*`."""


def is_selection(text: str) -> bool:
    """Whether a subscription may name it: an event, all events of a family (`booking.*`), or all (`*`)."""
    return text == "*" or text in SELECTIONS


@lru_cache(512)
def selections(event_type: str) -> list[str]:
    """Every way in which a subscription may have asked for this event."""
    family = event_type.partition(".")[0]
    return [event_type, f"{family}.*"] if family in _ONLY_BY_NAME else [event_type, f"{family}.*", "*"]
