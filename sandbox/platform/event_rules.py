"""What every event must satisfy before it is stored: zone, dates, parent, capacity, currencies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    CapacityBelowRegistrations,
    EventNotPublishable,
    FieldError,
    InvalidDateRange,
    InvalidStateTransition,
    InvalidTimezone,
    SubeventDepthExceeded,
    UnsupportedCurrency,
)
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.money import exponent
from sandbox.platform.places import availability

LONGEST = timedelta(days=31)
AUDIENCES = {"public": "public", "unlisted": "link", "private": "readers"}
FIRST_YEAR, LAST_YEAR = "1970", "2199"

DEFAULTS: dict[str, Any] = {
    "slug": None,
    "summary": None,
    "description": "",
    "visibility": "public",
    "category": "other",
    "tags": [],
    "language": "en",
    "allDay": False,
    "venue": None,
    "onlineUrl": None,
    "parentEventId": None,
    "capacity": None,
    "currencies": ["EUR"],
    "coverImageUrl": None,
    "links": [],
    "metadata": {},
}
REGISTRATION: dict[str, Any] = {
    "opensAt": None,
    "closesAt": None,
    "approvalRequired": False,
    "allowMultiple": False,
    "waitlistEnabled": False,
    "holdMinutes": 30,
    "requiredConsents": ["terms"],
}
REFUND_POLICY = {"type": "flexible", "deadlineHours": 24, "percent": 100}
CHECK_IN = {"opensMinutesBefore": 120, "allowReentry": False}
SERVER_SET: dict[str, Any] = {
    "status": "draft",
    "organizerId": None,
    "seriesId": None,
    "seriesIndex": None,
    "publishedAt": None,
    "cancelledAt": None,
    "completedAt": None,
    "cancellationReason": None,
}


def prepared_event(call: Call, event: dict[str, Any], before: Document | None) -> dict[str, Any]:
    """The event complete with defaults; raises the rule that it breaks."""
    if before is None:
        return checked(
            call.tx, {**SERVER_SET, **event, "organizerId": call.principal.user_id}, availability(None, 0)
        )
    if before["status"] == "cancelled":
        raise InvalidStateTransition(details="a cancelled event stays as it is", target="status")
    event = completed(event)
    _check_parts(call.tx, event, before)
    _check_sold(call.tx, event, before)
    if before["status"] == "published" and not lacks(before):
        check_publishable(lacks(event))
    return checked(call.tx, event, before["availability"])


def checked(tx: Transaction, event: dict[str, Any], taken: dict[str, Any]) -> dict[str, Any]:
    """The event with every member, its availability around what is taken; raises the rule that it breaks."""
    complete = completed(event)
    check_zone(complete["timezone"])
    check_dates(complete)
    for index, currency in enumerate(complete["currencies"]):
        exponent(currency, f"/currencies/{index}")
    if complete["parentEventId"] is not None:
        _check_parent(tx, complete)
    complete["availability"] = _availability(complete["capacity"], taken)
    complete["_audience"] = audience(complete["status"], complete["visibility"])
    return complete


def audience(status: str, visibility: str) -> str:
    """Who may know of an event: `public` finds it in lists, `link` is for who has the address, `readers` need
    a credential, and `staff` are those who may change it. One that is over, or called off, still has its
    address, but is not advertised."""
    if status == "draft":
        return "staff"
    seen_by = AUDIENCES[visibility]
    return "link" if seen_by == "public" and status != "published" else seen_by


def completed(event: dict[str, Any]) -> dict[str, Any]:
    """With every member an event has; nested rules are completed member by member."""
    nested = {
        "registration": {**REGISTRATION, **event.get("registration", {})},
        "refundPolicy": {**REFUND_POLICY, **event.get("refundPolicy", {})},
        "checkIn": {**CHECK_IN, **event.get("checkIn", {})},
    }
    return {**DEFAULTS, **event, **nested}


def check_zone(zone: str) -> None:
    """Raises InvalidTimezone."""
    if zone not in _zones():
        raise InvalidTimezone(details=f"'{zone}' is no IANA time zone", target="/timezone")


def check_dates(event: dict[str, Any]) -> None:
    """Raises InvalidDateRange."""
    starts, ends = event["startsAt"], event["endsAt"]
    if not FIRST_YEAR <= starts[:4] <= LAST_YEAR:
        raise InvalidDateRange(
            details=f"events start between {FIRST_YEAR} and {LAST_YEAR}", target="/startsAt"
        )
    if ends <= starts:
        raise InvalidDateRange(details="endsAt must come after startsAt", target="/endsAt")
    if parse_instant(ends) - parse_instant(starts) > LONGEST:
        raise InvalidDateRange(details=f"an event lasts {LONGEST.days} days at most", target="/endsAt")
    opens, closes = event["registration"]["opensAt"], event["registration"]["closesAt"]
    if opens and closes and closes <= opens:
        raise InvalidDateRange(details="registration closes after it opens", target="/registration/closesAt")


def _check_parent(tx: Transaction, event: dict[str, Any]) -> None:
    parent = tx.get("event", event["parentEventId"])
    if parent is None:
        raise BusinessRuleViolation(
            details=f"event '{event['parentEventId']}' does not exist", target="/parentEventId"
        )
    if parent["status"] == "cancelled" and "id" not in event:
        raise InvalidStateTransition(details="the parent is cancelled", target="/parentEventId")
    if parent["parentEventId"] is not None:
        raise SubeventDepthExceeded(details="the parent is a sub-event itself", target="/parentEventId")
    if event["startsAt"] < parent["startsAt"] or event["endsAt"] > parent["endsAt"]:
        raise InvalidDateRange(details="a sub-event lies inside its parent's dates", target="/startsAt")


def _check_parts(tx: Transaction, event: dict[str, Any], before: Document) -> None:
    """The sub-events of an event whose dates change stay inside them, unless they are called off."""
    if (event["startsAt"], event["endsAt"]) == (before["startsAt"], before["endsAt"]):
        return
    for part in tx.find("event", {"parentEventId": before["id"]}):
        is_outside = part["startsAt"] < event["startsAt"] or part["endsAt"] > event["endsAt"]
        if is_outside and part["status"] != "cancelled":
            raise InvalidDateRange(details=f"sub-event '{part['id']}' would lie outside", target="/startsAt")


def _check_sold(tx: Transaction, event: dict[str, Any], before: Document) -> None:
    """What is on sale is priced in one of the event's currencies; raises UnsupportedCurrency."""
    if gone := set(before["currencies"]) - set(event["currencies"]):
        for kind in tx.find("ticket_type", {"eventId": before["id"], "price.currency": sorted(gone)}):
            currency = kind["price"]["currency"]
            raise UnsupportedCurrency(details=f"'{kind['name']}' sells in {currency}", target="/currencies")


def lacks(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(target, message) for each place that an event of its form must name."""
    needed = {"venue": "a venue", "onlineUrl": "an online address"}
    without = {"virtual": "venue", "in_person": "onlineUrl"}.get(event["format"])
    names = [name for name in needed if name != without and event[name] is None]
    return [(f"/{name}", f"{needed[name]} is missing") for name in names]


def check_publishable(missing: list[tuple[str, str]]) -> None:
    """Raises EventNotPublishable, which lists all that is missing."""
    if missing:
        faults = [FieldError("EVENT_NOT_PUBLISHABLE", *each) for each in missing]
        details = "; ".join(message for _, message in missing)
        raise EventNotPublishable(details=details, target=missing[0][0], errors=faults)


def _availability(capacity: int | None, taken: dict[str, Any]) -> dict[str, Any]:
    allocated = taken["allocated"]
    if capacity is not None and capacity < allocated:
        raise CapacityBelowRegistrations(details=f"{allocated} places are taken", target="/capacity")
    return availability(capacity, allocated, taken["waitlisted"])


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
