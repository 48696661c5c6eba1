"""Validators of cached answers: a tag and a date that change exactly when the answer does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Api

WARSAW = "/api/v1/locations/c1000000-0000-4000-8000-000000000001"
SERVICES = "/api/v1/services"
CACHED = [
    "/api/v1/locations",
    WARSAW,
    "/api/v1/practitioners",
    "/api/v1/practitioners/c3000000-0000-4000-8000-000000000001",
    "/api/v1/assignments",
    "/api/v1/assignments/c4000000-0000-4000-8000-000000000001",
    SERVICES,
    "/api/v1/events",
    "/api/v1/events/e1000000-0000-4000-8000-000000000001",
    "/api/v1/events/e1000000-0000-4000-8000-000000000001/ticket-types",
    "/api/v1/event-categories",
    "/api/v1/privacy/disclosures",
    "/api/v1/privacy/retention-policies",
    "/api/v1/customers/ca000000-0000-4000-8000-000000000001",
    "/api/v1/webhook-event-types",
]
PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Clinic A", "Clinic B"]),
        "city": st.sampled_from(["Warszawa", "Łódź"]),
        "phone": st.sampled_from([None, "+447700900123"]),
    },
).filter(bool)


class TestConditionalRequests:
    @pytest.mark.parametrize("path", CACHED)
    def test_who_has_the_answer_is_not_sent_it_again(self, api: Api, path: str) -> None:
        first = api.get(path)
        assert first.status_code == 200, first.text
        assert first.headers["Cache-Control"] != "no-store"
        again = api.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
        assert api.get(path, headers={"If-None-Match": '"another"'}).status_code == 200

    def test_by_date(self, api: Api) -> None:
        first = api.get(WARSAW)
        date = first.headers["Last-Modified"]
        assert api.get(WARSAW, headers={"If-Modified-Since": date}).status_code == 304
        before = "Mon, 01 Jan 2024 00:00:00 GMT"
        assert api.get(WARSAW, headers={"If-Modified-Since": before}).status_code == 200
        assert api.get(WARSAW, headers={"If-Modified-Since": "yesterday"}).status_code == 200
        both = {"If-Modified-Since": date, "If-None-Match": '"another"'}
        assert api.get(WARSAW, headers=both).status_code == 200

    def test_a_change_is_seen_by_date_too(self, api: Api) -> None:
        date = api.get(WARSAW).headers["Last-Modified"]
        api.advance("PT2S")
        changed = api.patch(WARSAW, json={"name": "Clinic A"})
        assert changed.headers["Last-Modified"] > ""
        assert api.get(WARSAW, headers={"If-Modified-Since": date}).status_code == 200

    def test_writes_go_through_under_the_present_tag_only(self, api: Api) -> None:
        tag = api.get(WARSAW).headers["ETag"]
        first = api.patch(WARSAW, json={"name": "Clinic A"}, headers={"If-Match": tag})
        assert first.status_code == 200
        assert first.headers["ETag"] == api.get(WARSAW).headers["ETag"] != tag
        second = api.patch(WARSAW, json={"name": "Clinic B"}, headers={"If-Match": tag})
        assert second.status_code == 412
        late = {"If-Unmodified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"}
        assert api.patch(WARSAW, json={"name": "Clinic B"}, headers=late).status_code == 412


class TestTags:
    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(patches=st.lists(PATCHES, min_size=1, max_size=6))
    def test_change_exactly_when_the_representation_does(
        self, api: Api, patches: list[dict[str, Any]]
    ) -> None:
        seen: dict[str, dict[str, str]] = {WARSAW: {}, "/api/v1/locations?sort=createdAt": {}}
        before: dict[str, tuple[str, str]] = {}
        for patch in [{}, *patches]:
            if patch:
                assert api.patch(WARSAW, json=patch).status_code == 200
            for path, tags in seen.items():
                answer = api.get(path)
                tag = answer.headers["ETag"]
                assert tags.setdefault(tag, answer.text) == answer.text
                if path in before:
                    assert (before[path][0] == tag) == (before[path][1] == answer.text)
                before[path] = (tag, answer.text)


class TestInvalidation:
    def test_is_told_to_who_asked_by_name(self, api: Api) -> None:
        created = api.control.post("/sandbox/v1/inspector/bins", json={}).json()
        body = {"url": created["deliveryUrl"], "eventTypes": ["cache.invalidated"]}
        webhook = api.post("/api/v1/webhooks", json=body).json()
        api.patch(WARSAW, json={"name": "Clinic A"})
        [delivery] = api.get(f"/api/v1/webhooks/{webhook['id']}/deliveries").json()["data"]
        assert delivery["eventType"] == "cache.invalidated"
        assert delivery["payload"]["data"]["urls"] == ["/api/v1/locations", WARSAW]

    def test_is_no_part_of_everything(self, api: Api) -> None:
        created = api.control.post("/sandbox/v1/inspector/bins", json={}).json()
        webhook = api.post(
            "/api/v1/webhooks", json={"url": created["deliveryUrl"], "eventTypes": ["*"]}
        ).json()
        api.patch(WARSAW, json={"name": "Clinic A"})
        sent = api.get(f"/api/v1/webhooks/{webhook['id']}/deliveries").json()["data"]
        assert {each["eventType"] for each in sent} == {"location.updated"}
