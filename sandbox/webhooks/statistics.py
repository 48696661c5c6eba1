"""What became of the deliveries of a subscription, counted from the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.deliveries import attempts_of

WINDOW = timedelta(days=7)


def of(tx: Transaction, webhook_id: str) -> dict[str, Any]:
    """The figures of the last seven days; null where nothing was measured."""
    since = instant(tx.now() - WINDOW)
    sent = [
        delivery
        for delivery in tx.find("delivery", {"webhookId": webhook_id})
        if delivery["createdAt"] >= since
    ]
    attempts = [attempt for delivery in sent for attempt in attempts_of(tx, delivery["id"])]
    answered = [attempt["durationMs"] for attempt in attempts if attempt["statusCode"] is not None]
    counts = Counter(delivery["status"] for delivery in sent)
    ended = counts["succeeded"] + counts["exhausted"]
    return {
        "window": {"from": since, "to": tx.stamp()},
        "deliveries": len(sent),
        "succeeded": counts["succeeded"],
        "failed": counts["exhausted"],
        "retried": sum(delivery["attemptCount"] > 1 for delivery in sent),
        "successRate": round(counts["succeeded"] / ended, 4) if ended else None,
        "p50Ms": percentile(answered, 50) if answered else None,
        "p95Ms": percentile(answered, 95) if answered else None,
        "byEventType": _by_event_type(sent),
        "lastError": _last_error(attempts),
    }


def percentile(values: Sequence[float], percent: int) -> float:
    """By nearest rank, of at least one value."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _by_event_type(sent: Sequence[Document]) -> list[dict[str, Any]]:
    rows: dict[str, Counter[str]] = {}
    for delivery in sent:
        rows.setdefault(delivery["eventType"], Counter())[delivery["status"]] += 1
    return [
        {
            "eventType": name,
            "deliveries": rows[name].total(),
            "succeeded": rows[name]["succeeded"],
            "failed": rows[name]["exhausted"],
        }
        for name in sorted(rows)
    ]


def _last_error(attempts: Sequence[Document]) -> dict[str, Any] | None:
    failed = [attempt for attempt in attempts if attempt["error"]]
    if not failed:
        return None
    last = max(failed, key=lambda attempt: (attempt["at"], attempt["id"]))
    return {member: last[member] for member in ("at", "deliveryId", "error", "errorDetail", "statusCode")}
