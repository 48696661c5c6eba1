"""Offers: an offering with all that decides about its slots, kept until a document behind it changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sandbox.kernel import errors
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.slot_calendar import Cut, Hours, Week, is_same_for_all, week_of

Break = tuple[datetime, datetime]
BEHIND = ("assignment", "practitioner", "location", "schedule", "schedule_override", "break")
"""Kinds that decide about an offering's slots, besides its own."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An offering with all that decides about its slots."""

    offering: Document
    assignment: Document
    practitioner: Document
    location: Document
    hours: Hours
    breaks: list[Break]

    @property
    def cut(self) -> Cut:
        """How its slots are cut."""
        return self.hours.cut

    def closed(self) -> errors.DomainError | None:
        """Why none of its slots can be booked, if so."""
        if self.offering["status"] != "active" or not self.offering["isVisible"]:
            return errors.OfferingInactive(details="the offering is inactive or hidden", target="/offeringId")
        if self.practitioner["status"] != "active":
            return errors.PractitionerUnavailable(details="inactive", target="/assignmentId")
        is_open = self.location["status"] == "active" and self.location["onlineBookingEnabled"]
        is_staffed = self.assignment["status"] == "active" and self.assignment["calendarStatus"] == "enabled"
        if not (is_open and is_staffed):
            return errors.CalendarDisabled(details="the calendar takes no bookings", target="/assignmentId")
        return None

    def ends(self, start: datetime) -> datetime:
        """When a slot that starts then is over."""
        return start + timedelta(minutes=self.cut.duration)


class Calendar(NamedTuple):
    """What all offerings of an assignment share."""

    assignment: Document
    practitioner: Document
    location: Document
    schedule: Document
    overrides: list[Document]
    breaks: list[Break]
    week: Week | None
    """The weekly hours, unless they differ between offerings."""


class Offers:
    """Those of a world that were asked for; a change of an offering, or of a kind behind it, begins anew."""

    def __init__(self, _: Iterable[Document]) -> None:
        self._offers: dict[str, Offer] = {}
        self._calendars: dict[str, Calendar] = {}
        self._marks: list[object] = []

    @classmethod
    def kept(cls, tx: Transaction) -> Offers:
        """Those read so far, as they are now."""
        kept, marks = tx.derived("offering", cls), [tx.derived(kind, _mark) for kind in BEHIND]
        if kept._marks != marks:
            kept._offers, kept._calendars, kept._marks = {}, {}, marks
        return kept

    def of(self, tx: Transaction, offering: Document) -> Offer:
        """All about one offering."""
        found = self._offers.get(offering["id"])
        if found is None:
            found = self._offers[offering["id"]] = self._read(tx, offering)
        return found

    def _read(self, tx: Transaction, offering: Document) -> Offer:
        calendar = self._calendars.get(offering["assignmentId"])
        if calendar is None:
            calendar = self._calendars[offering["assignmentId"]] = _calendar(tx, offering["assignmentId"])
        assignment, practitioner, location, schedule, overrides, breaks, week = calendar
        hours = Hours(schedule, overrides, offering["id"], _cut(assignment, offering, location), week)
        return Offer(offering, assignment, practitioner, location, hours, breaks)


def _calendar(tx: Transaction, assignment_id: str) -> Calendar:
    assignment = tx.need("assignment", assignment_id)
    schedule = tx.get("schedule", assignment_id) or Document(weekly=[])
    breaks = tx.derived("break", _by_assignment).get(assignment_id, ())
    return Calendar(
        assignment,
        tx.need("practitioner", assignment["practitionerId"]),
        tx.need("location", assignment["locationId"]),
        schedule,
        tx.derived("schedule_override", _by_assignment).get(assignment_id, []),
        [(parse_instant(pause["startsAt"]), parse_instant(pause["endsAt"])) for pause in breaks],
        week_of(schedule, "") if is_same_for_all(schedule) else None,
    )


def _cut(assignment: Document, offering: Document, location: Document) -> Cut:
    duration = offering["durationMinutes"]
    step = assignment.get("slotIntervalMinutes") or duration
    before, after = assignment["bufferBeforeMinutes"], assignment["bufferAfterMinutes"]
    return Cut(location["timezone"], step, duration, before, after)


def _mark(_: Iterable[Document]) -> object:
    """Another one whenever a document of the kind has changed."""
    return object()


def _by_assignment(documents: Iterable[Document]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for document in documents:
        found.setdefault(document["assignmentId"], []).append(document)
    return found
