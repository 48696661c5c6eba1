"""What alert rules measure: errors and times of calls, and how deliveries fare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sandbox.journal import Exchange, Journal
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.statistics import percentile
from sandbox.webhooks.stops import SWITCHED_OFF

Rule = Mapping[str, Any]
Subject = tuple[str, str]


class Reading(NamedTuple):
    """A measured value of one subject, of so many samples. `told` is what an alert says."""

    subject: Subject
    value: float
    samples: int
    told: str


class Scene(NamedTuple):
    """Where is measured."""

    tx: Transaction
    journal: Journal


Measure = Callable[[Scene, Rule], list[Reading]]


def calls_since(scene: Scene, seconds: float) -> list[Exchange]:
    """Calls of the platform in the last seconds of true time: that is when they were made."""
    since = scene.tx.workspace.wall() - seconds
    return [each for each in scene.journal.exchanges() if is_call(each) and each.at >= since]


def is_call(exchange: Exchange) -> bool:
    """Whether a partner called the platform."""
    return exchange.direction == "in" and exchange.path.startswith("/api/")


def _whole(scene: Scene) -> Subject:
    return ("workspace", scene.tx.workspace.id)


def _error_rate(scene: Scene, rule: Rule) -> list[Reading]:
    calls = calls_since(scene, rule["windowSeconds"])
    failed = sum(each.status >= 500 for each in calls)
    rate = failed / len(calls) if calls else 0.0
    told = f"{failed} of {len(calls)} calls failed with a server error"
    return [Reading(_whole(scene), round(rate, 4), len(calls), told)]


def _latency(scene: Scene, rule: Rule) -> list[Reading]:
    spent = [each.duration_ms for each in calls_since(scene, rule["windowSeconds"])]
    value = percentile(spent, 95) if spent else 0.0
    told = f"one call in twenty took longer than {value:.0f} ms"
    return [Reading(_whole(scene), round(value, 1), len(spent), told)]


def _conversion(scene: Scene, rule: Rule) -> list[Reading]:
    """The share of attempts that made no booking, so that more is worse as everywhere."""
    tried = [
        each for each in calls_since(scene, rule["windowSeconds"]) if each.operation_id == "createBooking"
    ]
    failed = sum(each.status != 201 for each in tried)
    lost = failed / len(tried) if tried else 0.0
    told = f"{failed} of {len(tried)} attempts to book did not make a booking"
    return [Reading(_whole(scene), round(lost, 4), len(tried), told)]


def _webhook_success(scene: Scene, rule: Rule) -> list[Reading]:
    """The share of attempts that failed, subscription by subscription."""
    attempts: dict[str, list[Document]] = {}
    since = _since(scene, rule)
    for attempt in scene.tx.scan("delivery_attempt", matches=lambda each: each["at"] >= since):
        delivery = scene.tx.get("delivery", attempt["deliveryId"])
        if delivery is not None:
            attempts.setdefault(delivery["webhookId"], []).append(attempt)
    return [_failing(key, made) for key, made in sorted(attempts.items())]


def _failing(webhook_id: str, attempts: Sequence[Document]) -> Reading:
    failed = sum(attempt["error"] is not None for attempt in attempts)
    told = f"{failed} of {len(attempts)} attempts to deliver failed"
    return Reading(("webhook", webhook_id), round(failed / len(attempts), 4), len(attempts), told)


def _delivery_exhausted(scene: Scene, rule: Rule) -> list[Reading]:
    since, given_up = _since(scene, rule), dict[str, int]()
    for delivery in scene.tx.scan("delivery", matches=lambda each: each["status"] == "exhausted"):
        if delivery["updatedAt"] >= since:
            given_up[delivery["webhookId"]] = given_up.get(delivery["webhookId"], 0) + 1
    return [
        Reading(("webhook", key), count, count, f"{count} deliveries were given up")
        for key, count in sorted(given_up.items())
    ]


def _webhook_disabled(scene: Scene, rule: Rule) -> list[Reading]:
    """Those that the platform switched off itself."""
    return [
        Reading(
            ("webhook", each["id"]),
            1,
            1,
            f"{each['url']} was switched off: {SWITCHED_OFF[each['disabledReason']]}",
        )
        for each in scene.tx.find("webhook")
        if each["status"] != "active" and each["disabledReason"] in SWITCHED_OFF
    ]


def _since(scene: Scene, rule: Rule) -> str:
    return instant(scene.tx.now() - timedelta(seconds=rule["windowSeconds"]))


MEASURES: Mapping[str, Measure] = {
    "error_rate": _error_rate,
    "latency": _latency,
    "webhook_success": _webhook_success,
    "delivery_exhausted": _delivery_exhausted,
    "webhook_disabled": _webhook_disabled,
    "conversion": _conversion,
}
"""All but `monitor`, whose monitors raise their alerts themselves."""
