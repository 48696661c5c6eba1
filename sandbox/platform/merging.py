"""JSON merge patch, as bodies of PATCH are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merged(before: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """What follows; but null is stored as null: members stay visible in the representation."""
    result = dict(before)
    for member, value in patch.items():
        known = before.get(member)
        result[member] = (
            merged(known, value) if isinstance(value, Mapping) and isinstance(known, Mapping) else value
        )
    return result
