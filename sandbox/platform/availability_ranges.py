"""Working time set for a range of days at once: kept as overrides, one for each day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sandbox.kernel import errors
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.availability import Desk
from sandbox.platform.overrides import schedule_overrides, tell_of_change
from sandbox.platform.slot_calendar import ONE_DAY, overlapping_periods, wall_instant

MOST_DAYS = 180
EARLIEST, LATEST = date(1900, 1, 2), date(9999, 12, 1)
MIDNIGHT, END_OF_DAY = "00:00", "24:00"
Span = tuple[str, str]
"""Start and end as documents store instants."""


class Days(NamedTuple):
    """Whole local days of an assignment, the last one included."""

    first: date
    last: date
    zone: ZoneInfo

    def each(self) -> Iterator[date]:
        """Every day, in order."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)

    def bounds(self) -> Span:
        """From the first midnight to the last."""
        begin, end = (wall_instant(day, MIDNIGHT, self.zone) for day in (self.first, self.last + ONE_DAY))
        return instant(begin), instant(end)


def days_of(tx: Transaction, assignment: Document, first: str, last: str) -> Days:
    """The days from one date to another; raises InvalidDateRange or DateRangeTooLarge."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    if end < begin:
        raise errors.InvalidDateRange(details="'to' must not come before 'from'", target="to")
    if (end - begin).days >= MOST_DAYS:
        raise errors.DateRangeTooLarge(details=f"at most {MOST_DAYS} days", target="to")
    if not EARLIEST < begin <= end < LATEST:
        raise errors.InvalidDateRange(details="the days are out of range", target="from")
    zone = tx.need("location", assignment["locationId"])["timezone"]
    return Days(begin, end, ZoneInfo(zone))


def periods_by_day(periods: Iterable[Mapping[str, Any]], days: Days) -> dict[date, list[dict[str, Any]]]:
    """Periods given as instants, as wall-clock periods of local days; one that crosses midnight is cut there.

    Raises ScheduleOverlap, or InvalidDateRange for what lies outside the days."""
    begin, end = days.bounds()
    found: dict[date, list[dict[str, Any]]] = {}
    for number, period in enumerate(periods):
        if not begin <= period["start"] < end or period["end"] > end:
            raise errors.InvalidDateRange(
                details="a period lies outside the range", target=f"/periods/{number}"
            )
        for day, start, close in _walls(period, days.zone, number):
            found.setdefault(day, []).append(
                {"start": start, "end": close, "offeringIds": period.get("offeringIds")}
            )
    for day, hours in found.items():
        if faulty := overlapping_periods(hours):
            spans = " and ".join("–".join(span) for span in faulty)
            raise errors.ScheduleOverlap(details=f"{day}: {spans}", target="/periods")
    return found


def _walls(period: Mapping[str, Any], zone: ZoneInfo, number: int) -> Iterator[tuple[date, str, str]]:
    start, end = (parse_instant(period[edge]).astimezone(zone) for edge in ("start", "end"))
    target = f"/periods/{number}"
    if period["end"] <= period["start"]:
        raise errors.ScheduleOverlap(details="a period ends after it starts", target=target)
    if any(edge.second or edge.microsecond for edge in (start, end)):
        raise errors.BusinessRuleViolation(details="periods begin and end at whole minutes", target=target)
    day, opens = start.date(), _wall(start)
    while day < end.date():
        yield day, opens, END_OF_DAY
        day, opens = day + ONE_DAY, MIDNIGHT
    if _wall(end) != MIDNIGHT:
        yield day, opens, _wall(end)


def _wall(moment: datetime) -> str:
    return f"{moment.hour:02d}:{moment.minute:02d}"


def set_hours(
    tx: Transaction, assignment: Document, days: Days, hours: Mapping[date, list[dict[str, Any]]]
) -> None:
    """Exactly these periods on exactly these days; days that have none are closed."""
    key, (begin, end) = assignment["id"], (days.first.isoformat(), days.last.isoformat())
    for known in tx.find("schedule_override", {"assignmentId": key}):
        if begin <= known["date"] <= end:
            tx.delete("schedule_override", known["id"])
    for day in days.each():
        periods = hours.get(day, [])
        override = {"assignmentId": key, "date": day.isoformat(), "periods": periods, "reason": None}
        kind = "custom" if periods else "closed"
        schedule_overrides.insert(tx, {**override, "kind": kind, "metadata": {}})
    tell_of_change(tx, key)


def count_slots(tx: Transaction, assignment: Document, days: Days) -> int:
    """How many slots the working time of the days gives, over all active offerings."""
    desk, total = Desk(tx), 0
    for sold in tx.find("offering", {"assignmentId": assignment["id"], "status": "active"}):
        hours = desk.offer(sold).hours
        total += sum(len(hours.starts_on(day)) for day in days.each())
    return total


def standing_outside(
    tx: Transaction, assignment_id: str, days: Days, spans: Sequence[Span]
) -> list[Document]:
    """Pending and confirmed bookings of the days that no span contains, in order of time."""
    begin, end = days.bounds()
    active = {"assignmentId": assignment_id, "status": ["pending", "confirmed"]}
    joined = _joined(spans)
    return [
        booking
        for booking in tx.find("booking", active, "startsAt")
        if booking["startsAt"] < end
        and booking["endsAt"] > begin
        and not any(start <= booking["startsAt"] and booking["endsAt"] <= close for start, close in joined)
    ]


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def refuse_outside(standing: Sequence[Document]) -> None:
    """Raises BreakConflictsWithBookings when there are any."""
    if standing:
        links = {"conflicts": [{"href": f"/api/v1/bookings/{booking['id']}"} for booking in standing[:5]]}
        raise errors.BreakConflictsWithBookings(
            details=f"bookings that stand outside the new hours: {len(standing)}", links=links
        )
