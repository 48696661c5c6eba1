"""Slots of the world as it stands: listing them, finding free ones, claiming one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sandbox.kernel import errors
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.diary import Diary
from sandbox.platform.slot_calendar import Cut, Hours, Verdict, Week, is_same_for_all, judge, slot_id, week_of

ALTERNATIVES = 5
Break = tuple[datetime, datetime]


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

    practitioner: Document
    location: Document
    schedule: Document
    overrides: list[Document]
    breaks: list[Break]
    week: Week | None
    """The weekly hours, unless they differ between offerings."""


class Desk:
    """Reads what decides about slots, each thing once. `without`: ids of bookings and holds to overlook."""

    def __init__(self, tx: Transaction, without: Collection[str] = ()) -> None:
        self._tx = tx
        self._diary = Diary(tx, without)
        self._calendars: dict[str, Calendar] = {}

    def offer(self, assignment: Document, offering: Document) -> Offer:
        """All about one offering of an assignment."""
        if assignment["id"] not in self._calendars:
            self.open([assignment])
        practitioner, location, schedule, overrides, breaks, week = self._calendars[assignment["id"]]
        hours = Hours(schedule, overrides, offering["id"], _cut(assignment, offering, location), week)
        return Offer(offering, assignment, practitioner, location, hours, breaks)

    def open(self, assignments: Iterable[Document]) -> None:
        """Read the calendars of several assignments at once."""
        tx, wanted = self._tx, {assignment["id"]: assignment for assignment in assignments}
        overrides = _by_assignment(tx.find("schedule_override", {"assignmentId": list(wanted)}))
        breaks = _by_assignment(tx.find("break", {"assignmentId": list(wanted)}))
        for key, assignment in wanted.items():
            schedule = tx.get("schedule", key) or Document(weekly=[])
            pauses = [(parse_instant(p["startsAt"]), parse_instant(p["endsAt"])) for p in breaks.get(key, ())]
            practitioner = tx.need("practitioner", assignment["practitionerId"])
            location = tx.need("location", assignment["locationId"])
            week = week_of(schedule, "") if is_same_for_all(schedule) else None
            self._calendars[key] = Calendar(
                practitioner, location, schedule, overrides.get(key, []), pauses, week
            )

    def window(self, offer: Offer) -> tuple[datetime, datetime]:
        """First and last start that can be booked now."""
        now = self._tx.now()
        lead, horizon = offer.assignment["minLeadMinutes"], offer.assignment["maxHorizonDays"]
        return now + timedelta(minutes=lead), now + timedelta(days=horizon)

    def judge(self, offer: Offer, start: datetime) -> Verdict:
        """What stands against a start, time of day apart."""
        cut = offer.cut
        begin = start - timedelta(minutes=cut.before)
        end = start + timedelta(minutes=cut.duration + cut.after)
        taken = self._diary.taken(offer.practitioner["id"], begin, end)
        return judge(start, cut, (offer.offering["id"], offer.offering["capacity"]), offer.breaks, taken)

    def slots(self, offer: Offer, begin: datetime, end: datetime) -> Iterator[tuple[datetime, Verdict]]:
        """Every start in [begin, end) up to the horizon with its verdict, in order."""
        earliest, latest = self.window(offer)
        for start in offer.hours.starts(begin, min(end, latest + timedelta(milliseconds=1))):
            yield start, Verdict("past", 0) if start < earliest else self.judge(offer, start)

    def free(self, offer: Offer, begin: datetime, limit: int) -> list[datetime]:
        """The first free starts from `begin` on."""
        found: list[datetime] = []
        _, latest = self.window(offer)
        for start, verdict in self.slots(offer, begin, latest):
            if verdict.status == "free":
                found.append(start)
                if len(found) == limit:
                    break
        return found


def _by_assignment(documents: Iterable[Document]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for document in documents:
        found.setdefault(document["assignmentId"], []).append(document)
    return found


def _cut(assignment: Document, offering: Document, location: Document) -> Cut:
    duration = offering["durationMinutes"]
    step = assignment.get("slotIntervalMinutes") or duration
    before, after = assignment["bufferBeforeMinutes"], assignment["bufferAfterMinutes"]
    return Cut(location["timezone"], step, duration, before, after)


def find_offer(tx: Transaction, desk: Desk, assignment_id: str, offering_id: str) -> Offer:
    """The offering a body names; raises BusinessRuleViolation when there is none."""
    assignment = tx.get("assignment", assignment_id)
    if assignment is None:
        raise errors.BusinessRuleViolation(
            details=f"assignment '{assignment_id}' does not exist", target="/assignmentId"
        )
    offering = tx.get("offering", offering_id)
    if offering is None or offering["assignmentId"] != assignment_id:
        raise errors.BusinessRuleViolation(
            details=f"offering '{offering_id}' is not one of the assignment", target="/offeringId"
        )
    return desk.offer(assignment, offering)


def claim(tx: Transaction, desk: Desk, offer: Offer, start: datetime) -> None:
    """Make sure the slot can be had now; raises the error that says why not, with alternatives."""
    closed = offer.closed()
    if closed is not None:
        raise closed
    _check_time(tx, desk, offer, start)
    verdict = desk.judge(offer, start)
    if verdict.status != "free":
        raise _refusal(tx, verdict, alternatives(desk, offer, start))


def _check_time(tx: Transaction, desk: Desk, offer: Offer, start: datetime) -> None:
    target = "/startsAt"
    if start <= tx.now():
        raise errors.SlotInPast(details=f"{instant(start)} has passed", target=target)
    earliest, latest = desk.window(offer)
    if not earliest <= start <= latest:
        raise errors.BookingWindowViolation(
            details=f"bookable now: {instant(earliest)} to {instant(latest)}", target=target
        )
    if not offer.hours.has(start):
        links = alternatives(desk, offer, start)
        if offer.hours.had(start):
            raise errors.SlotUnavailable(details="the day has other hours", target=target, links=links)
        raise errors.SlotNotAligned(details=f"no slot starts at {instant(start)}", target=target, links=links)


def _refusal(tx: Transaction, verdict: Verdict, links: dict[str, Any]) -> errors.DomainError:
    target, by = "/startsAt", verdict.by
    if verdict.status == "booked":
        return errors.SlotAlreadyBooked(details="another booking was first", target=target, links=links)
    if verdict.status == "held" and by is not None and by.until is not None:
        wait = max(1, int((by.until - tx.now()).total_seconds()) + 1)
        return errors.SlotHeld(details="the slot is held", target=target, links=links, retry_after=wait)
    reason = "it lies in a break" if by is None else "the practitioner is booked at that time"
    return errors.SlotUnavailable(details=reason, target=target, links=links)


def alternatives(desk: Desk, offer: Offer, start: datetime) -> dict[str, Any]:
    """Up to five free slots from the same local day on, as links."""
    local = start.astimezone(ZoneInfo(offer.cut.zone))
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    for free in desk.free(offer, day, ALTERNATIVES):
        key = slot_id(offer.assignment["id"], offer.offering["id"], instant(free))
        found.append({"href": f"/api/v1/slots/{key}", "slotId": key, "startsAt": instant(free)})
    return {"alternatives": found}
