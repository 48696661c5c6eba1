"""Expectations against arrivals, compared with trying out every way to tell who is who."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.webhooks.judging import Terms, differences, judge, like

EVENTS = "abc"


def request(number, event, **members):
    return {
        "id": f"req_{number}",
        "sequence": number,
        "method": "POST",
        "path": "/",
        "headers": {},
        "eventType": event,
        "signature": {"present": False, "valid": None, "reason": "no_secret"},
        **members,
    }


def requests(events):
    return [request(number, event) for number, event in enumerate(events)]


def wanted(*patterns):
    return [{"eventType": pattern, "count": 1} for pattern in patterns]


def fits(events, patterns, *, in_order, nothing_else):
    """Whether some choice of arrivals meets all patterns."""
    if nothing_else and len(events) != len(patterns):
        return False
    for chosen in permutations(range(len(events)), len(patterns)):
        if in_order and list(chosen) != sorted(chosen):
            continue
        if all(like(events[place], pattern) for place, pattern in zip(chosen, patterns, strict=True)):
            return True
    return False


class TestJudge:
    @settings(max_examples=400, deadline=None)
    @given(
        events=st.lists(st.sampled_from(EVENTS), max_size=5),
        patterns=st.lists(st.sampled_from([*EVENTS, "*"]), min_size=1, max_size=4),
        in_order=st.booleans(),
        nothing_else=st.booleans(),
    )
    def test_finds_a_way_whenever_there_is_one(self, events, patterns, in_order, nothing_else):
        terms = Terms(in_order, nothing_else, is_over=True)
        status = judge(wanted(*patterns), requests(events), terms)["status"]
        possible = fits(events, patterns, in_order=in_order, nothing_else=nothing_else)
        assert status == ("met" if possible else "failed")

    @settings(max_examples=200, deadline=None)
    @given(
        events=st.lists(st.sampled_from(EVENTS), max_size=6),
        patterns=st.lists(st.sampled_from([*EVENTS, "*"]), min_size=1, max_size=4),
        in_order=st.booleans(),
        nothing_else=st.booleans(),
    )
    def test_what_is_decided_early_stays_so(self, events, patterns, in_order, nothing_else):
        terms = Terms(in_order, nothing_else)
        seen = [
            judge(wanted(*patterns), requests(events[:size]), terms)["status"]
            for size in range(len(events) + 1)
        ]
        decided = [status for status in seen if status != "pending"]
        assert len(set(decided)) <= 1
        assert seen == ["pending"] * (len(seen) - len(decided)) + decided

    def test_says_what_was_not_expected_and_why(self):
        found = judge(wanted("a"), requests("aab"), Terms(nothing_else=True))
        assert [(each["requestId"], each["reason"]) for each in found["unexpected"]] == [
            ("req_1", "comes more often than expected"),
            ("req_2", "fits no expectation"),
        ]

    def test_says_how_many_are_missing(self):
        found = judge([{"eventType": "a", "count": 3}], requests("a"), Terms(is_over=True))
        assert found["results"][0]["reason"] == "2 of 3 did not come"
        assert found["summary"] == "failed: 1 of 3 expected requests came"

    def test_a_repeated_message_counts_once_unless_repeats_count(self):
        twice = [request(1, "a", messageId="m"), request(2, "a", messageId="m")]
        once = judge([{"eventType": "a", "count": 2}], twice, Terms(is_over=True))
        assert (once["status"], once["repeats"]) == ("failed", ["req_2"])
        counted = judge([{"eventType": "a", "count": 2}], twice, Terms(count_repeats=True, is_over=True))
        assert counted["status"] == "met"


class TestDifferences:
    @pytest.mark.parametrize(
        ("want", "expected"),
        [
            ({"path": "/orders/*"}, []),
            ({"path": "/orders"}, ["the path is /orders/7, not /orders"]),
            ({"headers": {"X-Kind": "b*"}}, []),
            ({"headers": {"X-Kind": "c"}}, ["the header X-Kind is big, not c"]),
            ({"headers": {"X-None": "*"}}, ["there is no header X-None"]),
            ({"bodyContains": "total"}, []),
            ({"bodyContains": "sum"}, ["the body does not contain sum"]),
            ({"body": {"data": {"total": 5}}}, []),
            ({"body": {"data": {"total": True}}}, ["the body differs at /data/total"]),
            ({"body": {"data": {"items": [1]}}}, ["the body differs at /data/items"]),
            ({"body": {"data": {"items": [1, 3]}}}, ["the body differs at /data/items/1"]),
            ({"body": {"data": []}}, ["the body differs at /data"]),
            ({"signature": "absent"}, []),
            ({"method": "post"}, []),
        ],
    )
    def test_of_one_request(self, want, expected):
        body = {"data": {"total": 5, "items": [1, 2], "more": None}}
        got = request(
            1, None, path="/orders/7", headers={"x-kind": "big"}, bodyText='{"total"}', bodyJson=body
        )
        assert differences({**want, "count": 1}, got) == expected

    @pytest.mark.parametrize(
        ("text", "pattern", "expected"),
        [
            ("abc", "abc", True),
            ("abc", "a*", True),
            ("abc", "*c", True),
            ("abc", "a*c", True),
            ("abc", "a*b*c", True),
            ("abc", "*", True),
            ("", "*", True),
            ("ab", "ab*b", False),
            ("aba", "aba*ba", False),
            ("a.c", "a?c", False),
            ("abcbc", "a*bc", True),
        ],
    )
    def test_stars(self, text, pattern, expected):
        assert like(text, pattern) is expected
