"""When a schedule runs: five-field cron or an RFC 5545 rule, by the wall clock of a time zone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from dateutil import rrule

from sandbox.kernel.errors import DomainError, InvalidSchedule
from sandbox.platform.zones import check_zone

OFTENEST = timedelta(minutes=5)
LOOKED_AT = 100
"""Two runs that come too close to each other are among the first hundred."""
HORIZON = timedelta(days=5 * 366)
"""A rule that matches nothing for five years is taken to match nothing."""
TARGET = "/schedule"
_RULE = re.compile(r"[A-Z]+=[A-Z0-9,+\-]+(;[A-Z]+=[A-Z0-9,+\-]+)*")
_NUMBER = re.compile(r"[1-9]\d{0,3}")
_COMMON = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"))
_WEEK = _COMMON | {"BYDAY", "BYHOUR", "BYMINUTE"}
_YEAR = _WEEK | {"BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"}
FREQUENCIES = {
    "YEARLY": _YEAR,
    "MONTHLY": _YEAR,
    "WEEKLY": _WEEK,
    "DAILY": _WEEK,
    "HOURLY": _COMMON | {"BYMINUTE"},
    "MINUTELY": _COMMON,
}
"""The parts each goes with: what may match once in years is not searched hour by hour."""


def check_recurrence(recurrence: Mapping[str, Any], begin: datetime) -> None:
    """Raises InvalidSchedule or InvalidTimezone for what cannot be followed."""
    check_zone(recurrence["timezone"], f"{TARGET}/timezone")
    if bool(recurrence.get("cron")) == bool(recurrence.get("rrule")):
        raise InvalidSchedule(details="send cron or rrule, one of them", target=TARGET)
    first = list(islice(moments(recurrence, begin, begin), LOOKED_AT))
    if not first:
        raise InvalidSchedule(details="it never comes to run", target=_target(recurrence))
    if any(later - earlier < OFTENEST for earlier, later in pairwise(first)):
        raise InvalidSchedule(details="runs less than five minutes apart", target=_target(recurrence))


def next_run(recurrence: Mapping[str, Any], begin: datetime, after: datetime) -> datetime | None:
    """The first run after a moment, None behind the last."""
    return next(moments(recurrence, begin, after), None)


def moments(recurrence: Mapping[str, Any], begin: datetime, after: datetime) -> Iterator[datetime]:
    """The runs after a moment, in UTC; a rule is counted from `begin`."""
    zone = ZoneInfo(recurrence["timezone"])
    if recurrence.get("cron"):
        return _by_cron(recurrence["cron"], zone, after)
    return _by_rule(recurrence["rrule"], zone, begin, after)


def _by_cron(expression: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """As Debian's cron: what a change of the clocks skips runs right after it, what it repeats runs once."""
    if len(expression.split()) != 5:
        raise InvalidSchedule(details="cron has five fields here", target=f"{TARGET}/cron")
    try:
        found = CronSim(expression, after.astimezone(zone))
    except CronSimError as fault:
        raise InvalidSchedule(details=f"cron: {fault}", target=f"{TARGET}/cron") from None
    return (moment.astimezone(UTC) for moment in found)


def _by_rule(text: str, zone: ZoneInfo, begin: datetime, after: datetime) -> Iterator[datetime]:
    """Days and longer go by the wall clock, hours and minutes by the time that passes."""
    parts = _parts(text)
    passing = parts["FREQ"] in ("HOURLY", "MINUTELY")
    by = timezone(begin.astimezone(zone).utcoffset() or timedelta()) if passing else zone
    end = after.astimezone(by).replace(tzinfo=None) + HORIZON
    if "UNTIL" in parts:
        end = min(end, _until(parts.pop("UNTIL"), by))
    count = int(parts.pop("COUNT", "0")) or None
    wall = begin.astimezone(by).replace(tzinfo=None, microsecond=0)
    rule = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        followed = rrule.rrulestr(rule, dtstart=wall)
        assert isinstance(followed, rrule.rrule)  # one rule makes no set
        followed = followed.replace(until=end)
    except (ValueError, TypeError, OverflowError) as fault:
        raise _unusable(str(fault)) from None
    return _elapsed(islice(followed, count), by, after)


def _elapsed(walls: Iterable[datetime], zone: tzinfo, after: datetime) -> Iterator[datetime]:
    """A time that does not exist moves forward by the gap, of two the first is meant; none comes twice."""
    for wall in walls:
        moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment > after:
            after = moment
            yield moment


def _parts(text: str) -> dict[str, str]:
    pairs = [part.partition("=")[::2] for part in text.split(";")]
    parts = dict(pairs)
    if not _RULE.fullmatch(text) or len(parts) != len(pairs):
        raise _unusable("write NAME=VALUE;NAME=VALUE, each name once")
    allowed = FREQUENCIES.get(parts.get("FREQ", ""))
    if allowed is None:
        raise _unusable(f"FREQ is one of {', '.join(FREQUENCIES)}")
    if faulty := [name for name in ("INTERVAL", "COUNT") if not _NUMBER.fullmatch(parts.get(name, "1"))]:
        raise _unusable(f"{faulty[0]} is a number from 1 to 9999")
    if unknown := parts.keys() - allowed:
        raise _unusable(f"{min(unknown)} is not understood with FREQ={parts['FREQ']}")
    return parts


def _until(text: str, zone: tzinfo) -> datetime:
    """The last moment as the zone's wall clock shows it; a date alone is meant to its end."""
    for form in ("%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S", "%Y%m%d"):
        try:
            moment = datetime.strptime(text, form)
            if form[-1] == "Z":
                return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
            return moment if "T" in form else datetime.combine(moment, time.max)
        except (ValueError, OverflowError):
            continue
    raise _unusable("UNTIL is a date or a date with a time")


def _unusable(why: str) -> DomainError:
    return InvalidSchedule(details=f"rrule: {why}", target=f"{TARGET}/rrule")


def _target(recurrence: Mapping[str, Any]) -> str:
    return f"{TARGET}/{'cron' if recurrence.get('cron') else 'rrule'}"
