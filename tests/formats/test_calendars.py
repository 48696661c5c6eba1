"""Calendars, read back by another library: the right instants in every season, and stable identities."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from icalendar import Calendar

from sandbox.formats.calendar import CANCELLED, CONFIRMED, Entry, calendar

EVENTS = "/api/v1/events"
EVENT = "e1000000-0000-4000-8000-0000000000"


def entry(**changes: Any) -> Entry:
    """One with believable members."""
    known: dict[str, Any] = {
        "id": "x",
        "title": "Talk",
        "starts": datetime(2026, 3, 28, 8, tzinfo=UTC),
        "ends": datetime(2026, 3, 28, 9, tzinfo=UTC),
        "timezone": "Europe/Warsaw",
        "status": CONFIRMED,
        "revision": 0,
        "created": datetime(2026, 1, 1, tzinfo=UTC),
        "changed": datetime(2026, 1, 2, tzinfo=UTC),
    }
    return Entry(**{**known, **changes})


def unfolded(body: bytes) -> list[str]:
    """Content lines."""
    return body.decode().replace("\r\n ", "").split("\r\n")


def told_by_rules(body: bytes, name: str) -> datetime:
    """An instant by the zone rules inside the calendar alone, as a program without zone data reads it."""
    lines = unfolded(body)
    line = next(line for line in lines[lines.index("BEGIN:VEVENT") :] if line.startswith(name))
    head, _, local = line.partition(":")
    if local.endswith("Z"):
        return datetime.strptime(local, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    zone = tzical(io.StringIO(body.decode())).get(head.partition("TZID=")[2])
    return datetime.strptime(local, "%Y%m%dT%H%M%S").replace(tzinfo=zone).astimezone(UTC)


class TestInstants:
    @pytest.mark.parametrize(
        "zone",
        [
            "Europe/Warsaw",
            "America/New_York",
            "Asia/Tokyo",
            "Asia/Kathmandu",
            "Australia/Lord_Howe",
            "Pacific/Kiritimati",
            "UTC",
        ],
    )
    @pytest.mark.parametrize("month", range(1, 13))
    def test_right_in_every_month(self, zone: str, month: int) -> None:
        starts, ends = (datetime(2026, month, 15, hour, 30, tzinfo=UTC) for hour in (8, 10))
        body = calendar("Year", [entry(starts=starts, ends=ends, timezone=zone)])
        assert told_by_rules(body, "DTSTART") == starts
        assert told_by_rules(body, "DTEND") == ends
        [event] = Calendar.from_ical(body).events
        assert event.start.astimezone(UTC) == starts

    @pytest.mark.parametrize("minute", range(-90, 91, 30))
    @pytest.mark.parametrize(
        ("zone", "change"),
        [
            ("Europe/Warsaw", datetime(2026, 3, 29, 1, tzinfo=UTC)),
            ("Europe/Warsaw", datetime(2026, 10, 25, 1, tzinfo=UTC)),
            ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
            ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
        ],
    )
    def test_right_around_a_change_of_clocks(self, zone: str, change: datetime, minute: int) -> None:
        starts = datetime.fromtimestamp(change.timestamp() + 60 * minute, UTC)
        ends = datetime.fromtimestamp(starts.timestamp() + 7200, UTC)
        [event] = Calendar.from_ical(
            calendar("Night", [entry(starts=starts, ends=ends, timezone=zone)])
        ).events
        assert event.start.astimezone(UTC) == starts
        assert event.end.astimezone(UTC) == ends

    def test_whole_days_end_with_the_day_after(self) -> None:
        zone = ZoneInfo("Pacific/Kiritimati")
        starts, ends = datetime(2026, 5, 1, 0, 0, tzinfo=zone), datetime(2026, 5, 2, 23, 59, tzinfo=zone)
        body = calendar("Days", [entry(starts=starts, ends=ends, timezone=zone.key, all_day=True)])
        [event] = Calendar.from_ical(body).events
        assert (event.start, event.end) == (date(2026, 5, 1), date(2026, 5, 3))
        assert b"VTIMEZONE" not in body


class TestText:
    def test_lines_are_short_and_special_signs_escaped(self) -> None:
        title = "Konferenz für Übermut — 数据大会 🎉 مؤتمر; a, b\\c\nnext " * 3
        body = calendar("Test", [entry(title=title)])
        assert max(len(line) for line in body.split(b"\r\n")) <= 75
        assert b"\n" not in body.replace(b"\r\n", b"")
        [event] = Calendar.from_ical(body).events
        assert event["SUMMARY"] == title

    def test_the_same_entries_give_the_same_bytes(self) -> None:
        assert calendar("Test", [entry(), entry(id="y")]) == calendar("Test", [entry(), entry(id="y")])

    def test_what_is_off_blocks_no_time(self) -> None:
        [event] = Calendar.from_ical(calendar("Test", [entry(status=CANCELLED)])).events
        assert (event["STATUS"], event["TRANSP"]) == ("CANCELLED", "TRANSPARENT")


def only(answer: Any) -> Any:
    """The one event of a calendar."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    [event] = Calendar.from_ical(answer.content).events
    return event


class TestEventCalendar:
    def test_anybody_may_subscribe_to_a_public_one(self, api: Any) -> None:
        usual = api.get(f"{EVENTS}/{EVENT}01").json()
        event = only(api.anonymous.get(f"{EVENTS}/{EVENT}01/calendar"))
        assert event["UID"] == f"{usual['id']}@sandbox.example"
        assert event.start.tzinfo.key == usual["timezone"]
        assert event.start == datetime.fromisoformat(usual["startsAt"])
        assert event.end == datetime.fromisoformat(usual["endsAt"])
        assert (event["SEQUENCE"], event["STATUS"]) == (usual["version"] - 1, "CONFIRMED")
        assert event["DTSTAMP"].dt == datetime.fromisoformat(usual["updatedAt"]).replace(microsecond=0)

    def test_private_ones_are_not_there_for_the_public(self, api: Any) -> None:
        assert api.anonymous.get(f"{EVENTS}/{EVENT}26/calendar").status_code == 404

    def test_states_are_told(self, api: Any) -> None:
        assert only(api.get(f"{EVENTS}/{EVENT}09/calendar"))["STATUS"] == "TENTATIVE"
        assert only(api.get(f"{EVENTS}/{EVENT}11/calendar"))["STATUS"] == "CANCELLED"

    def test_a_change_keeps_the_identity_and_raises_the_revision(self, api: Any) -> None:
        before = only(api.get(f"{EVENTS}/{EVENT}01/calendar"))
        api.advance("PT1H")
        api.patch(f"{EVENTS}/{EVENT}01", json={"name": "Moved, renamed; better"})
        after = only(api.get(f"{EVENTS}/{EVENT}01/calendar"))
        assert after["UID"] == before["UID"]
        assert after["SEQUENCE"] == before["SEQUENCE"] + 1
        assert after["DTSTAMP"].dt > before["DTSTAMP"].dt
        assert after["SUMMARY"] == "Moved, renamed; better"

    def test_programs_that_cannot_choose_may_name_the_form(self, api: Any) -> None:
        url = f"{EVENTS}/{EVENT}01/calendar?format=ics"
        assert only(api.get(url, headers={"Accept": "text/html"}))
        assert api.get(url).headers["content-disposition"].endswith('calendar.ics"')

    def test_unchanged_is_not_sent_again(self, api: Any) -> None:
        first = api.get(f"{EVENTS}/{EVENT}01/calendar")
        again = api.get(f"{EVENTS}/{EVENT}01/calendar", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304

    @pytest.mark.parametrize("number", ["14", "24", "15"])
    def test_hard_ones_keep_their_instants(self, api: Any, number: str) -> None:
        usual = api.get(f"{EVENTS}/{EVENT}{number}").json()
        answer = api.get(f"{EVENTS}/{EVENT}{number}/calendar")
        event = only(answer)
        assert event.start == datetime.fromisoformat(usual["startsAt"])
        assert event["SUMMARY"] == usual["name"]
        assert told_by_rules(answer.content, "DTEND") == datetime.fromisoformat(usual["endsAt"])


class TestFeeds:
    def test_events_of_a_page(self, api: Any) -> None:
        usual = api.get(f"{EVENTS}?pageSize=100").json()["data"]
        feed = Calendar.from_ical(api.get(f"{EVENTS}?pageSize=100&format=ics").content)
        assert [each["UID"].partition("@")[0] for each in feed.events] == [each["id"] for each in usual]
        zones = {each["timezone"] for each in usual if not each["allDay"]}
        assert {str(zone["TZID"]) for zone in feed.timezones} == zones

    def test_bookings_of_a_page(self, api: Any) -> None:
        usual = api.get("/api/v1/bookings?pageSize=100").json()["data"]
        feed = Calendar.from_ical(api.get("/api/v1/bookings?pageSize=100&format=ics").content)
        assert [each.start for each in feed.events] == [datetime.fromisoformat(b["startsAt"]) for b in usual]

    def test_series(self, api: Any) -> None:
        url = "/api/v1/event-series/e2000000-0000-4000-8000-000000000002"
        feed = Calendar.from_ical(api.get(f"{url}/calendar").content)
        assert len(feed.events) > 2
        assert {each.start.strftime("%H:%M") for each in feed.events} == {"18:00"}
        assert len({each.start.utcoffset() for each in feed.events}) == 2  # summer and winter


class TestOwnCalendars:
    def test_a_booking_says_what_by_whom_and_where_not_for_whom(self, api: Any) -> None:
        url = "/api/v1/bookings/cb000000-0000-4000-8000-000000000001"
        usual = api.get(url).json()
        answer = api.get(f"{url}/calendar")
        event = only(answer)
        assert event.start == datetime.fromisoformat(usual["startsAt"])
        assert "Dr Anna Nowak" in event["SUMMARY"]
        assert "Clinic Centrum" in event["LOCATION"]
        customer = api.get(f"/api/v1/customers/{usual['customerId']}").json()
        assert customer["familyName"] not in answer.text

    def test_a_cancelled_booking_is_taken_out(self, api: Any) -> None:
        url = "/api/v1/bookings/cb000000-0000-4000-8000-000000000001"
        assert api.post(f"{url}/cancel", json={"reason": "ill"}).status_code == 200
        event = only(api.get(f"{url}/calendar"))
        assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)

    def test_a_registration_follows_its_event(self, api: Any) -> None:
        url = "/api/v1/registrations/b1000000-0000-4000-8000-000000000001/calendar"
        before = only(api.persona("attendee").get(url))
        api.patch(f"{EVENTS}/{EVENT}01", json={"startsAt": "2026-12-16T09:30:00Z"})
        after = only(api.get(url))
        assert before["UID"] == after["UID"] == "b1000000-0000-4000-8000-000000000001@sandbox.example"
        assert after["SEQUENCE"] == before["SEQUENCE"] + 1
        assert after.start == datetime(2026, 12, 16, 9, 30, tzinfo=UTC)

    def test_foreign_ones_are_not_there(self, api: Any) -> None:
        url = "/api/v1/registrations/b1000000-0000-4000-8000-000000000001/calendar"
        assert api.persona("attendee_other").get(url).status_code == 404
        assert api.anonymous.get(url).status_code == 401
