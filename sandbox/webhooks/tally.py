"""What was tried in the last day and how much of it went well, counted by the hour. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sandbox.kernel.clock import instant

Hours = Mapping[str, list[int]]


def tallied(hours: Hours, at: datetime, *, well: bool) -> dict[str, list[int]]:
    """With one more, and without what is more than a day ago."""
    kept, hour = _last_day(hours, at), instant(at)[:13]
    tried, good = kept.get(hour, [0, 0])
    return {**kept, hour: [tried + 1, good + well]}


def share(hours: Hours, at: datetime) -> float | None:
    """How much went well; None where nothing was tried."""
    kept = _last_day(hours, at).values()
    tried = sum(counts[0] for counts in kept)
    return round(sum(counts[1] for counts in kept) / tried, 4) if tried else None


def _last_day(hours: Hours, at: datetime) -> dict[str, list[int]]:
    first, last = instant(at - timedelta(hours=23))[:13], instant(at)[:13]
    return {hour: counts for hour, counts in hours.items() if first <= hour <= last}
