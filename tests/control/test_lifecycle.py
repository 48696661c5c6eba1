"""The lifecycle of the API: what deprecated operations say, and that they are gone one day."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

LIFECYCLE = "/sandbox/v1/lifecycle"
UNPUBLISH = "/api/v1/events/e1000000-0000-4000-8000-000000000001/unpublish"
ANCHOR = "2026-11-16T00:00:00.000Z"
SEPTEMBER, NEXT_AUGUST = "2026-09-17T00:00:00.000Z", "2027-08-13T00:00:00.000Z"


def put(api: Any, **body: Any) -> Any:
    """The lifecycle after it was said anew."""
    answer = api.control.put(LIFECYCLE, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def move_to(api: Any, moment: str) -> None:
    """Show that time without running what falls due until then."""
    with api.workspace.transaction() as tx:
        for entry in tx.find("agenda"):
            tx.delete("agenda", entry["id"])
    assert api.control.put("/sandbox/v1/clock", json={"mode": "frozen", "now": moment}).status_code == 200


def operation(name: str, **members: Any) -> dict[str, Any]:
    """A deprecated operation."""
    return {"operationId": name, "status": "deprecated", **members}


class TestGetLifecycle:
    def test_three_operations_are_deprecated_in_every_world(self, api: Any) -> None:
        found = api.control.get(LIFECYCLE).json()
        assert {each["operationId"] for each in found["operations"]} == {
            "unpublishEvent",
            "checkInRegistration",
            "revertRegistrationCheckIn",
        }
        assert {(each["deprecatedAt"], each["sunsetAt"]) for each in found["operations"]} == {
            (SEPTEMBER, NEXT_AUGUST)
        }
        assert [each["status"] for each in found["versions"]] == ["current", "preview"]

    def test_their_answers_say_so_whatever_they_are(self, api: Any) -> None:
        answer = api.post(UNPUBLISH)
        assert answer.status_code == 409
        assert answer.headers["deprecation"] == "@1789603200"
        assert parsedate_to_datetime(answer.headers["sunset"]).isoformat() == "2027-08-13T00:00:00+00:00"
        assert '</api/v2>; rel="successor-version"' in answer.headers["link"]
        assert "deprecation" not in api.get("/api/v1/events?limit=1").headers

    def test_pages_of_others_may_read_it(self, api: Any) -> None:
        answer = api.post(UNPUBLISH, headers={"Origin": "https://page.example"})
        exposed = {name.strip() for name in answer.headers["access-control-expose-headers"].split(",")}
        assert {"Deprecation", "Sunset", "Link"} <= exposed

    def test_past_the_sunset_they_are_gone(self, api: Any) -> None:
        move_to(api, "2027-08-12T23:59:59Z")
        assert api.post(UNPUBLISH).status_code == 409
        move_to(api, NEXT_AUGUST)
        gone = api.post(UNPUBLISH)
        assert (gone.status_code, gone.json()["error"]["code"]) == (410, "OPERATION_RETIRED")
        assert gone.json()["error"]["_links"]["successor"]["href"] == "/api/v2"
        assert "sunset" in gone.headers
        assert {each["status"] for each in api.control.get(LIFECYCLE).json()["operations"]} == {"retired"}


class TestSetLifecycle:
    def test_a_preset_deprecates_what_version_two_has(self, api: Any) -> None:
        put(api, preset="v1-deprecated")
        for path in ("/api/v1/events?limit=1", "/api/v1/registrations?limit=1"):
            assert "deprecation" in api.get(path).headers
        assert "deprecation" not in api.get("/api/v1/locations").headers
        put(api)
        assert "deprecation" not in api.get("/api/v1/events?limit=1").headers

    def test_listeners_are_told_once(self, api: Any) -> None:
        for _ in range(2):
            put(api, operations=[operation("listLocations")])
        told = [each for each in api.workspace.store.find("outbox") if each["type"].startswith("api.")]
        assert [each["data"]["operations"] for each in told] == [["listLocations"]]

    def test_a_version_goes_as_a_whole(self, api: Any) -> None:
        dates = {"deprecatedAt": ANCHOR, "sunsetAt": "2027-06-01T00:00:00Z"}
        put(api, versions=[{"version": "v1", "status": "deprecated", **dates, "successor": "/api/v2"}])
        assert "sunset" in api.get("/api/v1/locations").headers
        [first, _] = api.anonymous.get("/api").json()["data"]
        assert (first["status"], first["sunsetAt"]) == ("deprecated", "2027-06-01T00:00:00.000Z")
        move_to(api, "2027-06-01T00:00:00Z")
        gone = api.get("/api/v1/locations")
        assert (gone.status_code, gone.json()["error"]["code"]) == (410, "API_VERSION_RETIRED")
        assert api.control.get(LIFECYCLE).json()["versions"][0]["status"] == "retired"

    def test_another_world_does_not_know_of_it(self, api: Any) -> None:
        put(api, operations=[operation("listLocations")])
        fork = api.server.sandbox.workspaces.fork("ws_default", "ws_elsewhere")
        try:
            there = api.with_headers(X_Sandbox_Workspace=fork.id, X_API_Key="sk_sandbox_partner_demo")
            assert "deprecation" not in there.get("/api/v1/locations").headers
        finally:
            api.server.sandbox.workspaces.delete(fork.id)

    @pytest.mark.parametrize(
        ("body", "code", "target"),
        [
            (
                {
                    "operations": [
                        operation("listEvents", deprecatedAt=ANCHOR, sunsetAt="2027-01-01T00:00:00Z")
                    ]
                },
                "SUNSET_NOTICE_TOO_SHORT",
                "/operations/0/sunsetAt",
            ),
            (
                {
                    "versions": [
                        {
                            "version": "v1",
                            "status": "deprecated",
                            "deprecatedAt": ANCHOR,
                            "sunsetAt": "2027-04-01T00:00:00Z",
                        }
                    ]
                },
                "SUNSET_NOTICE_TOO_SHORT",
                "/versions/0/sunsetAt",
            ),
            (
                {"operations": [operation("flyToMoon")]},
                "BUSINESS_RULE_VIOLATION",
                "/operations/0/operationId",
            ),
        ],
    )
    def test_what_would_surprise_everybody_is_refused(
        self, api: Any, body: Any, code: str, target: str
    ) -> None:
        error = api.control.put(LIFECYCLE, json=body).json()["error"]
        assert (error["status"], error["code"], error["target"]) == (422, code, target)
