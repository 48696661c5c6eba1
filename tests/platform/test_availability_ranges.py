"""Working hours of whole ranges of days, set and taken away through the front door."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api
from tests.platform.clinic import CONSULTATION, NOWAK, book, emitted, key, refused, starts

ADDRESS = f"/api/v1/assignments/{NOWAK}/availability"
SATURDAY, SUNDAY = "2026-12-05", "2026-12-06"
MORNING = {"start": "2026-12-05T08:00:00.000Z", "end": "2026-12-05T10:00:00.000Z"}


def put(api: Api, first: str, last: str, *periods: Any, **more: Any) -> Any:
    return api.put(ADDRESS, json={"from": first, "to": last, "periods": list(periods), **more})


def slots(api: Api, first: str, last: str) -> list[str]:
    query = {"from": f"{first}T00:00:00Z", "to": f"{last}T23:59:00Z", "offeringId": CONSULTATION}
    return starts(api.get(f"/api/v1/assignments/{NOWAK}/slots", params={**query, "pageSize": 100}))


class TestReplaceAvailability:
    def test_days_offer_exactly_what_is_said(self, clinic: Api) -> None:
        answer = put(clinic, SATURDAY, SUNDAY, MORNING)
        assert answer.status_code == 200, answer.text
        assert answer.json()["slotsBefore"] == 0 < answer.json()["slotsAfter"]
        assert answer.json()["bookingsOutside"] == []
        times = ("08:00", "08:30", "09:00", "09:30")
        assert slots(clinic, SATURDAY, SUNDAY) == [f"{SATURDAY}T{time}:00.000Z" for time in times]
        assert emitted(clinic) == ["schedule.updated"]

    def test_the_same_again_leaves_the_same(self, clinic: Api) -> None:
        put(clinic, SATURDAY, SUNDAY, MORNING)
        again = put(clinic, SATURDAY, SUNDAY, MORNING).json()
        assert again["slotsBefore"] == again["slotsAfter"]
        address = f"/api/v1/assignments/{NOWAK}/schedule-overrides"
        dates = [one["date"] for one in clinic.get(address, params={"pageSize": 100}).json()["data"]]
        assert (dates.count(SATURDAY), dates.count(SUNDAY)) == (1, 1)

    def test_a_night_is_cut_at_midnight(self, clinic: Api) -> None:
        put(clinic, SATURDAY, SUNDAY, {"start": f"{SATURDAY}T22:00:00Z", "end": f"{SUNDAY}T00:00:00Z"})
        assert slots(clinic, SATURDAY, SUNDAY) == [
            f"{SATURDAY}T{time}:00.000Z" for time in ("22:00", "22:30", "23:00", "23:30")
        ]

    def test_days_without_a_period_are_off(self, clinic: Api) -> None:
        assert slots(clinic, "2026-12-07", "2026-12-07")
        assert put(clinic, "2026-12-07", "2026-12-07").status_code == 200
        assert slots(clinic, "2026-12-07", "2026-12-07") == []

    def test_not_over_bookings_unless_they_are_kept(self, clinic: Api) -> None:
        made = book(clinic, "2026-12-07T09:00:00Z")
        error = refused(put(clinic, "2026-12-07", "2026-12-07"), 409, "BREAK_CONFLICTS_WITH_BOOKINGS")
        assert error["_links"]["conflicts"] == [{"href": f"/api/v1/bookings/{made['id']}"}]
        kept = put(clinic, "2026-12-07", "2026-12-07", onConflict="keep")
        assert (kept.status_code, kept.json()["bookingsOutside"]) == (200, [made["id"]])

    def test_bookings_inside_the_new_hours_do_not_matter(self, clinic: Api) -> None:
        book(clinic, "2026-12-07T09:00:00Z")
        halves = [
            {"start": "2026-12-07T08:00:00Z", "end": "2026-12-07T09:15:00Z"},
            {"start": "2026-12-07T09:15:00Z", "end": "2026-12-07T10:00:00Z"},
        ]
        assert put(clinic, "2026-12-07", "2026-12-07", *halves).status_code == 200

    def test_what_cannot_be(self, clinic: Api) -> None:
        refused(put(clinic, SATURDAY, SUNDAY, MORNING, MORNING), 422, "SCHEDULE_OVERLAP")
        backwards = {"start": MORNING["end"], "end": MORNING["start"]}
        refused(put(clinic, SATURDAY, SUNDAY, backwards), 422, "SCHEDULE_OVERLAP")
        refused(put(clinic, "2026-01-01", "2026-12-31"), 400, "DATE_RANGE_TOO_LARGE")
        assert put(clinic, SUNDAY, SATURDAY).json()["error"]["code"] == "INVALID_DATE_RANGE"
        assert put(clinic, SUNDAY, SUNDAY, MORNING).json()["error"]["code"] == "INVALID_DATE_RANGE"
        foreign = {**MORNING, "offeringIds": [key("c5", 11)]}
        refused(put(clinic, SATURDAY, SUNDAY, foreign), 422, "BUSINESS_RULE_VIOLATION")
        seconds = {**MORNING, "start": "2026-12-05T08:00:30.000Z"}
        refused(put(clinic, SATURDAY, SUNDAY, seconds), 422, "BUSINESS_RULE_VIOLATION")
        assert emitted(clinic) == []

    def test_needs_the_right_to_write(self, clinic: Api) -> None:
        reader = clinic.as_("readonly-demo")
        refused(put(reader, SATURDAY, SUNDAY), 403, "INSUFFICIENT_SCOPE")


class TestDeleteAvailability:
    def test_a_day(self, clinic: Api) -> None:
        assert clinic.delete(f"{ADDRESS}?date=2026-12-07").status_code == 204
        assert slots(clinic, "2026-12-07", "2026-12-07") == []
        assert slots(clinic, "2026-12-08", "2026-12-08")
        assert clinic.delete(f"{ADDRESS}?date=2026-12-07").status_code == 204

    def test_a_range_of_days(self, clinic: Api) -> None:
        assert clinic.delete(f"{ADDRESS}?from=2026-12-07&to=2026-12-11").status_code == 204
        assert slots(clinic, "2026-12-07", "2026-12-11") == []

    def test_not_over_bookings_unless_they_are_kept(self, clinic: Api) -> None:
        book(clinic, "2026-12-07T09:00:00Z")
        refused(clinic.delete(f"{ADDRESS}?date=2026-12-07"), 409, "BREAK_CONFLICTS_WITH_BOOKINGS")
        assert clinic.delete(f"{ADDRESS}?date=2026-12-07&onConflict=keep").status_code == 204

    def test_names_a_day_or_a_range_not_both(self, clinic: Api) -> None:
        for query in ("", "?from=2026-12-07", "?date=2026-12-07&to=2026-12-08"):
            assert clinic.delete(f"{ADDRESS}{query}").json()["error"]["code"] == "INVALID_DATE_RANGE"
