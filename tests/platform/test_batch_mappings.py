"""Batches of mappings: made or changed, so that the same batch may be sent again."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api

PATH = "/api/v1/batch/mappings"


def mapped(api: Api, *items: dict[str, Any], mode: str = "best_effort") -> list[dict[str, Any]]:
    answer = api.post(PATH, json={"items": list(items), "mode": mode})
    assert answer.status_code == 202, answer.text
    api.advance("PT1S")
    found: list[dict[str, Any]] = api.get(
        f"/api/v1/batch-jobs/{answer.json()['id']}/results", params={"cursor": ""}
    ).json()["data"]
    return found


def item(api: Api, fixture: str, external: str, **members: Any) -> dict[str, Any]:
    kind = fixture.partition(".")[0]
    return {"resourceType": kind, "platformId": api.fixture(fixture), "externalId": external, **members}


class TestCreateMappingBatch:
    def test_maps_and_changes_what_was_mapped(self, api: Api) -> None:
        first = mapped(api, item(api, "location.london", "room-17", system="desk"))
        again = mapped(
            api,
            item(api, "location.london", "room-17", system="desk", externalLabel="Second floor"),
            item(api, "location.tokyo", "room-18", system="desk"),
        )
        assert [each["status"] for each in first + again] == ["succeeded"] * 3
        assert again[0]["resourceId"] == first[0]["resourceId"]
        kept = api.get(f"/api/v1/mappings/{first[0]['resourceId']}").json()
        assert kept["externalLabel"] == "Second floor"

    def test_refuses_what_the_single_operation_refuses(self, api: Api) -> None:
        found = mapped(
            api,
            item(api, "location.london", "room-17", system="desk"),
            item(api, "location.london", "room-18", system="desk"),
            {"resourceType": "location", "platformId": 7, "externalId": "x"},
            {"resourceType": ["location"], "externalId": "x"},
        )
        codes = [(each["error"] or {}).get("code") for each in found]
        assert codes == [None, "MAPPING_CONFLICT", "VALIDATION_ERROR", "VALIDATION_ERROR"]

    def test_all_or_nothing(self, api: Api) -> None:
        found = mapped(
            api,
            item(api, "location.london", "a", system="desk"),
            item(api, "location.london", "b", system="desk"),
            mode="all_or_nothing",
        )
        assert [each["status"] for each in found] == ["skipped", "failed"]
        assert api.get("/api/v1/mappings", params={"system": "desk"}).json()["data"] == []

    def test_more_than_500_are_refused(self, api: Api) -> None:
        answer = api.post(PATH, json={"items": [{}] * 501})
        assert answer.json()["error"]["code"] == "BATCH_TOO_LARGE"
