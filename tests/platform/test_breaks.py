"""Breaks through the front door, and the slots they take away."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api
from tests.platform.clinic import (
    CONSULTATION,
    GARCIA_LONDON,
    GARCIA_WARSAW,
    NINE,
    NOWAK,
    TEN,
    emitted,
    key,
    refused,
    starts,
)

HALF_PAST = "2026-11-23T08:30:00.000Z"


def take(api: Api, start: str, end: str, assignment: str = NOWAK, **more: Any) -> Any:
    return api.post(
        f"/api/v1/assignments/{assignment}/breaks", json={"startsAt": start, "endsAt": end, **more}
    )


def monday(api: Api) -> list[str]:
    query = {"from": NINE, "to": TEN, "offeringId": CONSULTATION}
    return starts(api.get(f"/api/v1/assignments/{NOWAK}/slots", params=query))


class TestBreaks:
    def test_takes_the_slots_away_until_it_is_deleted(self, clinic: Api) -> None:
        answer = take(clinic, NINE, HALF_PAST)
        assert answer.status_code == 201, answer.text
        assert monday(clinic) == [HALF_PAST]
        moved = clinic.patch(answer.headers["location"], json={"startsAt": HALF_PAST, "endsAt": TEN})
        assert (moved.status_code, moved.json()["version"]) == (200, 2)
        assert monday(clinic) == [NINE]
        assert clinic.delete(answer.headers["location"]).status_code == 204
        assert monday(clinic) == [NINE, HALF_PAST]
        names = ["created", "moved", "removed"]
        assert emitted(clinic) == [f"schedule.break_{name}" for name in names]

    def test_the_same_break_once(self, clinic: Api) -> None:
        take(clinic, NINE, HALF_PAST)
        error = refused(take(clinic, NINE, HALF_PAST), 409, "DUPLICATE_BREAK")
        assert error["_links"]["existing"]["href"].startswith(f"/api/v1/assignments/{NOWAK}/breaks/")

    def test_not_over_bookings_unless_they_are_kept(self, clinic: Api) -> None:
        error = refused(take(clinic, TEN, "2026-11-23T10:00:00Z"), 409, "BREAK_CONFLICTS_WITH_BOOKINGS")
        assert error["_links"]["conflicts"] == [{"href": f"/api/v1/bookings/{key('cb', 1)}"}]
        assert take(clinic, TEN, "2026-11-23T10:00:00Z", onConflict="keep").status_code == 201

    def test_ends_after_it_starts(self, clinic: Api) -> None:
        refused(take(clinic, TEN, NINE), 400, "INVALID_DATE_RANGE")

    def test_everywhere_the_practitioner_works(self, clinic: Api) -> None:
        made = take(clinic, NINE, TEN, GARCIA_WARSAW, applyToAllAssignments=True).json()
        (coupled,) = made["coupledBreakIds"]
        there = f"/api/v1/assignments/{GARCIA_LONDON}/breaks/{coupled}"
        assert clinic.get(there).json()["coupledBreakIds"] == [made["id"]]
        here = f"/api/v1/assignments/{GARCIA_WARSAW}/breaks/{made['id']}"
        clinic.patch(here, json={"endsAt": "2026-11-23T11:00:00Z"})
        assert clinic.get(there).json()["endsAt"] == "2026-11-23T11:00:00.000Z"
        clinic.delete(there)
        refused(clinic.get(here), 404, "RESOURCE_NOT_FOUND")

    def test_within_a_range(self, clinic: Api) -> None:
        query = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-25T00:00:00Z"}
        found = clinic.get(f"/api/v1/assignments/{NOWAK}/breaks", params=query).json()["data"]
        assert [pause["description"] for pause in found] == ["Lunch", "Lunch"]
