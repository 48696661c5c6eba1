"""Calendars (RFC 5545): the same entries give the same bytes, with the rules of every time zone they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sandbox.formats.timezones import timezone

if TYPE_CHECKING:
    import icalendar

PRODUCT = "-//Event Sandbox//Calendar 1.0//EN"
TENTATIVE, CONFIRMED, CANCELLED = "TENTATIVE", "CONFIRMED", "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that takes place; `changed` is when it was last written, which is when it is stamped.

    `revision` counts changes from 0. Of an all-day entry only the local dates count.
    """

    id: str
    title: str
    starts: datetime
    ends: datetime
    timezone: str
    status: str
    revision: int
    created: datetime
    changed: datetime
    all_day: bool = False
    description: str = ""
    place: str = ""
    url: str = ""
    position: tuple[float, float] | None = None
    categories: Sequence[str] = ()
    is_private: bool = False


def calendar(name: str, entries: Sequence[Entry]) -> bytes:
    """A calendar to subscribe to or to import."""
    import icalendar  # slow to load: at the first calendar, not at start

    whole = icalendar.Calendar()
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("method", "PUBLISH")
    whole.add("x-wr-calname", name)
    for zone in sorted({entry.timezone for entry in entries if not entry.all_day} - {"UTC"}):
        years = [moment.year for each in entries for moment in (each.starts, each.ends)]
        whole.add_component(timezone(zone, min(years) - 1, max(years) + 2))
    for entry in entries:
        whole.add_component(_event(entry))
    return bytes(whole.to_ical())


def _event(entry: Entry) -> icalendar.Event:
    import icalendar

    event = icalendar.Event()
    event.add("uid", f"{entry.id}@sandbox.example")
    event.add("dtstamp", entry.changed)
    event.add("created", entry.created)
    event.add("last-modified", entry.changed)
    event.add("sequence", entry.revision)
    event.add("status", entry.status)
    event.add("summary", entry.title)
    _add_times(event, entry)
    texts = {"description": entry.description, "location": entry.place, "url": entry.url}
    for name, text in texts.items():
        if text:
            event.add(name, text)
    if entry.position:
        event.add("geo", entry.position)
    if entry.categories:
        event.add("categories", list(entry.categories))
    event.add("class", "PRIVATE" if entry.is_private else "PUBLIC")
    event.add("transp", "TRANSPARENT" if entry.all_day or entry.status == CANCELLED else "OPAQUE")
    return event


def _add_times(event: icalendar.Event, entry: Entry) -> None:
    """Local times with their zone; whole days end with the day after the last."""
    zone = ZoneInfo(entry.timezone)
    starts, ends = entry.starts.astimezone(zone), entry.ends.astimezone(zone)
    if not entry.all_day:
        event.add("dtstart", _told(starts))
        event.add("dtend", _told(ends))
        return
    last = ends.date() if ends.time() == datetime.min.time() else ends.date() + timedelta(days=1)
    event.add("dtstart", starts.date())
    event.add("dtend", max(last, starts.date() + timedelta(days=1)))


def _told(local: datetime) -> datetime:
    """Local time, but in UTC where the clocks were put back: a local time then means the first of two."""
    return local.astimezone(UTC) if local.fold else local
