"""Searching slots: many offerings merged in order of time, read no further than the page needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import islice, repeat
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.kernel import errors
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.replies import Page
from sandbox.kernel.workspace import Transaction
from sandbox.platform.availability import Desk
from sandbox.platform.call import Call
from sandbox.platform.offers import Offer
from sandbox.platform.pagination import SIZE, read_cursor, write_cursor
from sandbox.platform.slot_calendar import Verdict, begin_of_day, slot_id, starts_of_ids
from sandbox.platform.zones import check_zone

LONGEST_RANGE = timedelta(days=180)
LOOK_BACK = timedelta(days=400)
"""Further in the past than this nothing is listed."""

Found = tuple[datetime, Offer, Verdict]
"""Start, whose it is and what stands against it."""

NARROWING = {"serviceId": "serviceId", "offeringId": "id", "assignmentId": "assignmentId"}
"""Query parameters that are members of an offering."""
KNOWN_LIMIT = 50_000
SlotParts = tuple[str, str, str]
"""Assignment, offering and start."""
_known: dict[str, SlotParts] = {}
"""What the ids of slots listed lately stand for; an id is a hash of these three, so this never lies."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. `per_day`: how many an offering may show on one local day."""

    begin: datetime
    end: datetime
    statuses: frozenset[str]
    zone: ZoneInfo | None = None
    per_day: int | None = None


def search_of(call: Call) -> Search:
    """The search a query asks for; raises InvalidDateRange, DateRangeTooLarge or InvalidTimezone."""
    query, now = call.query, call.tx.now()
    begin, end = _range(query)
    zone = check_zone(query["timezone"], "timezone") if "timezone" in query else None
    begin = min(max(begin, now - LOOK_BACK), now + LOOK_BACK)
    end = min(max(end, begin), now + LOOK_BACK)
    return Search(begin, end, frozenset(query.get("status", ("free",))), zone, query.get("limitPerDay"))


def _range(query: Mapping[str, Any]) -> tuple[datetime, datetime]:
    begin, end = parse_instant(query["from"]), parse_instant(query["to"])
    if end <= begin:
        raise errors.InvalidDateRange(details="'to' must come after 'from'", target="to")
    if end - begin > LONGEST_RANGE:
        raise errors.DateRangeTooLarge(details=f"at most {LONGEST_RANGE.days} days", target="to")
    return begin, end


def page_of_slots(desk: Desk, offers: list[Offer], search: Search, call: Call) -> Page:
    """The page of slots the cursor points at; those that start together are ordered by offering."""
    text = call.query.get("cursor")
    after = read_cursor(call, text) if text else None
    position = (parse_instant(after[0][1]), after[1][1]) if after else (search.begin, "")
    size = call.query.get("pageSize", SIZE)
    taken = list(islice(_found(desk, offers, search, position), size + 1))
    more, taken = len(taken) > size, taken[:size]
    slots = [slot_document(offer, start, verdict, search.zone) for start, offer, verdict in taken]
    last = Document(id=slots[-1]["offeringId"], startsAt=slots[-1]["startsAt"]) if more else None
    following = write_cursor(call, ("startsAt", "id"), last) if last is not None else None
    return Page(slots, "cursor", None, 1, size, 0, next_cursor=following, has_more=more)


def _found(
    desk: Desk, offers: list[Offer], search: Search, position: tuple[datetime, str]
) -> Iterator[Found]:
    """The slots behind a position; what stands against a start is looked at when it is its turn."""
    shown: dict[str, tuple[date, int]] = {}
    for start, key, offer in merge(*(_starts(desk, offer, search, position[0]) for offer in offers)):
        verdict = desk.verdict(offer, start)
        if verdict.status not in search.statuses:
            continue
        if search.per_day is not None:
            day = start.astimezone(ZoneInfo(offer.cut.zone)).date()
            before = shown.get(key)
            count = before[1] + 1 if before and before[0] == day else 1
            shown[key] = (day, count)
            if count > search.per_day:
                continue
        if (start, key) > position:
            yield start, offer, verdict


def _starts(
    desk: Desk, offer: Offer, search: Search, begin: datetime
) -> Iterator[tuple[datetime, str, Offer]]:
    """The starts of one offering in order; where each day is counted, from the beginning of that day."""
    if search.per_day is not None:
        begin = max(search.begin, begin_of_day(begin, offer.cut.zone))
    starts = desk.starts(offer, begin, search.end, "past" in search.statuses)
    return zip(starts, repeat(offer.offering["id"]), repeat(offer), strict=False)


def slot_document(offer: Offer, start: datetime, verdict: Verdict, zone: ZoneInfo | None = None) -> Document:
    """A slot as it is shown."""
    assignment, offering, starts_at = offer.assignment["id"], offer.offering["id"], instant(start)
    key = slot_id(assignment, offering, starts_at)
    if len(_known) >= KNOWN_LIMIT:
        _known.clear()
    _known[key] = (assignment, offering, starts_at)
    return Document(
        id=key,
        assignmentId=assignment,
        practitionerId=offer.practitioner["id"],
        locationId=offer.location["id"],
        offeringId=offering,
        serviceId=offer.offering["serviceId"],
        startsAt=starts_at,
        endsAt=instant(offer.ends(start)),
        localStart=start.astimezone(zone or ZoneInfo(offer.cut.zone)).isoformat(),
        status=verdict.status,
        capacity=offer.offering["capacity"],
        remaining=verdict.remaining,
        price=offer.offering.get("price"),
        _links={"self": {"href": f"/api/v1/slots/{key}"}},
    )


def open_offers(tx: Transaction, desk: Desk, query: Mapping[str, Any]) -> list[Offer]:
    """The offerings that can be booked at all, narrowed by the query's ids; found through indexes."""
    where: dict[str, Any] = {"status": "active"}
    where |= {own: query[name] for name, own in NARROWING.items() if name in query}
    if of_whom := {member: query[member] for member in ("practitionerId", "locationId") if member in query}:
        theirs = [assignment["id"] for assignment in tx.find("assignment", of_whom)]
        named = where.get("assignmentId")
        where["assignmentId"] = theirs if named is None else [key for key in theirs if key == named]
    offers = [desk.offer(sold) for sold in tx.find("offering", where)]
    return [offer for offer in offers if offer.closed() is None]


def identify(tx: Transaction, keys: Iterable[str]) -> dict[str, SlotParts]:
    """What slot ids stand for; those that stand for nothing bookable are left out."""
    found = {key: _known[key] for key in keys if key in _known and tx.get("offering", _known[key][1])}
    unknown = [key for key in keys if key not in found and key[14] == "5"]  # other ids are no hashes
    if not unknown:
        return found
    desk = Desk(tx)
    for offer in open_offers(tx, desk, {}):
        assignment, offering = offer.assignment["id"], offer.offering["id"]
        _, latest = desk.window(offer)
        starts = offer.hours.stored_starts(tx.now(), latest)
        for key, start in starts_of_ids(unknown, assignment, offering, starts).items():
            found[key] = (assignment, offering, start)
    return found
