"""Figures of an integration, counted from the exchanges that are kept: a partner's calls, our deliveries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson

from sandbox.journal import Exchange
from sandbox.journal.headers import header
from sandbox.webhooks.statistics import percentile

Figures = dict[str, Any]
DOUBLE_BOOKING = frozenset({"SLOT_UNAVAILABLE", "SLOT_ALREADY_BOOKED", "SLOT_HELD"})
PROMISED_P95_MS = 500
SHOWN_OPERATIONS = 50


def of_calls(calls: Sequence[Exchange], is_deprecated: Callable[[str], bool]) -> Figures:
    """How a partner calls the platform."""
    spent = [each.duration_ms for each in calls]
    failed = sum(each.status >= 500 for each in calls)
    by_operation = _by_operation(calls)
    used = sorted(row["operationId"] for row in by_operation if is_deprecated(row["operationId"]))
    return {
        "requests": len(calls),
        "errorRate": _share(failed, len(calls)),
        "p50Ms": _late(spent, 50),
        "p95Ms": _late(spent, 95),
        "p99Ms": _late(spent, 99),
        "byOperation": by_operation[:SHOWN_OPERATIONS],
        "byStatus": {
            str(status): count for status, count in sorted(Counter(e.status for e in calls).items())
        },
        "authFailures": sum(each.status == 401 for each in calls),
        "rateLimited": sum(each.status == 429 for each in calls),
        "bookings": _bookings(calls),
        "retriesWithoutIdempotencyKey": _blind_retries(calls),
        "ignoredRetryAfter": _impatient(calls),
        "deprecatedOperationsUsed": used,
        "slo": {
            "p95Under500ms": _late(spent, 95) < PROMISED_P95_MS if spent else None,
            "availability": _share(len(calls) - failed, len(calls)),
        },
    }


def of_deliveries(sent: Sequence[Exchange], oldest_pending: str | None) -> Figures:
    """How the partner's endpoints take what is delivered."""
    taken = sum(200 <= each.status < 300 for each in sent)
    return {
        "attempts": len(sent),
        "successRate": _share(taken, len(sent)),
        "p95Ms": _late([each.duration_ms for each in sent if each.status], 95),
        "oldestPending": oldest_pending,
    }


def _by_operation(calls: Iterable[Exchange]) -> list[dict[str, Any]]:
    """The most used first."""
    rows: dict[str, list[Exchange]] = defaultdict(list)
    for each in calls:
        rows[each.operation_id or "unknown"].append(each)
    return [
        {
            "operationId": name,
            "requests": len(made),
            "errors": sum(each.status >= 400 for each in made),
            "p95Ms": _late([each.duration_ms for each in made], 95),
        }
        for name, made in sorted(rows.items(), key=lambda row: (-len(row[1]), row[0]))
    ]


def _bookings(calls: Iterable[Exchange]) -> dict[str, Any]:
    tried = [each for each in calls if each.operation_id == "createBooking"]
    made = sum(each.status == 201 for each in tried)
    return {
        "attempted": len(tried),
        "succeeded": made,
        "conversionRate": _share(made, len(tried)),
        "doubleBookingAttempts": sum(
            _error_code(each) in DOUBLE_BOOKING for each in tried if each.status == 409
        ),
    }


def _blind_retries(calls: Iterable[Exchange]) -> int:
    """The same POST once more, without an Idempotency-Key: it may do twice what was meant once."""
    seen: set[tuple[str, str, bytes]] = set()
    repeated = 0
    for each in calls:
        if each.method != "POST" or not each.request_body:
            continue
        what = (each.credential_id, each.path, each.request_body)
        if what in seen and not header(each.request_headers, "idempotency-key"):
            repeated += 1
        seen.add(what)
    return repeated


def _impatient(calls: Iterable[Exchange]) -> int:
    """Calls of an operation made before the time that its last answer asked to be left alone."""
    until: dict[tuple[str, str], float] = {}
    early = 0
    for each in sorted(calls, key=lambda call: call.at):
        who = (each.credential_id, each.operation_id)
        early += each.at < until.get(who, 0.0)
        asked = header(each.response_headers, "retry-after")
        if each.status in (429, 503) and asked.isdigit():
            until[who] = each.at + int(asked)
    return early


def _error_code(exchange: Exchange) -> str:
    try:
        return str(orjson.loads(exchange.response_body)["error"]["code"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""


def _late(spent: Sequence[float], percent: int) -> float:
    return round(percentile(spent, percent), 1) if spent else 0.0


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
