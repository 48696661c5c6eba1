"""Promotion codes: one for each way in which a code can fit or fail."""

from __future__ import annotations

from typing import Any

from sandbox.seeds.world import SeedWorld

DEVCONF, REGULAR = 1, 2


def put_promo_codes(world: SeedWorld) -> None:
    """All of them are for the conference."""
    event = {"eventId": world.id("e1", DEVCONF)}
    near = world.at(days=20)
    _put(world, "EARLY20", "early", 20, "until the conference is near", endsAt=near, **event)
    _put(world, "EXPIRED15", "expired", 15, "no longer valid", endsAt=world.at(days=-1), **event)
    _put(world, "SOON30", "not_started", 30, "not valid yet", startsAt=world.at(days=14), **event)
    _put(world, "LASTONE25", "one_left", 25, "may be used once more", maxUses=5, used=4, **event)
    _put(world, "USEDUP40", "exhausted", 40, "used as often as it may be", maxUses=3, used=3, **event)
    kinds = [world.id("e3", REGULAR)]
    _put(world, "REGULAR50", "regular_only", 50, "for one ticket type only", ticketTypeIds=kinds, **event)


def _put(world: SeedWorld, code: str, name: str, percent: int, point: str, **members: Any) -> None:
    unlimited: dict[str, Any] = {
        "eventId": None,
        "ticketTypeIds": [],
        "startsAt": None,
        "endsAt": None,
        "maxUses": None,
    }
    world.put("promo_code", {"id": code, "percent": percent, "used": 0, **unlimited, **members})
    world.fixture(f"promo_code.{name}", "promo_code", code, f"{code}: {point}", ["event"])
