"""What a ping means for its monitor, and when the next one is made. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.kernel.ports import OutboundReply
from sandbox.kernel.transitions import TransitionTable

RUNNING = ("pending", "healthy", "failing", "alerting")
LIFE = TransitionTable(
    "the monitor",
    {**{(status, "pause"): "paused" for status in RUNNING}, ("paused", "resume"): "pending"},
)
DENSE = 300
"""Pings in one jump of the clock after which they thin out: a day of the usual interval, then ever longer."""
STRIDES = (1, 12, 288, 2016)
HOPELESS = 12
"""Timeouts in a row after which a jump waits for one a day only: each costs its timeout in real time."""


def outcome(reply: OutboundReply) -> str:
    """Any answer but a server error is a sign of life; no answer is none."""
    return "up" if reply.status and not reply.error and reply.status < 500 else "down"


def after(monitor: Mapping[str, Any], seen: str) -> dict[str, Any]:
    """Status and failures in a row after a ping."""
    if seen == "up":
        return {"status": "healthy", "consecutiveFailures": 0}
    failures = monitor["consecutiveFailures"] + 1
    status = "alerting" if failures >= monitor["failureThreshold"] else "failing"
    return {"status": status, "consecutiveFailures": failures}


def burst(monitor: Mapping[str, Any], wall: float) -> int:
    """How many pings in a row came faster than real time would bring them."""
    hurried = monitor["_wall"] is not None and wall - monitor["_wall"] < monitor["intervalSeconds"] / 2
    return monitor["_burst"] + 1 if hurried else 0


def gap(monitor: Mapping[str, Any], error: str | None) -> timedelta:
    """Until the next ping: the interval, longer in the course of one far jump of the clock."""
    stride = STRIDES[min(monitor["_burst"] // DENSE, len(STRIDES) - 1)]
    if monitor["_burst"] and error == "timeout" and monitor["consecutiveFailures"] >= HOPELESS:
        stride = max(stride, STRIDES[2])
    return timedelta(seconds=monitor["intervalSeconds"] * stride)
