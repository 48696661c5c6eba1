"""What is taken of practitioners' time: the bookings and holds of a day, found through an index.

A booking or hold that takes time carries `_busy`, one key for each practitioner and UTC day it touches; one
that gives its time back loses the keys. So the index holds what counts, and nothing scans all bookings.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.slot_calendar import Taken


def busy_keys(practitioner_id: str, starts_at: str, ends_at: str) -> list[str]:
    """The keys of a stretch of time, given as documents store instants."""
    first, last = starts_at[:10], ends_at[:10]
    if first == last:
        return [f"{practitioner_id}|{first}"]
    return [f"{practitioner_id}|{first}", f"{practitioner_id}|{last}"]


class Diary:
    """Reads each practitioner and day once. `without`: ids of bookings and holds to overlook."""

    def __init__(self, tx: Transaction, without: Collection[str] = ()) -> None:
        self._tx = tx
        self._without = without
        self._days: dict[str, list[Taken]] = {}

    def taken(self, practitioner_id: str, begin: datetime, end: datetime) -> list[Taken]:
        """What may overlap [begin, end), and a little around it; each stretch once."""
        day, last = begin.date(), end.date()
        if day == last:
            return self._day(practitioner_id, day)
        found: dict[str, Taken] = {}
        while day <= last:
            found |= {stretch.key: stretch for stretch in self._day(practitioner_id, day)}
            day += timedelta(days=1)
        return list(found.values())

    def _day(self, practitioner_id: str, day: date) -> list[Taken]:
        key = f"{practitioner_id}|{day.isoformat()}"
        found = self._days.get(key)
        if found is None:
            bookings = self._tx.find("booking", {"_busy": key})
            holds = self._tx.find("slot_hold", {"_busy": key})
            found = self._days[key] = [
                *(_stretch(booking) for booking in bookings if booking["id"] not in self._without),
                *(_hold_stretch(hold) for hold in holds if hold["id"] not in self._without),
            ]
        return found


def _stretch(booking: Document) -> Taken:
    starts, ends = parse_instant(booking["startsAt"]), parse_instant(booking["endsAt"])
    return Taken(booking["id"], "booking", booking["offeringId"], starts, ends)


def _hold_stretch(hold: Document) -> Taken:
    starts, ends = parse_instant(hold["startsAt"]), parse_instant(hold["endsAt"])
    return Taken(hold["id"], "hold", hold["offeringId"], starts, ends, parse_instant(hold["expiresAt"]))
