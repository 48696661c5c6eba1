"""Recurrence rules by RFC 5545: wall-clock times that stay the same when the clocks change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from dateutil import rrule

from sandbox.kernel.clock import instant
from sandbox.kernel.errors import DomainError, InvalidRecurrence

MOST = 366
YEAR = timedelta(days=366)
FREQUENCIES: dict[str, Any] = {"DAILY": rrule.DAILY, "WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY}
HORIZONS = {"DAILY": 10 * YEAR, "WEEKLY": 40 * YEAR, "MONTHLY": 40 * YEAR}
"""How far a rule is followed: one that never matches comes to an end too."""
FIRST_YEAR, LAST_YEAR = 1970, 2199
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KNOWN = ("FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "COUNT", "UNTIL", "WKST")
TARGET = "/recurrence/rrule"

_BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")


class Occurrence(NamedTuple):
    """`number` counts every date of the rule from 1, the excluded ones too, so that it never shifts."""

    number: int
    date: str
    starts: str
    ends: str


def occurrences(recurrence: Mapping[str, Any], zone: str) -> list[Occurrence]:
    """Every date of the rule that is not excluded; raises InvalidRecurrence."""
    excluded = set(recurrence["exDates"])
    length = timedelta(minutes=recurrence["durationMinutes"])
    place = ZoneInfo(zone)
    return [
        Occurrence(number, day, instant(starts), instant(starts + length))
        for number, wall in enumerate(_walls(recurrence, place), start=1)
        if (day := wall.date().isoformat()) not in excluded
        for starts in (at_wall_time(wall, place),)
    ]


def at_wall_time(wall: datetime, place: ZoneInfo) -> datetime:
    """The instant; a time that the clocks skip moves forward by the gap, of two the first is meant."""
    return wall.replace(tzinfo=place, fold=0).astimezone(UTC)


def _walls(recurrence: Mapping[str, Any], place: ZoneInfo) -> list[datetime]:
    parts = _parts(recurrence["rrule"])
    start = _start(recurrence)
    found = list(islice(_rule(parts, start, place), MOST + 1))
    if len(found) > MOST:
        raise _invalid(f"it gives more than {MOST} dates")
    if not found:
        raise _invalid("it gives no date at all")
    return found


def _start(recurrence: Mapping[str, Any]) -> datetime:
    try:
        day = date.fromisoformat(recurrence["startDate"])
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(f"series start between {FIRST_YEAR} and {LAST_YEAR}")
        return datetime.combine(day, time.fromisoformat(recurrence["startTime"]))
    except ValueError as fault:
        raise InvalidRecurrence(details=str(fault), target="/recurrence/startDate") from None


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if name not in KNOWN or not equals or not value or name in parts:
            raise _invalid(f"'{part[:40]}' is not understood; use each of {', '.join(KNOWN)} once at most")
        parts[name] = value
    if ("COUNT" in parts) == ("UNTIL" in parts):
        raise _invalid("give COUNT or UNTIL, one of them")
    return parts


def _rule(parts: Mapping[str, str], start: datetime, place: ZoneInfo) -> Iterator[datetime]:
    frequency = parts.get("FREQ", "")
    if frequency not in FREQUENCIES:
        raise _invalid(f"FREQ is one of {', '.join(FREQUENCIES)}")
    horizon = start + HORIZONS[frequency]
    until = _until(parts["UNTIL"], place) if "UNTIL" in parts else horizon
    wanted = _number(parts, "COUNT", MOST) if "COUNT" in parts else None
    rule = rrule.rrule(
        FREQUENCIES[frequency],
        dtstart=start,
        interval=_number(parts, "INTERVAL", 1000) if "INTERVAL" in parts else 1,
        until=min(until, horizon),
        wkst=_weekday(parts.get("WKST", "MO")),
        byweekday=_weekdays(parts["BYDAY"], frequency) if "BYDAY" in parts else None,
        bymonthday=_month_days(parts["BYMONTHDAY"], frequency) if "BYMONTHDAY" in parts else None,
    )
    return islice(iter(rule), wanted)


def _number(parts: Mapping[str, str], name: str, most: int) -> int:
    value = parts[name]
    if not value.isascii() or not value.isdigit() or len(value) > 4 or not 1 <= int(value) <= most:
        raise _invalid(f"{name} is a number from 1 to {most}")
    return int(value)


def _weekday(name: str) -> Any:
    if name not in WEEKDAYS:
        raise _invalid(f"'{name[:10]}' is no weekday")
    return rrule.weekday(WEEKDAYS.index(name))


def _weekdays(text: str, frequency: str) -> list[Any]:
    days = []
    for part in text.split(","):
        match = _BYDAY.fullmatch(part)
        if match is None or (match[1] and frequency != "MONTHLY"):
            raise _invalid(f"'{part[:10]}' is no weekday of FREQ={frequency}")
        day = _weekday(match[2])
        days.append(day(int(match[1])) if match[1] else day)
    return days


def _month_days(text: str, frequency: str) -> list[int]:
    days = []
    for part in text.split(","):
        if not re.fullmatch(r"[+-]?\d{1,2}", part, re.ASCII) or not 1 <= abs(int(part)) <= 31:
            raise _invalid(f"'{part[:10]}' is no day of a month")
        days.append(int(part))
    if frequency == "WEEKLY":
        raise _invalid("BYMONTHDAY does not go with FREQ=WEEKLY")
    return days


def _until(text: str, place: ZoneInfo) -> datetime:
    """The last wall-clock time that may be met; a date alone is meant to its end."""
    match = _UNTIL.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        if match[2] is None:
            return datetime.combine(datetime.strptime(match[1], "%Y%m%d"), time.max)
        wall = datetime.strptime(match[1] + match[2], "%Y%m%d%H%M%S")
        return wall.replace(tzinfo=UTC).astimezone(place).replace(tzinfo=None) if match[3] else wall
    except (ValueError, OverflowError):
        raise _invalid(f"UNTIL={text[:20]} is no date like 20271231 or 20271231T170000Z") from None


def _invalid(details: str) -> DomainError:
    return InvalidRecurrence(details=f"the rule cannot be used: {details}", target=TARGET)
