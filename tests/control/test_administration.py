"""What only the administrator's key opens."""

from __future__ import annotations

import pytest

URL = "/sandbox/v1/workspaces"
KEY = "only-the-operator-knows"


@pytest.fixture(name="admin")
def _admin(api):
    """The administrator of the server, for as long as the test runs."""
    identity = api.server.sandbox.identity
    identity._admin_key = KEY.encode()
    yield type(api)(api.server, "ws_default", {"X-API-Key": KEY})
    identity._admin_key = b""


@pytest.fixture(name="made")
def _made(admin):
    answer = admin.post(URL, json={"name": "Nightly", "profile": "minimal", "seed": 5})
    assert answer.status_code == 201, answer.text
    yield answer.json()
    admin.delete(f"{URL}/{answer.json()['id']}")


class TestCreateWorkspace:
    def test_it_is_made_as_asked(self, admin, made):
        shown = admin.get(f"{URL}/{made['id']}").json()
        assert (shown["name"], shown["profile"], shown["seed"]) == ("Nightly", "minimal", 5)

    def test_its_credentials_lead_to_it(self, api, made):
        client, key = made["credentials"]
        form = {"client_id": client["clientId"], "client_secret": client["clientSecret"]}
        bare = type(api)(api.server, "", {})
        del bare.headers["x-sandbox-workspace"]
        token = bare.post("/oauth/token", data={"grant_type": "client_credentials", **form}).json()[
            "access_token"
        ]
        for headers in ({"Authorization": f"Bearer {token}"}, {"X-API-Key": key["apiKey"]}):
            entries = bare.get(f"{URL}/{made['id']}", headers=headers)
            assert entries.status_code == 200, entries.text

    def test_they_open_no_other(self, api, made):
        key = made["credentials"][1]["apiKey"]
        answer = type(api)(api.server, "ws_default", {"X-API-Key": key}).get("/sandbox/v1/clock")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "WORKSPACE_ACCESS_DENIED")

    def test_two_never_share_a_secret(self, admin, made):
        other = admin.post(URL, json={"profile": "minimal", "seed": 5}).json()
        assert other["credentials"][1]["apiKey"] != made["credentials"][1]["apiKey"]
        admin.delete(f"{URL}/{other['id']}")


class TestListWorkspaces:
    def test_all_are_listed(self, admin, made):
        ids = [one["id"] for one in admin.get(URL, params={"pageSize": 100}).json()["data"]]
        assert {"ws_default", made["id"]} <= set(ids)


class TestDeleteWorkspace:
    def test_it_is_gone_with_its_credentials(self, api, admin, made):
        key = made["credentials"][1]["apiKey"]
        assert admin.delete(f"{URL}/{made['id']}").status_code == 204
        assert admin.get(f"{URL}/{made['id']}").status_code == 404
        bare = type(api)(api.server, "ws_default", {"X-API-Key": key})
        assert bare.get("/sandbox/v1/clock").status_code == 401

    def test_the_default_one_stays(self, admin):
        answer = admin.delete(f"{URL}/ws_default")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "RESOURCE_IN_USE")


class TestOperator:
    def test_a_wrong_key_is_refused(self, admin):
        answer = admin.get(URL, headers={"X-API-Key": KEY[:-1]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "INVALID_API_KEY")

    def test_without_one_configured_nobody_is_administrator(self, api):
        answer = type(api)(api.server, "ws_default", {"X-API-Key": ""}).get(URL)
        assert answer.status_code == 401
