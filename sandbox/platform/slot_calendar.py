"""Which starts working time gives and what stands against each: pure, and true to daylight saving time.

Working hours are wall-clock times; slots are elapsed time. A wall-clock time that a spring change skips means
the instant as much later; one that an autumn change repeats means the first.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import sha1
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sandbox.kernel.clock import instant

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ONE_DAY = timedelta(days=1)
DAYS_KEPT = 32
Period = tuple[str, str]
"""Wall-clock start and end, `("22:00", "24:00")`."""
Week = Mapping[str, tuple[Period, ...]]
"""Periods by weekday."""
Status = Literal["free", "held", "booked", "blocked", "past"]


class Cut(NamedTuple):
    """How starts are cut from working time; minutes."""

    zone: str
    step: int
    duration: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A stretch of a practitioner's time that is spoken for."""

    key: str
    holder: Literal["booking", "hold"]
    offering_id: str
    starts: datetime
    ends: datetime
    until: datetime | None = None
    """When a hold lapses."""


class Verdict(NamedTuple):
    """Whether a start can be had; `by` is what takes it."""

    status: Status
    remaining: int
    by: Taken | None = None


def slot_id(assignment_id: str, offering_id: str, start: str) -> str:
    """The identifier of a slot; `start` as documents store it."""
    return str(uuid5(UUID(assignment_id), f"{offering_id}|{start}"))


def starts_of_ids(
    keys: Iterable[str], assignment_id: str, offering_id: str, starts: Iterable[str]
) -> dict[str, str]:
    """Those of the identifiers that stand for one of `starts`: `slot_id` turned round, by trying."""
    wanted = {UUID(key).bytes[:6]: key for key in keys}
    begun = sha1(UUID(assignment_id).bytes + f"{offering_id}|".encode(), usedforsecurity=False)
    found: dict[str, str] = {}
    for start in starts:
        tried = begun.copy()
        tried.update(start.encode())
        key = wanted.get(tried.digest()[:6])
        if key is not None and slot_id(assignment_id, offering_id, start) == key:
            found[key] = start
    return found


def wall_instant(day: date, wall: str, zone: ZoneInfo) -> datetime:
    """The instant of a wall-clock time; `24:00` is the end of the day."""
    hour, minute = int(wall[:2]), int(wall[3:])
    if hour == 24:
        day, hour = day + ONE_DAY, 0
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)


def begin_of_day(moment: datetime, zone: str) -> datetime:
    """The first instant of the local day that a moment lies in, also where the clocks change at midnight."""
    place = ZoneInfo(zone)
    return wall_instant(moment.astimezone(place).date(), "00:00", place)


@lru_cache(maxsize=256)
def _local_day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=16_384)
def day_starts(day: date, periods: tuple[Period, ...], cut: Cut) -> tuple[datetime, ...]:
    """Every start that the working periods of one local day give, in order."""
    zone, step = ZoneInfo(cut.zone), timedelta(minutes=cut.step)
    needed = timedelta(minutes=cut.duration + cut.after)
    starts: set[datetime] = set()
    for opens, closes in periods:
        start, end = wall_instant(day, opens, zone), wall_instant(day, closes, zone)
        while start + needed <= end:
            starts.add(start)
            start += step
    return tuple(sorted(starts))


def week_of(schedule: Mapping[str, Any], offering_id: str) -> Week:
    """The periods of each weekday in which an offering is on sale."""
    week: dict[str, list[Period]] = {}
    for rule in schedule["weekly"]:
        week.setdefault(rule["day"], []).extend(_periods(rule["periods"], offering_id))
    return {name: tuple(periods) for name, periods in week.items()}


def is_same_for_all(schedule: Mapping[str, Any]) -> bool:
    """Whether no period is for some offerings only."""
    return all(period.get("offeringIds") is None for rule in schedule["weekly"] for period in rule["periods"])


@lru_cache(maxsize=16_384)
def as_stored(starts: tuple[datetime, ...]) -> tuple[str, ...]:
    """Instants as documents store them."""
    return tuple(map(instant, starts))


class Hours:
    """When one offering is on sale: weekly hours, with overrides for single days."""

    __slots__ = ("_days", "_effective_from", "_overrides", "_week", "cut", "offering_id")

    def __init__(
        self,
        schedule: Mapping[str, Any],
        overrides: Iterable[Mapping[str, Any]],
        offering_id: str,
        cut: Cut,
        week: Week | None = None,
    ) -> None:
        self.offering_id, self.cut = offering_id, cut
        self._days: dict[date, tuple[datetime, ...]] = {}
        self._week = week_of(schedule, offering_id) if week is None else week
        self._effective_from: str = schedule.get("effectiveFrom") or ""
        self._overrides = {
            override["date"]: _periods(override.get("periods") or (), offering_id) for override in overrides
        }

    def regular_starts(self, day: date) -> tuple[datetime, ...]:
        """By the weekly hours alone."""
        if self._effective_from and day.isoformat() < self._effective_from:
            return ()
        periods = self._week.get(DAYS[day.weekday()])
        return day_starts(day, periods, self.cut) if periods else ()

    def starts_on(self, day: date) -> tuple[datetime, ...]:
        """By the override of the day, if there is one."""
        found = self._days.get(day)
        if found is None:
            override = self._overrides.get(day.isoformat()) if self._overrides else None
            found = self.regular_starts(day) if override is None else day_starts(day, override, self.cut)
            if len(self._days) == DAYS_KEPT:
                self._days.clear()
            self._days[day] = found
        return found

    def starts(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        """All starts in [begin, end), in order."""
        day, last, previous = _local_day(begin, self.cut.zone) - ONE_DAY, end.date() + ONE_DAY, begin
        while day <= last:
            starts = self.starts_on(day)
            for start in starts[bisect_left(starts, previous) :]:
                if start >= end:
                    return
                yield start
                previous = start + timedelta(microseconds=1)
            day += ONE_DAY

    def stored_starts(self, begin: datetime, end: datetime) -> Iterator[str]:
        """All starts of the local days from `begin` to `end`, as documents store them: for many at once."""
        zone = ZoneInfo(self.cut.zone)
        day, last = begin.astimezone(zone).date(), end.astimezone(zone).date()
        while day <= last:
            yield from as_stored(self.starts_on(day))
            day += ONE_DAY

    def has(self, start: datetime) -> bool:
        """Whether a slot starts then."""
        return any(start == found for found in self.starts(start, start + timedelta(seconds=1)))

    def had(self, start: datetime) -> bool:
        """Whether one would by the weekly hours alone."""
        day = start.astimezone(ZoneInfo(self.cut.zone)).date()
        return any(start in self.regular_starts(near) for near in (day - ONE_DAY, day))


def _periods(periods: Iterable[Mapping[str, Any]], offering_id: str) -> tuple[Period, ...]:
    return tuple(
        (period["start"], period["end"])
        for period in periods
        if period.get("offeringIds") is None or offering_id in period["offeringIds"]
    )


def overlapping_periods(periods: Iterable[Mapping[str, Any]]) -> tuple[Period, ...]:
    """The first pair of periods that overlap, or one that ends before it begins; empty if all is well."""
    ordered = sorted((period["start"], period["end"]) for period in periods)
    for period in ordered:
        if period[1] <= period[0]:
            return (period,)
    for earlier, later in zip(ordered, ordered[1:], strict=False):
        if later[0] < earlier[1]:
            return earlier, later
    return ()


def judge(
    start: datetime,
    cut: Cut,
    offering: tuple[str, int],
    breaks: Iterable[tuple[datetime, datetime]],
    taken: Iterable[Taken],
) -> Verdict:
    """What stands against a start. `offering`: its id and how many bookings one of its slots takes."""
    offering_id, capacity = offering
    begin = start - timedelta(minutes=cut.before)
    end = start + timedelta(minutes=cut.duration + cut.after)
    if any(pause[0] < end and pause[1] > begin for pause in breaks):
        return Verdict("blocked", 0)
    same: list[Taken] = []
    others: list[Taken] = []
    for stretch in taken:
        if stretch.starts < end and stretch.ends > begin:
            is_same = stretch.offering_id == offering_id and stretch.starts == start
            (same if is_same else others).append(stretch)
    if others:
        by = _firmest(others)
        return Verdict("blocked" if by.holder == "booking" else "held", 0, by)
    if len(same) < capacity:
        return Verdict("free", capacity - len(same))
    bookings = sum(stretch.holder == "booking" for stretch in same)
    by = _firmest(same) if bookings >= capacity else next(s for s in same if s.holder == "hold")
    return Verdict("booked" if bookings >= capacity else "held", 0, by)


def _firmest(taken: list[Taken]) -> Taken:
    return next((stretch for stretch in taken if stretch.holder == "booking"), taken[0])
