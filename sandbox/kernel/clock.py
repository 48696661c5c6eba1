"""Instants and the workspace clock: real, shifted by an offset, or frozen."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

WallClock = Callable[[], float]
"""Seconds since the epoch."""

system_clock: WallClock = time.time


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC, always with milliseconds: such strings compare in the order of time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def parse_instant(text: str) -> datetime:
    """An aware datetime from any RFC 3339 text; ValueError when it is none."""
    moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return moment


def from_epoch(seconds: float) -> datetime:
    """UTC, cut to milliseconds."""
    return datetime.fromtimestamp(int(seconds * 1000) / 1000, UTC)


def clock_now(setting: dict[str, Any] | None, wall: WallClock) -> datetime:
    """What a clock with that setting shows; `None` is a real clock."""
    if setting is None or setting["mode"] == "real":
        return from_epoch(wall())
    if setting["mode"] == "frozen":
        return parse_instant(setting["frozenAt"])
    return from_epoch(wall()) + timedelta(milliseconds=setting["offsetMilliseconds"])


def clock_setting(mode: str, now: datetime, wall: WallClock) -> dict[str, Any]:
    """The stored form of a clock that shows `now` from here on."""
    offset = round((now - from_epoch(wall())).total_seconds() * 1000)
    return {
        "id": "clock",
        "mode": mode,
        "frozenAt": instant(now) if mode == "frozen" else None,
        "offsetMilliseconds": offset if mode == "offset" else 0,
    }


_latest: tuple[int, str] = (0, "")


def wall_text(seconds: float) -> str:
    """`instant(from_epoch(seconds))`, remembered for as long as the millisecond lasts."""
    global _latest  # one entry, replaced whole: threads may race for it and both be right
    milliseconds = int(seconds * 1000)
    known, text = _latest
    if known != milliseconds:
        text = instant(from_epoch(seconds))
        _latest = (milliseconds, text)
    return text


def clock_text(setting: dict[str, Any] | None, wall: WallClock) -> str:
    """`instant(clock_now(…))`."""
    if setting is None or setting["mode"] == "real":
        return wall_text(wall())
    return instant(clock_now(setting, wall))
