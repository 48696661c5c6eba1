"""How far a partner has got with mapping what the platform has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.kernel.workspace import Transaction

FOUNDATION = ("location", "service", "practitioner", "assignment", "offering")
"""What must be mapped before bookings can be exchanged."""
TYPES = (*FOUNDATION, "customer", "booking", "event", "session", "ticket_type", "user")
SHOWN = 50


def coverage_of(tx: Transaction, system: str, types: Sequence[str] | None) -> dict[str, Any]:
    """Figures for each type; `complete` concerns the types asked for, else the foundation."""
    rows = {kind: _row(tx, system, kind) for kind in types or TYPES}
    is_complete = all(rows[kind]["unmapped"] == rows[kind]["stale"] == 0 for kind in types or FOUNDATION)
    return {"system": system, "complete": is_complete, "data": list(rows.values())}


def _row(tx: Transaction, system: str, kind: str) -> dict[str, Any]:
    known = {"system": system, "resourceType": kind}
    found = tx.find("mapping", known)
    active = {mapping["platformId"] for mapping in found if mapping["status"] == "active"}
    everything = [each["id"] for each in tx.scan(kind) if each.get("status") != "erased"]
    unmapped = [key for key in everything if key not in active]
    total, mapped = len(everything), len(everything) - len(unmapped)
    return {
        "resourceType": kind,
        "total": total,
        "mapped": mapped,
        "unmapped": len(unmapped),
        "stale": sum(mapping["status"] != "active" for mapping in found),
        "percent": 100 if not total else mapped * 100 // total,
        "unmappedIds": unmapped[:SHOWN],
    }
