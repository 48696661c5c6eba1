"""What a partner has mapped already: one that holds, two that no longer do, and a beginning of the rest."""

from __future__ import annotations

from typing import Any

from sandbox.seeds.appointment_documents import meta
from sandbox.seeds.world import SeedWorld

PARTNER = f"key_{1:024d}"
"""Whose they are: partner-demo."""
SYSTEM = "partner-demo"
TAGS = ("mappings",)
BULK = ("service", "practitioner", "offering")
GONE = {"stale": "c5000000-0000-4000-8000-000000000090", "broken": "c5000000-0000-4000-8000-000000000091"}
"""Offerings that once were."""


def seed_mappings(world: SeedWorld) -> None:
    """Three cases, and in the larger worlds whatever services, practitioners and offerings come first."""
    if not world.fixtures_wanted:
        return
    cases: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("active", "location", world.id("c1", 1), {}),
        ("stale", "offering", GONE["stale"], {"status": "stale", "staleReason": "offering deleted"}),
        ("broken", "offering", GONE["broken"], {"status": "broken", "staleReason": "offering deleted"}),
    )
    for number, (name, kind, key, members) in enumerate(cases, start=1):
        _put(world, number, kind, key, f"{kind}-{name}", **members)
        world.fixture(f"mapping.{name}", "mapping", world.id("cc", number), f"A mapping that is {name}", TAGS)
    wanted = [(kind, document) for kind in BULK for document in world.all(kind)]
    for number, (kind, document) in enumerate(wanted[: world.bulk(37)]):
        _put(world, 1000 + number, kind, document["id"], f"{kind}-{number + 1}")


def _put(
    world: SeedWorld, number: int, kind: str, key: str, external: str, status: str = "active", **members: Any
) -> None:
    mapping = {
        **meta(world, world.id("cc", number), days=-30),
        "system": SYSTEM,
        "resourceType": kind,
        "platformId": key,
        "externalId": external,
        "externalLabel": None,
        "status": status,
        "staleReason": None,
        "lastVerifiedAt": world.at(days=-30),
        "ownerCredentialId": PARTNER,
        **members,
    }
    world.put("mapping", mapping)
