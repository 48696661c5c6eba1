"""Instants compare in the order of time, and clocks show what they were set to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.clock import clock_now, clock_setting, from_epoch, instant, parse_instant

MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(MOMENTS, MOMENTS)
def test_texts_compare_like_the_instants_they_name(one: datetime, other: datetime) -> None:
    assert (one < other) == (instant(one) < instant(other))


@given(MOMENTS, ZONES)
def test_any_offset_is_the_same_instant(moment: datetime, zone: timezone) -> None:
    assert instant(moment) == instant(parse_instant(moment.astimezone(zone).isoformat()))


def test_a_text_without_offset_is_no_instant() -> None:
    with pytest.raises(ValueError, match="offset"):
        parse_instant("2026-11-20T12:00:00")


@given(MOMENTS, st.integers(0, 10**6))
def test_clocks(shown: datetime, passed: int) -> None:
    wall = [1_800_000_000.0]
    offset = clock_setting("offset", shown, lambda: wall[0])
    frozen = clock_setting("frozen", shown, lambda: wall[0])
    wall[0] += passed
    assert shown + timedelta(seconds=passed) == clock_now(offset, lambda: wall[0])
    assert shown == clock_now(frozen, lambda: wall[0])
    assert from_epoch(wall[0]) == clock_now(None, lambda: wall[0])
