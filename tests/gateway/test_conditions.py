"""ETags, If-None-Match and If-Match."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Api

LOCATION = "/api/v1/locations/c1000000-0000-4000-8000-000000000001"
EVENT = "/api/v1/events/e1000000-0000-4000-8000-000000000001"


class TestReading:
    def test_an_unchanged_resource_is_not_sent_again(self, api: Api) -> None:
        etag = api.get(LOCATION).headers["ETag"]
        again = api.get(LOCATION, headers={"If-None-Match": etag})
        assert (304, b"", etag) == (again.status_code, again.content, again.headers["ETag"])

    def test_a_changed_one_is(self, api: Api) -> None:
        etag = api.get(LOCATION).headers["ETag"]
        assert 200 == api.patch(LOCATION, json={"city": "Kraków"}).status_code
        again = api.get(LOCATION, headers={"If-None-Match": etag})
        assert (200, "Kraków") == (again.status_code, again.json()["city"])

    def test_a_list_changes_with_its_items(self, api: Api) -> None:
        etag = api.get("/api/v1/locations").headers["ETag"]
        assert 304 == api.get("/api/v1/locations", headers={"If-None-Match": etag}).status_code
        api.patch(LOCATION, json={"city": "Kraków"})
        assert 200 == api.get("/api/v1/locations", headers={"If-None-Match": etag}).status_code

    def test_the_same_page_of_two_worlds_is_two_pages(self, api: Api) -> None:
        run = {"X-Sandbox-Run": "another-world"}
        before = [api.get("/api/v1/locations", headers=headers).json()["data"] for headers in ({}, run)]
        assert before[0] == before[1]
        assert 200 == api.patch(LOCATION, json={"city": "Kraków"}, headers=run).status_code
        after = [api.get("/api/v1/locations", headers=headers).json()["data"] for headers in ({}, run, {})]
        assert before[0] == after[0] == after[2]
        assert "Kraków" in {location["city"] for location in after[1]}

    def test_head_is_get_without_a_body(self, api: Api) -> None:
        get, head = api.get(LOCATION), api.head(LOCATION)
        assert (200, b"", get.headers["ETag"]) == (head.status_code, head.content, head.headers["ETag"])
        assert get.headers["Content-Length"] == head.headers["Content-Length"]

    def test_caching_is_public_for_the_anonymous_only(self, api: Api) -> None:
        assert "private, max-age=60" == api.get(EVENT).headers["Cache-Control"]
        assert "public, max-age=60" == api.anonymous.get(EVENT).headers["Cache-Control"]
        assert "no-store" == api.get("/api/v1/registrations").headers["Cache-Control"]


class TestWriting:
    def test_a_lost_update_is_refused(self, api: Api) -> None:
        etag = api.get(LOCATION).headers["ETag"]
        assert 200 == api.patch(LOCATION, json={"city": "Kraków"}, headers={"If-Match": etag}).status_code
        late = api.patch(LOCATION, json={"city": "Gdańsk"}, headers={"If-Match": etag})
        assert (412, "PRECONDITION_FAILED") == (late.status_code, late.json()["error"]["code"])
        assert "Kraków" == api.get(LOCATION).json()["city"]

    def test_a_moment_beyond_all_years_is_no_condition(self, api: Api) -> None:
        headers = {"If-Unmodified-Since": "Fri, 31 Dec 9999 23:59:59 -1200"}
        assert 200 == api.patch(LOCATION, json={"city": "Kraków"}, headers=headers).status_code

    def test_put_needs_a_condition(self, api: Api) -> None:
        organizer = api.persona("organizer")
        event = organizer.get(EVENT).json()
        body = {"name": "New", "format": "virtual", "timezone": "Europe/Warsaw"}
        body |= {"startsAt": event["startsAt"], "endsAt": event["endsAt"]}
        answer = organizer.put(EVENT, json=body)
        assert (428, "PRECONDITION_REQUIRED") == (answer.status_code, answer.json()["error"]["code"])

    def test_a_change_of_nothing_keeps_the_version(self, api: Api) -> None:
        before = api.get(LOCATION)
        same = api.patch(LOCATION, json={"city": before.json()["city"]})
        assert before.headers["ETag"] == same.headers["ETag"]


class TestPreferring:
    """`Prefer: return=minimal`."""

    NEW = {"name": "Annex", "city": "Łódź", "country": "PL", "timezone": "Europe/Warsaw"}
    MINIMAL = {"Prefer": "return=minimal"}

    def test_a_change_is_not_said_again(self, api: Api) -> None:
        answer = api.patch(LOCATION, json={"city": "Kraków"}, headers=self.MINIMAL)
        assert (204, b"") == (answer.status_code, answer.content)
        assert "return=minimal" == answer.headers["Preference-Applied"]
        now = api.get(LOCATION)
        assert ("Kraków", answer.headers["ETag"]) == (now.json()["city"], now.headers["ETag"])
        assert not {"Content-Type", "Content-Length"} & set(answer.headers)

    def test_what_was_created_is_named_only(self, api: Api) -> None:
        answer = api.post("/api/v1/locations", json=self.NEW, headers=self.MINIMAL)
        assert (201, b"", "0") == (answer.status_code, answer.content, answer.headers["Content-Length"])
        assert "return=minimal" == answer.headers["Preference-Applied"]
        made = api.get(answer.headers["Location"])
        assert ("Annex", answer.headers["ETag"]) == (made.json()["name"], made.headers["ETag"])

    def test_a_repeated_call_gets_what_it_prefers_this_time(self, api: Api) -> None:
        key = {"Idempotency-Key": "annex"}
        first = api.post("/api/v1/locations", json=self.NEW, headers={**key, **self.MINIMAL})
        again = api.post("/api/v1/locations", json=self.NEW, headers=key)
        assert (b"", first.headers["Location"]) == (first.content, again.headers["Location"])
        assert ("Annex", "true") == (again.json()["name"], again.headers["Idempotent-Replayed"])

    @pytest.mark.parametrize(
        ("said", "status"),
        [
            ('respond-async, RETURN = "Minimal"; foo=1', 204),
            ("return=minimal, return=representation", 204),
            ("return=representation, return=minimal", 200),
            ("return=minimalist", 200),
            ("no-return=minimal", 200),
            ("return", 200),
            ("", 200),
        ],
    )
    def test_preferences_are_read_as_they_are_written(self, api: Api, said: str, status: int) -> None:
        answer = api.patch(LOCATION, json={"city": "Kraków"}, headers={"Prefer": said})
        assert status == answer.status_code
        assert (status == 204) == ("Preference-Applied" in answer.headers)

    def test_refusals_are_said_in_full(self, api: Api) -> None:
        answer = api.patch(LOCATION, json={"city": 7}, headers=self.MINIMAL)
        assert (400, "VALIDATION_ERROR") == (answer.status_code, answer.json()["error"]["code"])
        assert "Preference-Applied" not in answer.headers

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/api/v1/validation/echo", {"hello": 1}),
            ("/api/v1/webhooks", {"url": "https://hooks.sandbox.example/a", "eventTypes": ["event.created"]}),
        ],
        ids=["a result", "a secret"],
    )
    def test_what_is_told_once_is_told(self, api: Api, path: str, body: dict[str, Any]) -> None:
        answer = api.post(path, json=body, headers=self.MINIMAL)
        assert answer.is_success, answer.text
        assert answer.json()
        assert "Preference-Applied" not in answer.headers
