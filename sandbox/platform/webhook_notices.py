"""The mail that says that the platform delivers no more to an endpoint."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.kernel.agenda import Rule
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.letters import inform
from sandbox.webhooks.deliveries import DISABLED

WHY: Mapping[str, str] = {
    "failures": "Too many deliveries in a row were given up.",
    "gone": "The endpoint answered 410.",
}


def tell(tx: Transaction, entry: Document) -> None:
    """To whom the subscription names, if it is still off."""
    webhook = tx.get("webhook", entry["subject"])
    if webhook is None or webhook["status"] == "active":
        return
    tx.correlation_id = entry["payload"]["correlationId"]  # of what could not be delivered
    inform(
        tx,
        "webhook_disabled",
        {"email": webhook.get("alertEmail"), "name": None},
        {"type": "webhook", "id": webhook["id"]},
        subject=f"Webhook disabled: {webhook['url']}",
        message=f"{WHY[webhook['disabledReason']]} Nothing more is sent until it is enabled again.",
        status=webhook["status"],
        consecutiveFailures=webhook["consecutiveFailures"],
    )


JOBS: dict[str, Rule] = {DISABLED: tell}
