"""Minor versions: what came later is not there for who asks for an earlier one."""

from __future__ import annotations

from typing import Any

import pytest

EVENT = "/api/v1/events/e1000000-0000-4000-8000-000000000001"
LISTS = ("/api/v1/events?limit=2", "/api/v1/registrations?pageSize=2", "/api/v1/locations")


def asked(api: Any, path: str, version: str) -> Any:
    """The answer to who speaks that version."""
    answer = api.get(path, headers={"X-API-Version": version})
    assert answer.headers["x-api-version"] == version
    return answer


@pytest.mark.parametrize(
    ("version", "has_links", "has_availability"),
    [("1.0", False, False), ("1.1", True, False), ("1.2", True, True)],
)
class TestMembers:
    def test_of_one(self, api: Any, version: str, has_links: bool, has_availability: bool) -> None:
        event = asked(api, EVENT, version).json()
        assert ("_links" in event, "availability" in event) == (has_links, has_availability)
        assert event["name"] == "Sandbox DevConf"

    def test_of_a_list(self, api: Any, version: str, has_links: bool, has_availability: bool) -> None:
        page = asked(api, LISTS[0], version).json()
        assert {"availability" in each for each in page["data"]} == {has_availability}
        for path in LISTS:
            page = asked(api, path, version).json()
            assert {"_links" in each for each in page["data"]} == {has_links}
            assert ("_links" in page, "pagination" in page) == (has_links, True)

    def test_of_what_was_written(
        self, api: Any, version: str, has_links: bool, has_availability: bool
    ) -> None:
        answer = api.patch(EVENT, json={"summary": "New"}, headers={"X-API-Version": version})
        assert ("_links" in answer.json(), "availability" in answer.json()) == (has_links, has_availability)


class TestParameters:
    @pytest.mark.parametrize("query", ["fields=name", "expand=organizer"])
    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    def test_later_ones_are_unknown(self, api: Any, version: str, query: str) -> None:
        for path in (EVENT, "/api/v1/events"):
            answer = asked(api, f"{path}?{query}", version)
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (400, "UNKNOWN_PARAMETER")
            assert error["target"] == query.partition("=")[0]

    def test_pages_of_different_versions_have_different_validators(self, api: Any) -> None:
        tags = {asked(api, LISTS[0], version).headers["etag"] for version in ("1.0", "1.1", "1.2")}
        assert len(tags) == 3
