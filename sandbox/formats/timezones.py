"""Time zones for calendars: when which offset begins to hold, for programs that have no zone data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import icalendar

STEP = timedelta(days=1)
EXACT = timedelta(minutes=1)
Change = tuple[timedelta, timedelta, str, bool]
"""Offsets before and after, the name that holds then, and whether it is summer time."""


@lru_cache(256)
def timezone(name: str, first: int, last: int) -> icalendar.Timezone:
    """The offsets from the year `first` to before the year `last`; never changed after it was made."""
    import icalendar

    zone = ZoneInfo(name)
    begin, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    groups: dict[Change, list[datetime]] = {_kind(zone, begin, begin): [begin]}
    for moment in _changes(zone, begin, end):
        groups.setdefault(_kind(zone, moment - EXACT, moment), []).append(moment)
    whole = icalendar.Timezone()
    whole.add("tzid", name)
    for (before, after, label, is_summer), moments in groups.items():
        part = icalendar.TimezoneDaylight() if is_summer else icalendar.TimezoneStandard()
        # local times as told before the change, which is how RFC 5545 has them
        local = [(moment + before).replace(tzinfo=None) for moment in moments]
        part.add("dtstart", local[0])
        if local[1:]:
            part.add("rdate", local[1:])
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("tzname", label)
        whole.add_component(part)
    return whole


def _kind(zone: ZoneInfo, before: datetime, after: datetime) -> Change:
    then, now = before.astimezone(zone), after.astimezone(zone)
    nothing = timedelta(0)
    return then.utcoffset() or nothing, now.utcoffset() or nothing, now.tzname() or "", bool(now.dst())


def _changes(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The instants from which another offset holds, to the minute."""
    moment = begin
    while moment < end:
        following = moment + STEP
        if moment.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            yield _exactly(zone, moment, following)
        moment = following


def _exactly(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    offset = before.astimezone(zone).utcoffset()
    while after - before > EXACT:
        middle = before + (after - before) // 2
        middle = middle.replace(second=0, microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
