"""The named events, series, ticket types, registrations and tickets: each is there and shows its point."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.platform.event_rules import audience
from tests.conftest import ANCHOR
from tests.platform import event_desk as desk
from tests.platform.event_desk import order

EVENTS, REGISTRATIONS = "/api/v1/events", "/api/v1/registrations"
Check = Callable[[Any, Any], bool]


def refusal(api: Any, event: Any) -> Any:
    """The code that a registration for one is refused with."""
    answer = api.post(REGISTRATIONS, json=order(event["id"]))
    return answer.json().get("error", {}).get("code")


def attempt(api: Any, event: Any, **members: Any) -> Any:
    """The status of a registration for one."""
    return api.post(REGISTRATIONS, json=order(event["id"], **members)).json().get("status")


def prices(api: Any, event: Any) -> list[str]:
    """Of its active ticket types, in order."""
    kinds = api.anonymous.get(f"{EVENTS}/{event['id']}/ticket-types").json()["data"]
    return [kind["price"]["amount"] for kind in kinds]


def missing(api: Any, event: Any) -> set[str]:
    """What keeps it from being published."""
    answer = api.post(f"{EVENTS}/{event['id']}/publish").json()
    return {fault["target"] for fault in answer["error"]["errors"]}


def offset(event: Any, member: str) -> timedelta | None:
    """Of its zone from UTC at one of its times."""
    return datetime.fromisoformat(event[member]).astimezone(ZoneInfo(event["timezone"])).utcoffset()


def days_after_anchor(event: Any) -> int:
    return (datetime.fromisoformat(event["startsAt"]) - datetime.fromisoformat(ANCHOR)).days


def local(event: Any) -> str:
    """Its start on the wall."""
    return datetime.fromisoformat(event["startsAt"]).astimezone(ZoneInfo(event["timezone"])).isoformat()


def parts(api: Any, event: Any) -> list[str]:
    return [part["status"] for part in api.get(f"{EVENTS}/{event['id']}/sub-events").json()["data"]]


def total(api: Any, **query: Any) -> int:
    return int(api.get(REGISTRATIONS, params=query).json()["pagination"]["totalItems"])


EVENT_POINTS: dict[str, Check] = {
    "devconf": lambda api, e: (
        (e["format"], e["timezone"], days_after_anchor(e)) == ("hybrid", "Europe/Warsaw", 30)
        and {"99.00", "199.00", "0.00"} <= set(prices(api, e))
    ),
    "free_meetup": lambda api, e: e["capacity"] == 50 and attempt(api, e) == "confirmed",
    "sold_out": lambda api, e: e["availability"]["allocated"] == 3 and refusal(api, e) == "EVENT_SOLD_OUT",
    "sold_out_waitlist": lambda api, e: (
        e["availability"]["waitlisted"] == 2 and attempt(api, e) == "waitlisted"
    ),
    "last_seat": lambda api, e: (e["capacity"], e["availability"]["remaining"]) == (10, 1),
    "jpy_gala": lambda api, e: e["timezone"] == "Asia/Tokyo" and prices(api, e) == ["15000"],
    "kwd_forum": lambda api, e: e["timezone"] == "Asia/Kuwait" and prices(api, e) == ["12.500"],
    "multi_currency": lambda api, e: (
        e["currencies"] == ["EUR", "USD", "GBP"] and attempt(api, e, currency="USD") == "pending"
    ),
    "draft_ready": lambda api, e: (
        e["status"] == "draft" and api.post(f"{EVENTS}/{e['id']}/publish").status_code == 200
    ),
    "draft_incomplete": lambda api, e: missing(api, e) == {"/venue", "/ticketTypes"},
    "cancelled": lambda api, e: e["status"] == "cancelled" and refusal(api, e) == "EVENT_CANCELLED",
    "completed": lambda api, e: e["status"] == "completed" and days_after_anchor(e) == -20,
    "overlapping_sessions": lambda api, e: e["status"] == "published",
    "dst_crossing": lambda api, e: (
        e["timezone"] == "America/New_York" and offset(e, "startsAt") != offset(e, "endsAt")
    ),
    "unicode": lambda api, e: (
        "🎉" in e["name"] and "مؤتمر" in e["name"] and unicodedata.is_normalized("NFC", e["name"])
    ),
    "sales_not_open": lambda api, e: refusal(api, e) == "REGISTRATION_WINDOW_CLOSED",
    "sales_closed": lambda api, e: refusal(api, e) == "REGISTRATION_WINDOW_CLOSED",
    "festival": lambda api, e: parts(api, e) == ["published", "published", "draft"],
    "festival_day1": lambda api, e: e["parentEventId"] == desk.FESTIVAL,
    "festival_day2": lambda api, e: e["parentEventId"] == desk.FESTIVAL,
    "festival_day3": lambda api, e: (e["parentEventId"], e["status"]) == (desk.FESTIVAL, "draft"),
    "max_length": lambda api, e: (
        [len(e[member]) for member in ("name", "summary", "description", "tags")] == [200, 280, 10_000, 20]
        and {len(tag) for tag in e["tags"]} == {40}
    ),
    "checkin_now": lambda api, e: (
        total(api, eventId=e["id"], status="confirmed") == 20
        and api.post("/api/v1/check-ins", json={"ticketCode": "VALIDTICKET23456"}).status_code == 201
    ),
    "kiritimati": lambda api, e: local(e)[:10] != e["startsAt"][:10] and local(e)[11:16] == "00:30",
    "approval": lambda api, e: e["registration"]["approvalRequired"] and attempt(api, e) == "pending",
    "private": lambda api, e: api.anonymous.get(f"{EVENTS}/{e['id']}").status_code == 404,
}


class TestEvents:
    @pytest.mark.parametrize("name", EVENT_POINTS)
    def test_shows_its_point(self, api: Any, name: str) -> None:
        number = list(EVENT_POINTS).index(name) + 1
        key = api.fixture(f"event.{name}")
        assert key == f"e1000000-0000-4000-8000-{number:012d}"
        assert EVENT_POINTS[name](api, api.get(f"{EVENTS}/{key}").json())


SERIES_POINTS: dict[str, Check] = {
    "weekly_yoga": lambda api, s: s["recurrence"]["rrule"] == "FREQ=WEEKLY;BYDAY=TU;COUNT=8",
    "monthly_webinar": lambda api, s: s["recurrence"]["startTime"] == "18:00" and s["eventCount"] == 4,
}


class TestSeries:
    @pytest.mark.parametrize("name", SERIES_POINTS)
    def test_shows_its_point(self, api: Any, name: str) -> None:
        series = api.get(f"/api/v1/event-series/{api.fixture(f'series.{name}')}").json()
        assert SERIES_POINTS[name](api, series)

    @pytest.mark.parametrize("name", SERIES_POINTS)
    def test_its_seeded_events_lie_where_the_rule_puts_them(self, api: Any, name: str) -> None:
        """Deleted and made anew, a draft gets the very times that were seeded."""
        key = api.fixture(f"series.{name}")
        seeded = api.get(f"/api/v1/event-series/{key}/events").json()["data"]
        body = {**api.get(f"/api/v1/event-series/{key}").json()}
        fresh = {member: body[member] for member in ("name", "timezone", "template")}
        rule = {**body["recurrence"], "exDates": []}
        twin = api.post("/api/v1/event-series", json={**fresh, "recurrence": rule}).json()
        everything = {"from": "2020-01-01T00:00:00Z"}
        made = api.post(f"/api/v1/event-series/{twin['id']}/occurrences", json=everything).json()["data"]
        times = {event["seriesIndex"]: (event["startsAt"], event["endsAt"]) for event in made}
        assert {event["seriesIndex"]: (event["startsAt"], event["endsAt"]) for event in seeded}.items() <= (
            times.items()
        )


TICKET_TYPES: dict[str, Check] = {
    "early_bird": lambda api, t: t["price"] == {"amount": "99.00", "currency": "EUR"},
    "regular": lambda api, t: t["price"] == {"amount": "199.00", "currency": "EUR"},
    "student": lambda api, t: t["kind"] == "free",
    "jpy": lambda api, t: t["price"]["currency"] == "JPY",
    "kwd": lambda api, t: t["price"]["currency"] == "KWD",
    "hidden": lambda api, t: t["status"] == "hidden",
    "sold_out_type": lambda api, t: t["remaining"] == 0,
    "group_of_5": lambda api, t: t["admits"] == 5,
}


class TestTicketTypes:
    @pytest.mark.parametrize("name", TICKET_TYPES)
    def test_shows_its_point(self, api: Any, name: str) -> None:
        key = api.fixture(f"ticket_type.{name}")
        stored = api.workspace.store.get("ticket_type", key)
        shown = api.get(f"{EVENTS}/{stored['eventId']}/ticket-types/{key}").json()
        assert TICKET_TYPES[name](api, shown)


REGISTRATION_POINTS: dict[str, Check] = {
    "confirmed_paid": lambda api, r: (r["status"], r["totals"]["paid"]["amount"]) == ("confirmed", "199.00"),
    "pending_unpaid": lambda api, r: r["status"] == "pending" and r["expiresAt"] is not None,
    "pending_expired": lambda api, r: r["cancellationReason"] == "payment_timeout",
    "waitlisted_first": lambda api, r: (r["status"], r["waitlistPosition"]) == ("waitlisted", 1),
    "cancelled_refunded": lambda api, r: (r["status"], r["payment"]["status"]) == ("cancelled", "refunded"),
    "checked_in": lambda api, r: r["status"] == "checked_in" and r["checkedInCount"] == r["ticketCount"],
    "free_confirmed": lambda api, r: (r["status"], r["payment"]["required"]) == ("confirmed", False),
    "group": lambda api, r: r["ticketCount"] == 3,
    "other_users": lambda api, r: (
        api.persona("attendee").get(f"{REGISTRATIONS}/{r['id']}").status_code == 404
    ),
    "jpy": lambda api, r: r["currency"] == "JPY" and r["payment"]["status"] == "paid",
}


class TestRegistrations:
    @pytest.mark.parametrize("name", REGISTRATION_POINTS)
    def test_shows_its_point(self, api: Any, name: str) -> None:
        number = list(REGISTRATION_POINTS).index(name) + 1
        key = api.fixture(f"registration.{name}")
        assert key == desk.registration(number)
        assert REGISTRATION_POINTS[name](api, api.get(f"{REGISTRATIONS}/{key}").json())


TICKETS = {
    "valid": ("VALIDTICKET23456", "ok"),
    "used": ("USEDTICKET234567", "already_checked_in"),
    "revoked": ("REVOKEDTICKET234", "revoked"),
    "unpaid": ("UNPAIDTICKET2345", "unpaid"),
    "other_event": ("OTHEREVENTTICK23", "wrong_event"),
}


class TestTickets:
    @pytest.mark.parametrize("name", TICKETS)
    def test_shows_its_point(self, api: Any, name: str) -> None:
        printed, reason = TICKETS[name]
        key = api.fixture(f"ticket.{name}")
        assert api.get(f"/api/v1/tickets/{key}").json()["code"] == printed
        event = {} if name in ("unpaid",) else {"eventId": desk.OPEN_HOUSE}
        verdict = api.post("/api/v1/ticket-validations", json={"code": printed, **event}).json()
        assert verdict["reason"] == reason


def test_who_may_see_it_is_kept_with_every_event(api: Any) -> None:
    """Lists for the public look it up; it has to be what the rule says."""
    for event in api.workspace.store.find("event"):
        assert event["_audience"] == audience(event["status"], event["visibility"]), event["name"]


def test_after_the_end_nobody_used_a_valid_ticket(api: Any) -> None:
    """Tickets of completed events are used, revoked or expired."""
    store = api.workspace.store
    over = {event["id"] for event in store.find("event", {"status": "completed"})}
    left = {ticket["status"] for ticket in store.find("ticket") if ticket["eventId"] in over}
    assert left == {"used", "expired"}
