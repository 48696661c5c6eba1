"""Recurrence rules: their dates, the clocks, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kernel.errors import InvalidRecurrence
from sandbox.platform.recurrence import occurrences

USUAL = {"startDate": "2027-01-05", "startTime": "18:00", "durationMinutes": 60, "exDates": []}


def dates(rule: str, zone: str = "Europe/Warsaw", **members: Any) -> list[str]:
    """The dates of a rule that starts on a Tuesday."""
    return [due.date[5:] for due in occurrences({**USUAL, **members, "rrule": rule}, zone)]


class TestDates:
    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            ("FREQ=DAILY;COUNT=3", ["01-05", "01-06", "01-07"]),
            ("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3", ["01-05", "01-07", "01-12"]),
            ("FREQ=WEEKLY;INTERVAL=2;COUNT=3", ["01-05", "01-19", "02-02"]),
            ("FREQ=MONTHLY;BYDAY=1WE;COUNT=2", ["01-06", "02-03"]),
            ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", ["01-29", "02-26"]),
            ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", ["01-31", "03-31", "05-31"]),
            ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", ["01-31", "02-28"]),
            ("FREQ=DAILY;UNTIL=20270107", ["01-05", "01-06", "01-07"]),
            ("FREQ=DAILY;UNTIL=20270107T165959Z", ["01-05", "01-06"]),
            ("FREQ=DAILY;UNTIL=20270107T170000Z", ["01-05", "01-06", "01-07"]),
            ("rrule:freq=daily;count=1", ["01-05"]),
        ],
    )
    def test_a_rule_gives(self, rule: str, expected: list[str]) -> None:
        assert dates(rule) == expected

    def test_an_excluded_date_still_counts(self) -> None:
        found = occurrences(
            {**USUAL, "rrule": "FREQ=DAILY;COUNT=3", "exDates": ["2027-01-06"]}, "Europe/Warsaw"
        )
        assert [(due.number, due.date) for due in found] == [(1, "2027-01-05"), (3, "2027-01-07")]


class TestClocks:
    def test_six_in_the_evening_stays_six_in_the_evening(self) -> None:
        found = occurrences({**USUAL, "rrule": "FREQ=MONTHLY;BYMONTHDAY=10;COUNT=12"}, "Europe/Warsaw")
        assert {due.starts[11:16] for due in found} == {"17:00", "16:00"}

    def test_a_time_that_is_skipped_moves_by_the_gap(self) -> None:
        night = {**USUAL, "startDate": "2027-03-28", "startTime": "02:30", "rrule": "FREQ=DAILY;COUNT=1"}
        (due,) = occurrences(night, "Europe/Warsaw")
        assert (due.starts, due.ends) == ("2027-03-28T01:30:00.000Z", "2027-03-28T02:30:00.000Z")

    def test_of_a_time_that_comes_twice_the_first_is_meant(self) -> None:
        night = {**USUAL, "startDate": "2027-10-31", "startTime": "02:30", "rrule": "FREQ=DAILY;COUNT=1"}
        (due,) = occurrences(night, "Europe/Warsaw")
        assert due.starts == "2027-10-31T00:30:00.000Z"

    def test_half_an_hour_of_summer_time(self) -> None:
        lord_howe = {**USUAL, "startDate": "2027-04-03", "rrule": "FREQ=DAILY;COUNT=2"}
        found = occurrences(lord_howe, "Australia/Lord_Howe")
        assert [due.starts[11:16] for due in found] == ["07:00", "07:30"]

    def test_an_event_lasts_as_long_as_it_says_when_the_clocks_change(self) -> None:
        night = {**USUAL, "startDate": "2027-03-28", "startTime": "01:00", "rrule": "FREQ=DAILY;COUNT=1"}
        (due,) = occurrences({**night, "durationMinutes": 120}, "Europe/Warsaw")
        assert due.ends == "2027-03-28T02:00:00.000Z"


class TestRefusals:
    @pytest.mark.parametrize(
        "rule",
        [
            "",
            "FREQ=DAILY",
            "COUNT=3",
            "FREQ=HOURLY;COUNT=3",
            "FREQ=DAILY;COUNT=3;UNTIL=20270107",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;COUNT=367",
            "FREQ=DAILY;UNTIL=20290101",
            "FREQ=DAILY;COUNT=³",
            "FREQ=DAILY;COUNT=3;COUNT=4",
            "FREQ=DAILY;COUNT=3;BYSETPOS=1",
            "FREQ=DAILY;COUNT=3;INTERVAL=0",
            "FREQ=WEEKLY;COUNT=3;BYDAY=1TU",
            "FREQ=WEEKLY;COUNT=3;BYDAY=XX",
            "FREQ=WEEKLY;COUNT=3;WKST=XX",
            "FREQ=WEEKLY;COUNT=3;BYMONTHDAY=1",
            "FREQ=MONTHLY;COUNT=3;BYMONTHDAY=32",
            "FREQ=DAILY;UNTIL=20271341",
            "FREQ=DAILY;UNTIL=tomorrow",
            "FREQ=DAILY;UNTIL=20260101",
            "FREQ=DAILY;INTERVAL=7;BYDAY=MO;COUNT=3",
        ],
    )
    def test_what_cannot_be_used(self, rule: str) -> None:
        with pytest.raises(InvalidRecurrence):
            dates(rule)

    @pytest.mark.parametrize("start", ["2027-02-30", "0001-01-01", "9999-12-31"])
    def test_dates_that_are_none(self, start: str) -> None:
        with pytest.raises(InvalidRecurrence):
            dates("FREQ=DAILY;COUNT=3", startDate=start)

    def test_a_rule_that_matches_rarely_comes_to_an_end(self) -> None:
        assert 0 < len(dates("FREQ=DAILY;BYMONTHDAY=31;BYDAY=FR;COUNT=366")) < 30
