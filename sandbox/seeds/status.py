"""Status: an incident that is over and a maintenance to come."""

from __future__ import annotations

from sandbox.seeds.world import SeedWorld


def seed_status(world: SeedWorld) -> None:
    """In every world but the empty one."""
    if world.profile == "empty":
        return
    began, over = world.at(days=-12, hours=9), world.at(days=-12, hours=11)
    told = (
        (began, "investigating", "Deliveries take longer than usual; nothing is lost."),
        (world.at(days=-12, hours=10), "identified", "A queue had filled up; it is being worked off."),
        (over, "resolved", "Everything has been delivered."),
    )
    world.put(
        "incident",
        {
            **_born(world, "ee", began, over),
            "title": "Webhooks are late",
            "impact": "minor",
            "status": "resolved",
            "components": ["webhooks"],
            "startedAt": began,
            "resolvedAt": over,
            "updates": [{"at": at, "status": status, "message": text} for at, status, text in told],
        },
    )
    announced = world.at(days=-1)
    world.put(
        "maintenance",
        {
            **_born(world, "ef", announced, announced),
            "title": "Database upgrade",
            "startsAt": world.at(days=10, hours=2),
            "endsAt": world.at(days=10, hours=4),
            "emergency": False,
            "status": "scheduled",
            "components": ["api", "search"],
        },
    )


def _born(world: SeedWorld, code: str, created: str, updated: str) -> dict[str, object]:
    return {
        "id": world.id(code, 1),
        "version": 1,
        "createdAt": created,
        "updatedAt": updated,
        "metadata": {},
    }
