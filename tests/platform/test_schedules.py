"""Working hours and calendars through the front door, and the slots that follow from them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.kernel.clock import parse_instant
from tests.conftest import Api
from tests.platform.clinic import (
    DISABLED,
    NIGHT,
    NINE,
    NOWAK,
    ask,
    emitted,
    freeze,
    key,
    refused,
    starts,
)

HOURS = f"/api/v1/assignments/{NOWAK}/schedule"


def replace(api: Api, weekly: list[Any], **more: Any) -> Any:
    etag = api.get(HOURS).headers["etag"]
    return api.put(HOURS, json={"weekly": weekly, **more}, headers={"If-Match": etag})


def monday(*periods: tuple[str, str]) -> list[Any]:
    return [{"day": "mon", "periods": [{"start": start, "end": end} for start, end in periods]}]


class TestReplaceSchedule:
    def test_changes_the_slots(self, clinic: Api) -> None:
        assert replace(clinic, monday(("10:00", "11:00"))).status_code == 200
        week = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-30T00:00:00Z", "offeringId": key("c5", 2)}
        free = starts(
            clinic.get(f"/api/v1/assignments/{NOWAK}/slots", params={**week, "status": "free,blocked"})
        )
        assert free == ["2026-11-23T09:00:00.000Z"]
        assert emitted(clinic)[-1] == "schedule.updated"

    def test_needs_the_version_that_was_seen(self, api: Api) -> None:
        refused(api.put(HOURS, json={"weekly": []}), 428, "PRECONDITION_REQUIRED")
        answer = api.put(HOURS, json={"weekly": []}, headers={"If-Match": '"old"'})
        refused(answer, 412, "PRECONDITION_FAILED")

    @pytest.mark.parametrize(
        "periods",
        [(("09:00", "12:00"), ("11:00", "13:00")), (("22:00", "06:00"),), (("09:00", "09:00"),)],
        ids=["overlap", "over midnight", "empty"],
    )
    def test_periods_that_make_no_sense(self, api: Api, periods: Any) -> None:
        refused(replace(api, monday(*periods)), 422, "SCHEDULE_OVERLAP")

    def test_the_same_day_twice_is_one_day(self, api: Api) -> None:
        twice = [*monday(("09:00", "12:00")), *monday(("11:00", "13:00"))]
        refused(replace(api, twice), 422, "SCHEDULE_OVERLAP")

    def test_the_zone_is_the_locations(self, api: Api) -> None:
        assert replace(api, [], timezone="Europe/Warsaw").status_code == 200
        refused(replace(api, [], timezone="Europe/London"), 400, "INVALID_TIMEZONE")

    def test_for_offerings_of_the_assignment_only(self, api: Api) -> None:
        weekly = monday(("09:00", "10:00"))
        weekly[0]["periods"][0]["offeringIds"] = [key("c5", 11)]
        refused(replace(api, weekly), 422, "BUSINESS_RULE_VIOLATION")


class TestCalendar:
    def test_off_and_on_again(self, clinic: Api) -> None:
        base = f"/api/v1/assignments/{NOWAK}/calendar"
        refused(clinic.post(f"{base}/enable"), 409, "CALENDAR_ALREADY_IN_STATE")
        off = clinic.post(f"{base}/disable", json={"reason": "Holiday"}).json()
        assert (off["status"], off["reason"]) == ("disabled", "Holiday")
        assert clinic.get(f"/api/v1/assignments/{NOWAK}").json()["calendarStatus"] == "disabled"
        refused(clinic.post("/api/v1/bookings", json=ask(NINE)), 409, "CALENDAR_DISABLED")
        refused(clinic.post(f"{base}/disable"), 409, "CALENDAR_ALREADY_IN_STATE")
        assert clinic.post(f"{base}/enable").json()["reason"] is None
        assert clinic.post("/api/v1/bookings", json=ask(NINE)).status_code == 201
        assert emitted(clinic)[:2] == ["schedule.disabled", "schedule.enabled"]

    def test_of_the_disabled_fixture(self, api: Api) -> None:
        assert api.get(f"/api/v1/assignments/{DISABLED}/calendar").json()["status"] == "disabled"


class TestScheduleOverrides:
    path = f"/api/v1/assignments/{NOWAK}/schedule-overrides"

    def free(self, api: Api, day: str) -> int:
        query = {"from": f"{day}T00:00:00Z", "to": f"{day}T23:00:00Z", "offeringId": key("c5", 2)}
        return len(starts(api.get(f"/api/v1/assignments/{NOWAK}/slots", params=query)))

    def test_a_closed_day_until_it_is_open_again(self, clinic: Api) -> None:
        before = self.free(clinic, "2026-12-24")
        closed = clinic.post(self.path, json={"date": "2026-12-24", "kind": "closed", "reason": "Holiday"})
        assert closed.status_code == 201, closed.text
        assert self.free(clinic, "2026-12-24") == 0
        refused(clinic.post("/api/v1/bookings", json=ask("2026-12-24T08:00:00Z")), 409, "SLOT_UNAVAILABLE")
        assert [row["date"] for row in clinic.get(self.path).json()["data"]] == ["2026-12-24"]
        assert clinic.delete(f"{self.path}/{closed.json()['id']}").status_code == 204
        assert self.free(clinic, "2026-12-24") == before > 0
        assert emitted(clinic) == ["schedule.updated", "schedule.updated"]

    def test_a_day_with_other_hours(self, clinic: Api) -> None:
        periods = [{"start": "18:00", "end": "20:00"}]
        clinic.post(self.path, json={"date": "2026-12-24", "kind": "custom", "periods": periods})
        assert self.free(clinic, "2026-12-24") == 2

    def test_not_over_bookings_unless_they_are_kept(self, clinic: Api) -> None:
        closed = {"date": "2026-11-23", "kind": "closed"}
        error = refused(clinic.post(self.path, json=closed), 409, "BREAK_CONFLICTS_WITH_BOOKINGS")
        assert error["target"] == "/date"
        inside = {**closed, "kind": "custom", "periods": [{"start": "09:00", "end": "11:00"}]}
        assert clinic.post(self.path, json=inside).status_code == 201
        refused(clinic.post(self.path, json={**closed, "onConflict": "keep"}), 409, "DUPLICATE_RESOURCE")

    def test_a_custom_day_has_hours_and_they_make_sense(self, clinic: Api) -> None:
        day = {"date": "2026-12-24", "kind": "custom"}
        refused(clinic.post(self.path, json=day), 422, "BUSINESS_RULE_VIOLATION")
        wrong = {**day, "periods": [{"start": "12:00", "end": "11:00"}]}
        refused(clinic.post(self.path, json=wrong), 422, "SCHEDULE_OVERLAP")


class TestDaylightSaving:
    """The night shift of New York works 00:00 to 06:00 and from 22:00 on, every day."""

    def local(self, api: Api, day: str, following: str, assignment: str = NIGHT) -> list[str]:
        zone = ZoneInfo("America/New_York")
        begin, end = (parse_instant(f"{date}T00:00:00Z").replace(tzinfo=zone) for date in (day, following))
        query = {
            "from": begin.isoformat(),
            "to": end.isoformat(),
            "offeringId": key("c5", 15),
            "status": "free,booked",
        }
        answer = api.get(f"/api/v1/assignments/{assignment}/slots", params=query)
        return [slot["localStart"][11:] for slot in answer.json()["data"]]

    def test_the_short_night_has_an_hour_less(self, clinic: Api) -> None:
        found = self.local(clinic, "2027-03-14", "2027-03-15")
        assert found[:5] == [
            "00:00:00-05:00",
            "01:00:00-05:00",
            "03:00:00-04:00",
            "04:00:00-04:00",
            "05:00:00-04:00",
        ]
        assert len(found) == 7

    def test_the_long_night_has_an_hour_more(self, clinic: Api) -> None:
        freeze(clinic, "2027-10-30T00:00:00.000Z")
        found = self.local(clinic, "2027-11-07", "2027-11-08")
        assert found[1:3] == ["01:00:00-04:00", "01:00:00-05:00"]
        assert len(found) == 9

    def test_half_an_hour_on_lord_howe(self, clinic: Api) -> None:
        freeze(clinic, "2027-03-01T00:00:00.000Z")
        query: dict[str, Any] = {
            "from": "2027-04-01T00:00:00Z",
            "to": "2027-04-06T00:00:00Z",
            "pageSize": 100,
            "limitPerDay": 1,
        }
        answer = clinic.get(
            f"/api/v1/assignments/{key('c4', 9)}/slots", params={**query, "offeringId": key("c5", 17)}
        )
        first = [slot["localStart"] for slot in answer.json()["data"]]
        assert first[1] == "2027-04-02T09:00:00+11:00"
        assert first[2] == "2027-04-05T09:00:00+10:30"
