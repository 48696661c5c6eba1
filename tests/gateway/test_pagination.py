"""Three ways through the same collection."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import Api

PATH = "/api/v1/registrations"


def walk(api: Api, first: str) -> list[str]:
    """Ids of a collection, by following `next`."""
    ids: list[str] = []
    following: str | None = first
    while following:
        answer = api.get(following).json()
        ids += [item["id"] for item in answer["data"]]
        following = answer["_links"].get("next", {}).get("href")
    return ids


class TestModes:
    def test_all_see_the_same_sequence(self, api: Api) -> None:
        by_page = walk(api, f"{PATH}?pageSize=100")
        by_offset = walk(api, f"{PATH}?limit=90&offset=0")
        by_cursor = walk(api, f"{PATH}?cursor=&pageSize=70")

        assert len(by_page) > 500
        assert len(set(by_page)) == len(by_page)
        assert by_page == by_offset == by_cursor

    @pytest.mark.parametrize(
        "query",
        ["events?sort=name,-startsAt", "events?sort=-name,startsAt", "customers?sort=-createdAt,familyName"],
    )
    def test_a_cursor_goes_by_every_order_asked_for(self, api: Api, query: str) -> None:
        by_page = walk(api, f"/api/v1/{query}&pageSize=100")
        assert by_page == walk(api, f"/api/v1/{query}&pageSize=3&cursor=")

    def test_an_insert_during_a_cursor_walk_neither_repeats_nor_hides_anything(self, api: Api) -> None:
        first = api.get(f"{PATH}?cursor=&pageSize=50&sort=createdAt").json()
        seen = [item["id"] for item in first["data"]]
        made = api.post(PATH, json=registration()).json()["id"]

        rest = walk(api, first["_links"]["next"]["href"])

        assert not set(seen) & set(rest)
        assert made == rest[-1]

    def test_pages_link_to_their_neighbours(self, api: Api) -> None:
        answer = api.get(f"{PATH}?page=2&pageSize=10")
        links = {link["rel"]: link["url"] for link in answer.links.values()}

        assert {"first", "prev", "next", "last"} == set(links)
        assert "page=3&pageSize=10" == urlsplit(links["next"]).query
        assert answer.headers["X-Total-Count"] == str(answer.json()["pagination"]["totalItems"])

    def test_a_page_past_the_end_is_empty(self, api: Api) -> None:
        answer = api.get(f"{PATH}?page=100000&pageSize=100")
        assert (200, [], False) == (
            answer.status_code,
            answer.json()["data"],
            answer.json()["pagination"]["hasMore"],
        )

    def test_a_cursor_goes_with_its_query_only(self, api: Api) -> None:
        following = api.get(f"{PATH}?cursor=&pageSize=5&status=confirmed").json()["pagination"]["nextCursor"]
        other = api.get(f"{PATH}?cursor={following}&pageSize=5&status=cancelled")
        assert "INVALID_CURSOR" == other.json()["error"]["code"]

    def test_a_cursor_lives_a_day(self, api: Api) -> None:
        following = api.get(f"{PATH}?cursor=&pageSize=5").json()["pagination"]["nextCursor"]
        api.advance("PT25H")
        assert "INVALID_CURSOR" == api.get(f"{PATH}?cursor={following}&pageSize=5").json()["error"]["code"]

    def test_where_only_cursors_lead_on_the_first_page_has_one(self, api: Api) -> None:
        made = api.control.post("/sandbox/v1/inspector/bins", json={"name": "Four"}).json()
        for _ in range(4):
            api.post(f"/inspect/{made['id']}", json={})
        url = f"/sandbox/v1/inspector/bins/{made['id']}/requests"
        first = api.control.get(url, params={"pageSize": 3}).json()
        rest = api.control.get(first["_links"]["next"]["href"]).json()
        assert set(first["_links"]) == {"self", "next"}
        assert len({each["id"] for page in (first, rest) for each in page["data"]}) == 4
        assert not rest["pagination"]["hasMore"]


class TestSorting:
    @pytest.mark.parametrize(
        "path",
        [
            "/api/v1/audit-logs",
            "/api/v1/speakers/a2000000-0000-4000-8000-000000000001/sessions",
            "/sandbox/v1/journal",
            "/sandbox/v1/snapshots",
        ],
    )
    def test_what_cannot_be_sorted_by_is_refused_everywhere(self, api: Api, path: str) -> None:
        internal = api.as_("internal-demo") if "audit" in path else api.control
        assert "INVALID_SORT" == internal.get(f"{path}?sort=nope").json()["error"]["code"]

    def test_the_journal_and_the_audit_log_can_be_read_from_the_beginning(self, api: Api) -> None:
        for _ in range(3):
            api.post("/api/v1/customers", json={})
        for client, path in (
            (api.control, "/sandbox/v1/journal"),
            (api.as_("internal-demo"), "/api/v1/audit-logs"),
        ):
            times = [entry["at"] for entry in client.get(f"{path}?sort=at").json()["data"]]
            assert len(times) > 2
            assert times == sorted(times)

    def test_snapshots_come_in_the_order_asked_for(self, api: Api) -> None:
        for name in ("one", "two", "three"):
            api.control.post("/sandbox/v1/snapshots", json={"name": name})
        first = walk(api.control, "/sandbox/v1/snapshots?sort=createdAt")
        assert first == walk(api.control, "/sandbox/v1/snapshots?sort=-createdAt")[::-1]
        assert 3 == len(first)


class TestSelection:
    def test_what_no_item_can_be_without_comes_with_the_fields(self, api: Api) -> None:
        item = api.get("/api/v1/changelog?fields=type").json()["data"][0]
        assert set(item) == {"id", "version", "date", "type", "description"}

    def test_fields_are_those_asked_for_and_the_id(self, api: Api) -> None:
        item = api.get(f"{PATH}?fields=code,status&pageSize=1").json()["data"][0]
        assert {"id", "code", "status"} == set(item)

    def test_sorting_by_two_members(self, api: Api) -> None:
        items = api.get("/api/v1/events?sort=startsAt,-name&pageSize=100").json()["data"]
        assert items == sorted(
            sorted(items, key=lambda item: item["name"], reverse=True), key=lambda item: item["startsAt"]
        )


def registration() -> dict[str, Any]:
    return {
        "eventId": "e1000000-0000-4000-8000-000000000002",
        "contact": {"name": "Ada", "email": "late@sandbox.example"},
        "items": [{"ticketTypeId": "e3000000-0000-4000-8000-000000000009"}],
        "consents": [{"purpose": "terms", "granted": True}],
    }


class TestExpansion:
    BOOKING = "/api/v1/bookings/cb000000-0000-4000-8000-000000000001"

    def test_related_resources_come_along(self, api: Api) -> None:
        booking = api.get(f"{self.BOOKING}?expand=customer,offering").json()
        assert booking["customerId"] == booking["customer"]["id"]
        assert booking["offeringId"] == booking["offering"]["id"]
        listed = api.get("/api/v1/registrations?expand=event&fields=code&pageSize=1").json()["data"][0]
        assert {"id", "code", "event"} == set(listed)

    def test_what_cannot_be_expanded_is_refused(self, api: Api) -> None:
        answer = api.get(f"{self.BOOKING}?expand=secrets")
        assert ("INVALID_FIELD_SELECTION", "expand") == tuple(
            answer.json()["error"][m] for m in ("code", "target")
        )

    def test_expanding_takes_the_scope_of_reading(self, api: Api) -> None:
        minted = {
            "credentialId": api.get("/api/v1/validation/auth").json()["credentialId"],
            "scopes": ["bookings:read"],
        }
        token = api.control.post("/sandbox/v1/tokens", json=minted).json()["access_token"]
        narrow = api.bearer(token)
        assert 200 == narrow.get(self.BOOKING).status_code
        assert 403 == narrow.get(f"{self.BOOKING}?expand=customer").status_code
