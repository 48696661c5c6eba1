"""What an integration report makes of its figures: each finding with what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Report = Mapping[str, Any]


class Finding(NamedTuple):
    """Said where `holds`."""

    severity: str
    code: str
    advice: str
    holds: Callable[[Report], bool]


FINDINGS: tuple[Finding, ...] = (
    Finding(
        "info",
        "NO_TRAFFIC",
        "There were no calls in this time: call the platform, or look at another time.",
        lambda report: report["requests"] == 0,
    ),
    Finding(
        "warning",
        "AUTH_FAILURES",
        "Calls were refused for their credential: renew tokens before they expire.",
        lambda report: report["authFailures"] > max(2, report["requests"] * 0.02),
    ),
    Finding(
        "warning",
        "RATE_LIMITED",
        "Calls were refused for their number: spread them, batch them, and honour X-RateLimit-Remaining.",
        lambda report: report["rateLimited"] > 0,
    ),
    Finding(
        "critical",
        "RETRY_AFTER_IGNORED",
        "Calls were made before Retry-After had passed: wait for it, then double the gap.",
        lambda report: report["ignoredRetryAfter"] > 0,
    ),
    Finding(
        "critical",
        "RETRY_WITHOUT_IDEMPOTENCY_KEY",
        "The same POST was sent again without an Idempotency-Key: send one with every POST and its retries.",
        lambda report: report["retriesWithoutIdempotencyKey"] > 0,
    ),
    Finding(
        "warning",
        "DOUBLE_BOOKING_ATTEMPTS",
        "Slots that were gone were booked: search again shortly before booking, or hold the slot.",
        lambda report: report["bookings"]["doubleBookingAttempts"] > 0,
    ),
    Finding(
        "warning",
        "LOW_CONVERSION",
        "Less than half of the attempts to book made a booking: look at their error codes.",
        lambda report: report["bookings"]["attempted"] >= 4 and report["bookings"]["conversionRate"] < 0.5,
    ),
    Finding(
        "warning",
        "DEPRECATED_OPERATIONS",
        "Operations that will be retired are in use: see their Deprecation and Sunset headers.",
        lambda report: bool(report["deprecatedOperationsUsed"]),
    ),
    Finding(
        "critical",
        "WEBHOOKS_FAIL",
        "More than one delivery attempt in twenty fails: ask GET /sandbox/v1/webhook-explanations why.",
        lambda report: report["webhooks"]["attempts"] >= 5 and report["webhooks"]["successRate"] < 0.95,
    ),
    Finding(
        "warning",
        "WEBHOOKS_SLOW",
        "Endpoints take longer than two seconds: answer first, and do the work afterwards.",
        lambda report: report["webhooks"]["p95Ms"] > 2000,
    ),
    Finding(
        "warning",
        "SERVER_ERRORS",
        "More than one call in twenty met a server error, on purpose or not: retry those with growing gaps.",
        lambda report: report["requests"] >= 20 and report["errorRate"] > 0.05,
    ),
)


def findings_of(report: Report) -> list[dict[str, str]]:
    """The critical ones first."""
    order = ("critical", "warning", "info")
    found = [each for each in FINDINGS if each.holds(report)]
    return [
        {"severity": each.severity, "code": each.code, "advice": each.advice}
        for each in sorted(found, key=lambda each: order.index(each.severity))
    ]
