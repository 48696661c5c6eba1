"""Instants and the workspace clock: real, shifted by an offset, or frozen."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

WallClock = Callable[[], float]
"""Seconds since the epoch."""

system_clock: WallClock = time.time

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC, always with milliseconds: such strings compare in the order of time."""
    return instant_text((moment - EPOCH) // MILLISECOND)


def instant_text(milliseconds: int) -> str:
    """`instant` of so many milliseconds since the epoch."""
    second, rest = divmod(milliseconds, 1000)
    return f"{_second(second)}.{rest:03d}Z"


@lru_cache(1024)
def _second(seconds: int) -> str:
    """The text of a whole second; calls that come together mostly share it."""
    return (EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def parse_instant(text: str) -> datetime:
    """An aware datetime from any RFC 3339 text; ValueError when it is none."""
    moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return moment


def from_epoch(seconds: float) -> datetime:
    """UTC, cut to milliseconds."""
    return EPOCH + timedelta(milliseconds=int(seconds * 1000))


def clock_milliseconds(setting: dict[str, Any] | None, wall: WallClock) -> int:
    """What a clock with that setting shows, since the epoch; `None` is a real clock."""
    if setting is None or setting["mode"] == "real":
        return int(wall() * 1000)
    if setting["mode"] == "frozen":
        return (parse_instant(setting["frozenAt"]) - EPOCH) // MILLISECOND
    shift: int = setting["offsetMilliseconds"]
    return int(wall() * 1000) + shift


def clock_now(setting: dict[str, Any] | None, wall: WallClock) -> datetime:
    """`clock_milliseconds` as a moment."""
    return EPOCH + timedelta(milliseconds=clock_milliseconds(setting, wall))


def clock_setting(mode: str, now: datetime, wall: WallClock) -> dict[str, Any]:
    """The stored form of a clock that shows `now` from here on."""
    offset = round((now - from_epoch(wall())).total_seconds() * 1000)
    return {
        "id": "clock",
        "mode": mode,
        "frozenAt": instant(now) if mode == "frozen" else None,
        "offsetMilliseconds": offset if mode == "offset" else 0,
    }


def clock_text(setting: dict[str, Any] | None, wall: WallClock) -> str:
    """`clock_milliseconds` as documents hold it."""
    return instant_text(clock_milliseconds(setting, wall))
