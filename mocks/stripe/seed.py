"""The mock's side of the seed world: the platform's webhook endpoint, and an intent for every seeded payment."""

from __future__ import annotations

from typing import Any

from mocks.stripe.resources import API_VERSION

PLATFORM_SECRET = "whsec_sandbox_platform"
PLATFORM_ENDPOINT: dict[str, Any] = {
    "id": "we_SandboxPlatform000000000",
    "object": "webhook_endpoint",
    "api_version": API_VERSION,
    "application": None,
    "created": 0,
    "description": "The platform itself",
    "enabled_events": [
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
    ],
    "livemode": False,
    "metadata": {},
    "status": "enabled",
    "url": "/api/v1/provider-webhooks/stripe",
    "_secret": PLATFORM_SECRET,
    "_order": 0,
}
"""Its URL is relative: this server, in the workspace that the mock belongs to."""


def seed_account(world: Any) -> None:
    """Put the endpoint, and intents with their charges for payments that name one."""
    created = int(world.anchor.timestamp())
    world.put("stripe.webhook_endpoint", {**PLATFORM_ENDPOINT, "created": created})
