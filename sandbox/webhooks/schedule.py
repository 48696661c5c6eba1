"""When a delivery is tried again: gaps from a retry policy, jitter and Retry-After. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "default": {"maxAttempts": 8, "initialDelaySeconds": 5, "multiplier": 4, "maxDelaySeconds": 21600},
    "fast": {"maxAttempts": 4, "initialDelaySeconds": 1, "multiplier": 2, "maxDelaySeconds": 60},
    "docplanner": {"delaysSeconds": [300, 600], "maxDelaySeconds": 21600},
    "none": {"maxAttempts": 1, "initialDelaySeconds": 5, "multiplier": 4, "maxDelaySeconds": 21600},
}
COMMON = {"jitter": 0, "timeoutSeconds": 10}
OBEYS_RETRY_AFTER = frozenset({429, 503})


def complete(policy: Mapping[str, Any] | None) -> dict[str, Any]:
    """The policy with everything it left open filled in from its preset."""
    given = dict(policy or {})
    preset = given.get("preset") or "default"
    completed = {"preset": preset, **COMMON, **PRESETS["default"], **PRESETS[preset], **given}
    delays = completed.get("delaysSeconds")
    return {
        **completed,
        "delaysSeconds": delays,
        "maxAttempts": len(delays) + 1 if delays else completed["maxAttempts"],
    }


def gap(policy: Mapping[str, Any], failures: int, draw: float = 0.5) -> float | None:
    """Seconds to wait after so many failed attempts, None when there is no further attempt.

    `draw` in 0…1 places the gap inside the jitter: 0.5 is its middle.
    """
    if failures >= policy["maxAttempts"]:
        return None
    delays = policy.get("delaysSeconds")
    if delays:
        seconds = float(delays[failures - 1])
    else:
        growth: float = float(policy["multiplier"]) ** (failures - 1)
        seconds = float(policy["initialDelaySeconds"]) * growth
    spread = float(policy["jitter"])
    return min(seconds, float(policy["maxDelaySeconds"])) * (1 + spread * (2 * draw - 1))


def retry_after(status: int, headers: Mapping[str, str], now: datetime) -> float:
    """Seconds the receiver asked to be left alone, 0 where it did not or may not ask."""
    value = headers.get("retry-after", "").strip()
    if status not in OBEYS_RETRY_AFTER or not value:
        return 0.0
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        return 0.0
    return max(0.0, (moment - now).total_seconds())


def wait(policy: Mapping[str, Any], failures: int, asked: float, draw: float = 0.5) -> float | None:
    """The gap, stretched to what the receiver asked for but never beyond the longest delay of the policy."""
    seconds = gap(policy, failures, draw)
    if seconds is None:
        return None
    return max(seconds, min(asked, float(policy["maxDelaySeconds"])))
