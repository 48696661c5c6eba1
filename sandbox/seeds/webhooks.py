"""Seeded subscriptions and inspector bins: one works, one fails, one is gone, one is switched off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.seeds.webhook_log import seed_delivery_log
from sandbox.seeds.world import SeedWorld
from sandbox.webhooks.blocking import UNLESS_SAID
from sandbox.webhooks.dispatcher import MOST_AT_ONCE
from sandbox.webhooks.schedule import complete
from sandbox.webhooks.signing import secret_from

SECRET = secret_from(b"sandbox-fixture-webhook-secret!!")
"""What signs for every fixture subscription: public, like all fixture credentials."""

BINS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("ok", "Answers 200", {"status": 200, "body": "ok"}),
    ("failing", "Answers 500", {"status": 500, "body": "broken on purpose"}),
    ("gone", "Answers 410", {"status": 410, "body": "gone"}),
    ("slow", "Answers after 12 seconds", {"status": 200, "delayMs": 12000}),
    (
        "sequence",
        "Answers 503, 503, then 200",
        {"sequence": [{"status": 503}, {"status": 503}, {"status": 200}]},
    ),
)
WEBHOOKS: tuple[tuple[str, str, list[str]], ...] = (
    ("inspector", "Everything, to the bin that answers 200", ["*"]),
    ("failing", "Pings, to the bin that answers 500", ["webhook.ping"]),
    ("gone", "Pings, to the bin that answers 410", ["webhook.ping"]),
    ("disabled", "Everything, but switched off", ["*"]),
)


def bin_id(number: int) -> str:
    """Address of a fixture bin."""
    return f"bin_{number:024d}"


def seed_webhooks(world: SeedWorld) -> None:
    """The fixtures, in every profile that has fixtures."""
    if not world.fixtures_wanted:
        return
    for number, (name, summary, response) in enumerate(BINS):
        world.put("bin", _bin(world, number, summary, response))
        world.fixture(f"bin.{name}", "bin", bin_id(number), summary, ("webhooks",))
    for number, (name, summary, event_types) in enumerate(WEBHOOKS, start=1):
        webhook = world.put("webhook", _webhook(world, number, summary, event_types))
        world.put("webhook_secret", {"id": webhook["id"], "current": SECRET, "previous": None})
        world.fixture(f"webhook.{name}", "webhook", webhook["id"], summary, ("webhooks",))
    seed_delivery_log(world, world.get("webhook", world.id("f1", 1)), SECRET)


def _bin(world: SeedWorld, number: int, name: str, response: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": bin_id(number),
        "version": 1,
        "name": name,
        "response": dict(response),
        "checksSignature": False,
        "maxRequests": 500,
        "_answeredBefore": 0,
        "metadata": {},
        **_dates(world),
    }


def _webhook(world: SeedWorld, number: int, description: str, event_types: list[str]) -> dict[str, Any]:
    off = WEBHOOKS[number - 1][0] == "disabled"
    target = (number - 1) % 3
    return {
        "id": world.id("f1", number),
        "version": 1,
        "url": f"https://inspector.sandbox.example/{bin_id(target)}",
        "description": description,
        "eventTypes": event_types,
        "status": "disabled" if off else "active",
        "disabledReason": "requested" if off else None,
        "note": None,
        "maxConcurrency": MOST_AT_ONCE,
        "ratePerSecond": None,
        "chaos": [],
        "previousSecretValidUntil": None,
        "retryPolicy": complete(None),
        "filters": None,
        "blocking": dict(UNLESS_SAID),
        "headers": None,
        "signatureScheme": "both",
        "signatureClock": "workspace",
        "ordering": "strict",
        "disableAfterFailures": 10,
        "consecutiveFailures": 0,
        "lastDeliveryAt": None,
        "metadata": {},
        **_dates(world),
    }


def _dates(world: SeedWorld) -> dict[str, str]:
    made = world.at(days=-30)
    return {"createdAt": made, "updatedAt": made}
