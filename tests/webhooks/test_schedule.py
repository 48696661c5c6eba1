"""Gaps between attempts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.webhooks.schedule import complete, gap, retry_after, wait

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)

LADDER = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]


def gaps(policy) -> list[float]:
    policy = complete(policy)
    return [gap(policy, failures) for failures in range(1, policy["maxAttempts"])]


class TestGap:
    def test_default_is_eight_attempts_in_seven_and_a_half_hours(self):
        assert gaps(None) == [5, 20, 80, 320, 1280, 5120, 20480]

    @pytest.mark.parametrize(
        ("policy", "expected"),
        [
            ({"preset": "docplanner"}, [300, 600]),
            ({"preset": "fast"}, [1, 2, 4]),
            ({"preset": "none"}, []),
            ({"maxAttempts": 3, "initialDelaySeconds": 10, "multiplier": 2}, [10, 20]),
            ({"delaysSeconds": LADDER, "maxDelaySeconds": 86400}, LADDER),
            ({"maxAttempts": 5, "initialDelaySeconds": 3600, "multiplier": 10}, [3600, 21600, 21600, 21600]),
        ],
        ids=["docplanner", "fast", "none", "own", "75-hour ladder", "capped"],
    )
    def test_follows_the_policy(self, policy, expected):
        assert gaps(policy) == expected

    def test_ends_after_the_last_attempt(self):
        assert gap(complete(None), 8) is None

    @given(st.floats(0, 1), st.integers(1, 7))
    def test_jitter_stays_inside_its_bounds(self, draw, failures):
        policy = complete({"jitter": 0.5})
        middle = gap(complete(None), failures)
        assert middle * 0.5 <= gap(policy, failures, draw) <= middle * 1.5


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("status", "value", "seconds"),
        [
            (429, "120", 120),
            (503, "Sat, 21 Nov 2026 04:02:00 GMT", 120),
            (503, "Sat, 21 Nov 2026 03:00:00 GMT", 0),
            (500, "120", 0),
            (429, "soon", 0),
            (429, "-5", 0),
            (429, "٣", 0),
            (429, "", 0),
        ],
    )
    def test_is_read_where_it_counts(self, status, value, seconds):
        assert retry_after(status, {"retry-after": value}, NOW) == seconds

    def test_stretches_the_gap_but_not_beyond_the_longest(self):
        policy = complete(None)
        assert wait(policy, 1, 2) == 5
        assert wait(policy, 1, 120) == 120
        assert wait(policy, 1, 10**8) == 21600

    def test_adds_no_attempt(self):
        assert wait(complete({"preset": "none"}), 1, 120) is None
