"""The slot algorithm: working hours on the wall clock, slots in elapsed time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.platform.slot_calendar import (
    DAYS,
    Cut,
    Hours,
    Taken,
    begin_of_day,
    day_starts,
    judge,
    overlapping_periods,
    slot_id,
    wall_instant,
)

WHOLE_DAY = (("00:00", "24:00"),)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def half_hours(zone: str, **changes: Any) -> Cut:
    return Cut(zone, 30, 30, 0, 0)._replace(**changes)


def every_day(*periods: tuple[str, str]) -> dict[str, Any]:
    rule = [{"start": start, "end": end} for start, end in periods]
    return {"weekly": [{"day": day, "periods": rule} for day in DAYS]}


class TestWallInstant:
    def test_time_in_a_gap_moves_forward_by_the_gap(self) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        assert wall_instant(date(2026, 3, 29), "02:30", berlin) == at("2026-03-29T01:30")

    def test_ambiguous_time_is_the_first_occurrence(self) -> None:
        new_york = ZoneInfo("America/New_York")
        assert wall_instant(date(2026, 11, 1), "01:30", new_york) == at("2026-11-01T05:30")

    @pytest.mark.parametrize(
        ("zone", "moment", "begin"),
        [
            ("America/Havana", "2026-11-01T05:30", "2026-11-01T04:00"),  # its first hour comes twice
            ("America/Santiago", "2026-09-06T12:00", "2026-09-06T04:00"),  # its first hour is left out
            ("Pacific/Apia", "2026-11-18T11:00", "2026-11-18T11:00"),
        ],
    )
    def test_a_day_begins_where_its_clocks_first_show_it(self, zone: str, moment: str, begin: str) -> None:
        assert begin_of_day(at(moment), zone) == at(begin)

    def test_end_of_day_is_midnight_of_the_next(self) -> None:
        assert wall_instant(date(2026, 12, 31), "24:00", ZoneInfo("UTC")) == at("2027-01-01T00:00")


class TestDayStarts:
    @pytest.mark.parametrize(
        ("zone", "day", "hours"),
        [
            ("Europe/Warsaw", date(2026, 3, 29), 23),
            ("Europe/Warsaw", date(2026, 10, 25), 25),
            ("America/New_York", date(2026, 3, 8), 23),
            ("America/New_York", date(2026, 11, 1), 25),
            ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
            ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
            ("Asia/Kathmandu", date(2026, 10, 4), 24),
            ("Pacific/Kiritimati", date(2026, 10, 4), 24),
        ],
    )
    def test_a_day_has_as_many_slots_as_elapsed_half_hours(self, zone: str, day: date, hours: float) -> None:
        starts = day_starts(day, WHOLE_DAY, half_hours(zone))
        assert len(starts) == hours * 2
        assert all(
            later - earlier == timedelta(minutes=30)
            for earlier, later in zip(starts, starts[1:], strict=False)
        )

    def test_no_slot_starts_in_the_gap(self) -> None:
        starts = day_starts(date(2026, 3, 8), (("00:00", "06:00"),), half_hours("America/New_York"))
        local = [start.astimezone(ZoneInfo("America/New_York")).strftime("%H:%M") for start in starts]
        assert "02:00" not in local
        assert "02:30" not in local
        assert len(local) == 10

    def test_the_repeated_hour_is_worked_twice(self) -> None:
        starts = day_starts(date(2026, 11, 1), (("00:00", "06:00"),), half_hours("America/New_York"))
        local = [start.astimezone(ZoneInfo("America/New_York")).strftime("%H:%M %z") for start in starts]
        assert local.count("01:30 -0400") == local.count("01:30 -0500") == 1
        assert len(local) == 14

    def test_lord_howe_loses_one_half_hour_in_spring(self) -> None:
        starts = day_starts(date(2026, 10, 4), (("01:00", "04:00"),), half_hours("Australia/Lord_Howe"))
        local = [start.astimezone(ZoneInfo("Australia/Lord_Howe")).strftime("%H:%M") for start in starts]
        assert local == ["01:00", "01:30", "02:30", "03:00", "03:30"]

    def test_kathmandu_is_a_quarter_hour_off(self) -> None:
        starts = day_starts(date(2026, 11, 23), (("09:00", "10:00"),), half_hours("Asia/Kathmandu"))
        assert starts == (at("2026-11-23T03:15"), at("2026-11-23T03:45"))

    def test_a_night_shift_is_two_periods_that_meet_at_midnight(self) -> None:
        zone = "America/New_York"
        evening = day_starts(date(2026, 11, 23), (("22:00", "24:00"),), half_hours(zone))
        morning = day_starts(date(2026, 11, 24), (("00:00", "06:00"),), half_hours(zone))
        assert len(evening) == 4
        assert len(morning) == 12
        assert morning[0] - evening[-1] == timedelta(minutes=30)

    def test_a_start_needs_duration_and_buffer_before_the_period_ends(self) -> None:
        cut = half_hours("UTC", duration=30, step=15, after=10)
        assert day_starts(date(2026, 11, 23), (("09:00", "10:00"),), cut) == (
            at("2026-11-23T09:00"),
            at("2026-11-23T09:15"),
        )

    def test_a_period_moved_onto_the_next_by_a_gap_gives_no_slot_twice(self) -> None:
        periods = (("02:00", "03:00"), ("03:00", "04:00"), ("02:30", "02:45"))
        starts = day_starts(date(2026, 3, 29), periods, half_hours("Europe/Berlin", step=15, duration=15))
        assert len(set(starts)) == len(starts) == 4


class TestHours:
    def test_weekly_rule_applies_from_its_effective_date(self) -> None:
        schedule = {**every_day(("09:00", "10:00")), "effectiveFrom": "2026-11-24"}
        hours = Hours(schedule, (), "o", half_hours("UTC"))
        assert list(hours.starts(at("2026-11-23T00:00"), at("2026-11-25T00:00"))) == [
            at("2026-11-24T09:00"),
            at("2026-11-24T09:30"),
        ]

    def test_override_stands_in_for_the_weekly_rule(self) -> None:
        custom = {"date": "2026-11-23", "kind": "custom", "periods": [{"start": "12:00", "end": "12:30"}]}
        hours = Hours(every_day(("09:00", "10:00")), [custom], "o", half_hours("UTC"))
        assert list(hours.starts(at("2026-11-23T00:00"), at("2026-11-24T00:00"))) == [at("2026-11-23T12:00")]
        assert hours.had(at("2026-11-23T09:00"))
        assert not hours.has(at("2026-11-23T09:00"))

    def test_a_closed_day_has_no_slots(self) -> None:
        closed = {"date": "2026-11-23", "kind": "closed"}
        hours = Hours(every_day(("09:00", "10:00")), [closed], "o", half_hours("UTC"))
        assert list(hours.starts(at("2026-11-23T00:00"), at("2026-11-24T00:00"))) == []

    def test_a_period_may_be_for_some_offerings_only(self) -> None:
        rule = {"day": "mon", "periods": [{"start": "09:00", "end": "10:00", "offeringIds": ["a"]}]}
        for offering, expected in (("a", 2), ("b", 0)):
            hours = Hours({"weekly": [rule]}, (), offering, half_hours("UTC"))
            assert len(list(hours.starts(at("2026-11-23T00:00"), at("2026-11-24T00:00")))) == expected

    def test_the_range_includes_its_start_and_excludes_its_end(self) -> None:
        hours = Hours(every_day(("09:00", "11:00")), (), "o", half_hours("UTC"))
        assert list(hours.starts(at("2026-11-23T09:30"), at("2026-11-23T10:30"))) == [
            at("2026-11-23T09:30"),
            at("2026-11-23T10:00"),
        ]


class TestJudge:
    start = at("2026-11-23T10:00")

    def taken(self, minutes: int, length: int = 30, holder: Any = "booking", offering: str = "o") -> Taken:
        starts = self.start + timedelta(minutes=minutes)
        return Taken(f"{holder}{minutes}", holder, offering, starts, starts + timedelta(minutes=length))

    def verdict(self, *taken: Taken, capacity: int = 1, **cut: int) -> tuple[str, int]:
        found = judge(self.start, half_hours("UTC", **cut), ("o", capacity), (), taken)
        return found.status, found.remaining

    def test_neighbours_do_not_matter_without_buffers(self) -> None:
        assert self.verdict(self.taken(-30), self.taken(30)) == ("free", 1)

    def test_buffers_keep_their_distance(self) -> None:
        assert self.verdict(self.taken(-30), before=15) == ("blocked", 0)
        assert self.verdict(self.taken(35), after=10) == ("blocked", 0)
        assert self.verdict(self.taken(40), after=10) == ("free", 1)

    def test_the_same_slot_is_booked_another_offering_blocks(self) -> None:
        assert self.verdict(self.taken(0)) == ("booked", 0)
        assert self.verdict(self.taken(0, offering="other")) == ("blocked", 0)
        assert self.verdict(self.taken(-15)) == ("blocked", 0)

    def test_a_hold_is_told_apart_from_a_booking(self) -> None:
        assert self.verdict(self.taken(0, holder="hold")) == ("held", 0)
        assert self.verdict(self.taken(-15, holder="hold")) == ("held", 0)
        assert self.verdict(self.taken(-15, holder="hold"), self.taken(15)) == ("blocked", 0)

    def test_a_group_shares_its_capacity(self) -> None:
        crowd = [self.taken(0) for _ in range(7)]
        assert self.verdict(*crowd, capacity=8) == ("free", 1)
        assert self.verdict(*crowd, self.taken(0), capacity=8) == ("booked", 0)
        assert self.verdict(*crowd, self.taken(0, holder="hold"), capacity=8) == ("held", 0)

    def test_a_break_blocks(self) -> None:
        pause = (self.start + timedelta(minutes=29), self.start + timedelta(hours=1))
        assert judge(self.start, half_hours("UTC"), ("o", 1), [pause], ()).status == "blocked"


class TestOverlappingPeriods:
    @pytest.mark.parametrize(
        ("periods", "faulty"),
        [
            ([("09:00", "12:00"), ("12:00", "24:00")], ()),
            ([("09:00", "12:00"), ("11:59", "13:00")], (("09:00", "12:00"), ("11:59", "13:00"))),
            ([("22:00", "06:00")], (("22:00", "06:00"),)),
            ([("09:00", "09:00")], (("09:00", "09:00"),)),
        ],
        ids=["touching", "overlapping", "over midnight", "empty"],
    )
    def test_names_what_is_wrong(self, periods: list[tuple[str, str]], faulty: tuple[Any, ...]) -> None:
        assert overlapping_periods([{"start": start, "end": end} for start, end in periods]) == faulty


def test_slot_id_depends_on_assignment_offering_and_start_alone() -> None:
    key = "c4000000-0000-4000-8000-000000000001"
    assert slot_id(key, "o", "2026-11-23T08:00:00.000Z") == slot_id(key, "o", "2026-11-23T08:00:00.000Z")
    assert slot_id(key, "o", "2026-11-23T08:00:00.000Z") != slot_id(key, "p", "2026-11-23T08:00:00.000Z")


ZONES = st.sampled_from(
    [
        "Europe/Warsaw",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Africa/Cairo",
        "Pacific/Apia",
    ]
)
TIMES = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02d}:{quarter % 4 * 15:02d}")
PERIODS = st.lists(st.tuples(TIMES, TIMES).filter(lambda p: p[0] < p[1]), max_size=4).map(tuple)
WHENS = st.dates(date(2025, 1, 1), date(2028, 1, 1))


class TestProperties:
    @given(ZONES, WHENS, PERIODS, st.integers(5, 60), st.integers(5, 120), st.integers(0, 30))
    @settings(max_examples=300, deadline=None)
    def test_slots_are_ordered_unique_and_inside_working_time(
        self, zone: str, day: date, periods: Any, step: int, duration: int, after: int
    ) -> None:
        starts = day_starts(day, periods, Cut(zone, step, duration, 0, after))
        assert list(starts) == sorted(set(starts))
        spans = [tuple(wall_instant(day, wall, ZoneInfo(zone)) for wall in period) for period in periods]
        needed = timedelta(minutes=duration + after)
        assert all(
            any(opens <= start and start + needed <= closes for opens, closes in spans) for start in starts
        )

    @given(ZONES, WHENS, PERIODS, st.integers(1, 400))
    @settings(max_examples=150, deadline=None)
    def test_ranges_that_meet_give_what_the_whole_range_gives(
        self, zone: str, day: date, periods: Any, hours_in: int
    ) -> None:
        hours = Hours(every_day(*periods), (), "o", half_hours(zone))
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
        middle, end = begin + timedelta(hours=hours_in), begin + timedelta(days=20)
        parts = [*hours.starts(begin, middle), *hours.starts(middle, end)]
        assert parts == list(hours.starts(begin, end))
        assert all(hours.has(start) for start in parts[:5])
