"""Slots of the world as it stands: listing them, finding free ones, claiming one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.clock import MILLISECOND, instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.diary import Diary
from sandbox.platform.offers import Offer, Offers
from sandbox.platform.slot_calendar import Verdict, begin_of_day, judge, slot_id

ALTERNATIVES = 5


class Desk:
    """Reads what decides about slots, each thing once. `without`: ids of bookings and holds to overlook."""

    def __init__(self, tx: Transaction, without: Collection[str] = ()) -> None:
        self._tx = tx
        self._diary = Diary(tx, without)
        self._offers = Offers.kept(tx)
        self._windows: dict[tuple[int, int], tuple[datetime, datetime]] = {}

    def offer(self, offering: Document) -> Offer:
        """All about one offering."""
        return self._offers.of(self._tx, offering)

    def window(self, offer: Offer) -> tuple[datetime, datetime]:
        """First and last start that can be booked now."""
        rules = offer.assignment["minLeadMinutes"], offer.assignment["maxHorizonDays"]
        found = self._windows.get(rules)
        if found is None:
            now, (lead, horizon) = self._tx.now(), rules
            found = now + timedelta(minutes=lead), now + timedelta(days=horizon)
            self._windows[rules] = found
        return found

    def judge(self, offer: Offer, start: datetime) -> Verdict:
        """What stands against a start, time of day apart."""
        cut = offer.cut
        begin = start - timedelta(minutes=cut.before)
        end = start + timedelta(minutes=cut.duration + cut.after)
        taken = self._diary.taken(offer.practitioner["id"], begin, end)
        return judge(start, cut, (offer.offering["id"], offer.offering["capacity"]), offer.breaks, taken)

    def verdict(self, offer: Offer, start: datetime) -> Verdict:
        """What stands against a start."""
        return Verdict("past", 0) if start < self.window(offer)[0] else self.judge(offer, start)

    def starts(self, offer: Offer, begin: datetime, end: datetime, past: bool = True) -> Iterator[datetime]:
        """Every start in [begin, end) up to the horizon; `past`: with those too early to be booked."""
        earliest, latest = self.window(offer)
        first = begin if past else max(begin, earliest)
        return offer.hours.starts(first, min(end, latest + MILLISECOND))

    def slots(self, offer: Offer, begin: datetime, end: datetime) -> Iterator[tuple[datetime, Verdict]]:
        """Those starts with their verdicts."""
        return ((start, self.verdict(offer, start)) for start in self.starts(offer, begin, end))

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


def find_offer(tx: Transaction, desk: Desk, assignment_id: str, offering_id: str) -> Offer:
    """The offering a body names; raises BusinessRuleViolation when there is none."""
    if tx.get("assignment", assignment_id) is None:
        raise errors.BusinessRuleViolation(
            details=f"assignment '{assignment_id}' does not exist", target="/assignmentId"
        )
    offering = tx.get("offering", offering_id)
    if offering is None or offering["assignmentId"] != assignment_id:
        raise errors.BusinessRuleViolation(
            details=f"offering '{offering_id}' is not one of the assignment", target="/offeringId"
        )
    return desk.offer(offering)


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
    if start < tx.now():
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
    found = []
    for free in desk.free(offer, begin_of_day(start, offer.cut.zone), ALTERNATIVES):
        key = slot_id(offer.assignment["id"], offer.offering["id"], instant(free))
        found.append({"href": f"/api/v1/slots/{key}", "slotId": key, "startsAt": instant(free)})
    return {"alternatives": found}
