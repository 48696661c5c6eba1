"""Locations and the dictionary of services through the front door."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Api
from tests.platform.clinic import emitted, key, refused

LEEDS = {"name": "Leeds Clinic", "city": "Leeds", "country": "GB", "timezone": "Europe/London"}


class TestLocations:
    def test_created_with_its_defaults(self, api: Api) -> None:
        answer = api.post("/api/v1/locations", json=LEEDS)
        made = answer.json()
        assert answer.status_code == 201
        assert answer.headers["location"] == f"/api/v1/locations/{made['id']}"
        assert (made["status"], made["cancellationWindowHours"], made["paymentAccount"]) == (
            "active",
            24,
            "default",
        )
        assert api.get(answer.headers["location"]).json() == made

    @pytest.mark.parametrize("zone", ["CEST", "UTC+1", "Mars/Olympus", "localtime", "../etc/passwd"])
    def test_only_real_zones(self, api: Api, zone: str) -> None:
        refused(api.post("/api/v1/locations", json={**LEEDS, "timezone": zone}), 400, "INVALID_TIMEZONE")
        refused(
            api.patch(f"/api/v1/locations/{key('c1', 1)}", json={"timezone": zone}), 400, "INVALID_TIMEZONE"
        )

    def test_a_position_is_text_as_in_events(self, api: Api) -> None:
        position = {"latitude": "0", "longitude": "-0.1276474"}
        made = api.post("/api/v1/locations", json={**LEEDS, **position}).json()
        assert {member: made[member] for member in position} == position
        refused(api.post("/api/v1/locations", json={**LEEDS, "latitude": 53.8}), 400, "VALIDATION_ERROR")

    def test_one_name_a_city(self, api: Api) -> None:
        first = api.post("/api/v1/locations", json=LEEDS).json()
        error = refused(api.post("/api/v1/locations", json=LEEDS), 409, "DUPLICATE_RESOURCE")
        assert error["_links"]["existing"]["href"].endswith(first["id"])

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ({"country": "PL"}, {1, 7}),
            ({"city": "lord howe"}, {5}),
            ({"q": "clinic", "pageSize": 100}, {1, 3, 4, 6}),
            ({"status": "inactive"}, set()),
        ],
        ids=str,
    )
    def test_narrowed(self, api: Api, query: dict[str, Any], numbers: set[int]) -> None:
        rows = api.get("/api/v1/locations", params=query).json()["data"]
        assert {row["id"] for row in rows} == {key("c1", n) for n in numbers}

    def test_a_change_emits_and_raises_the_version(self, api: Api) -> None:
        changed = api.patch(f"/api/v1/locations/{key('c1', 1)}", json={"phone": "+447700900999"}).json()
        assert changed["version"] == 2
        assert emitted(api)[-1] == "location.updated"

    def test_a_new_zone_is_that_of_its_schedules(self, api: Api) -> None:
        assert (
            api.patch(f"/api/v1/locations/{key('c1', 1)}", json={"timezone": "Europe/Kyiv"}).status_code
            == 200
        )
        hours = api.get(f"/api/v1/assignments/{key('c4', 1)}/schedule").json()
        assert (hours["timezone"], hours["version"]) == ("Europe/Kyiv", 2)

    def test_stays_while_somebody_works_there(self, api: Api) -> None:
        refused(api.delete(f"/api/v1/locations/{key('c1', 1)}"), 409, "RESOURCE_IN_USE")
        empty = api.post("/api/v1/locations", json=LEEDS).json()["id"]
        assert api.delete(f"/api/v1/locations/{empty}").status_code == 204
        refused(api.get(f"/api/v1/locations/{empty}"), 404, "RESOURCE_NOT_FOUND")

    def test_reading_does_not_allow_writing(self, api: Api) -> None:
        refused(api.as_("readonly-demo").post("/api/v1/locations", json=LEEDS), 403, "INSUFFICIENT_SCOPE")


class TestServices:
    def test_a_name_is_used_once(self, api: Api) -> None:
        assert (
            api.post("/api/v1/services", json={"name": "Acupuncture"}).json()["defaultDurationMinutes"] == 30
        )
        refused(api.post("/api/v1/services", json={"name": "Acupuncture"}), 409, "DUPLICATE_RESOURCE")

    def test_by_specialty(self, api: Api) -> None:
        rows = api.get("/api/v1/services", params={"specialty": "dentistry"}).json()["data"]
        assert {row["name"] for row in rows} == {"Dental hygiene", "Filling"}

    def test_sorted_by_name(self, api: Api) -> None:
        names = [row["name"] for row in api.get("/api/v1/services").json()["data"]]
        assert names == sorted(names)
        assert len(names) == 15

    def test_stays_while_it_is_on_sale(self, api: Api) -> None:
        refused(api.delete(f"/api/v1/services/{key('c2', 1)}"), 409, "RESOURCE_IN_USE")
