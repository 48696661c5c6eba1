"""Status: the page, incidents, maintenances, measurements."""

from __future__ import annotations

from tests.conftest import Api


class TestPage:
    def test_of_the_standard_world_shows_what_is_planned_and_nothing_broken(self, api: Api) -> None:
        page = api.anonymous.get("/status")
        assert (page.json()["indicator"], page.headers["cache-control"]) == ("none", "public, max-age=30")
        assert {each["status"] for each in page.json()["components"]} == {"operational"}
        assert [each["title"] for each in page.json()["maintenances"]] == ["Database upgrade"]

    def test_shows_the_worst_that_is_going_on(self, api: Api) -> None:
        with api.workspace.transaction() as tx:
            known = tx.find("incident")[0]
            tx.put("incident", {**known, "impact": "major", "status": "identified", "resolvedAt": None})
            tx.put("component", {"id": "webhooks", "status": "partial_outage"})
        page = api.anonymous.get("/status").json()
        assert (page["indicator"], [each["id"] for each in page["incidents"]]) == ("major", [known["id"]])
        assert {"name": "webhooks", "status": "partial_outage"} in page["components"]


def test_incidents_are_told_with_their_updates(api: Api) -> None:
    [incident] = api.anonymous.get("/status/incidents").json()["data"]
    alone = api.anonymous.get(f"/status/incidents/{incident['id']}").json()
    assert [each["status"] for each in alone["updates"]] == ["investigating", "identified", "resolved"]
    assert len(api.anonymous.get("/status/maintenances").json()["data"]) == 1


def test_measurements_count_what_the_workspace_holds_and_did(api: Api) -> None:
    def measured() -> dict[str, float]:
        answer = api.anonymous.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        pairs = (line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    before = measured()
    answer = api.post(
        "/api/v1/locations", json={"name": "X", "city": "Y", "country": "PL", "timezone": "UTC"}
    )
    assert answer.status_code == 201
    after = measured()
    locations = 'sandbox_documents{kind="location"}'
    assert after[locations] == before[locations] + 1
    assert after["sandbox_exchanges_total"] > before["sandbox_exchanges_total"] + 1
    assert after["sandbox_events_total"] >= before["sandbox_events_total"]


def test_changes_of_the_api_are_listed(api: Api) -> None:
    entries = api.anonymous.get("/api/v1/changelog?pageSize=2").json()
    assert (len(entries["data"]), entries["pagination"]["totalItems"] > 2) == (2, True)
    assert api.anonymous.get("/api/v2").json()["features"]["events"] is False


def test_of_the_first_minor_version_have_no_links(api: Api) -> None:
    first = {"X-API-Version": "1.0"}
    [planned] = api.anonymous.get("/status/maintenances", headers=first).json()["data"]
    assert {"id", "title"} <= set(planned)
    assert "_links" not in planned
    assert all(
        "_links" not in api.anonymous.get(path, headers=first).json() for path in ("/api/v1", "/api/v2")
    )


class TestValidation:
    def test_any_status_can_be_had(self, api: Api) -> None:
        for status in (200, 204, 304, 404, 418, 503):
            answer = api.anonymous.get(f"/api/v1/validation/statuses/{status}")
            assert answer.status_code == status
            if status >= 400:
                assert answer.json()["error"]["code"] == "SIMULATED_FAULT"
        for wrong in ("199", "600", "many", "2.5", "null,null"):
            answer = api.anonymous.get(f"/api/v1/validation/statuses/{wrong}")
            assert (answer.status_code, answer.json()["error"]["target"]) == (400, "statusCode")

    def test_an_answer_can_be_waited_for(self, api: Api) -> None:
        assert api.anonymous.get("/api/v1/validation/delays/30").json()["delayedMs"] == 30
        assert (
            api.anonymous.get("/api/v1/validation/delays/30001").json()["error"]["code"]
            == "INVALID_PARAMETER"
        )


def test_receivers_learn_where_deliveries_come_from(api: Api) -> None:
    listed = api.anonymous.get("/api/v1/webhook-source-ips").json()["data"]
    assert "127.0.0.1/32" in [each["cidr"] for each in listed]
