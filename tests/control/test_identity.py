"""Every credential presented is good, or refused with its own code; it is never taken for anonymous."""

from __future__ import annotations

import pytest

CLOCK = "/sandbox/v1/clock"
PUBLIC = "/api/v1/events"


def code(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


class TestAuthenticate:
    @pytest.mark.parametrize(
        ("headers", "expected"),
        [
            ({}, (401, "AUTHENTICATION_REQUIRED")),
            ({"Authorization": "Bearer x.y"}, (401, "INVALID_TOKEN")),
            ({"Authorization": "Bearer"}, (401, "INVALID_TOKEN")),
            ({"Authorization": "Basic YTpi"}, (401, "AUTHENTICATION_REQUIRED")),
            ({"Authorization": "Digest x"}, (401, "AUTHENTICATION_REQUIRED")),
            ({"X-API-Key": "sk_sandbox_wrong"}, (401, "INVALID_API_KEY")),
            ({"X-API-Key": ""}, (401, "INVALID_API_KEY")),
            ({"X-API-Key": "sk_sandbox_expired"}, (401, "API_KEY_EXPIRED")),
            ({"X-API-Key": "sk_sandbox_ip_locked"}, (403, "IP_NOT_ALLOWED")),
            ({"Ocp-Apim-Subscription-Key": "sk_sandbox_wrong"}, (401, "INVALID_API_KEY")),
        ],
        ids=str,
    )
    def test_a_bad_credential_has_its_code(self, api, headers, expected):
        answer = api.anonymous.get(CLOCK, headers=headers)
        assert code(answer) == expected
        if answer.status_code == 401:
            assert answer.headers["www-authenticate"].startswith("Bearer ")

    @pytest.mark.parametrize(
        "headers", [{"Authorization": "Bearer x.y"}, {"X-API-Key": "sk_sandbox_wrong"}], ids=["token", "key"]
    )
    def test_it_is_refused_on_a_public_operation_too(self, api, headers):
        assert api.anonymous.get(PUBLIC).status_code == 200
        assert api.anonymous.get(PUBLIC, headers=headers).status_code == 401

    def test_a_bad_key_beside_a_good_token_is_refused(self, api):
        assert code(api.control.get(CLOCK, headers={"X-API-Key": "sk_sandbox_wrong"})) == (
            401,
            "INVALID_API_KEY",
        )

    def test_the_alias_header_carries_a_key_as_well(self, api):
        headers = {"Ocp-Apim-Subscription-Key": "sk_sandbox_partner_demo"}
        assert api.anonymous.get(CLOCK, headers=headers).status_code == 200

    def test_a_missing_scope_is_named(self, api):
        answer = api.as_("readonly-demo").post("/sandbox/v1/reset", json={})
        assert code(answer) == (403, "INSUFFICIENT_SCOPE")
        assert 'scope="sandbox:write"' in answer.headers["www-authenticate"]


class TestTokenLife:
    def test_a_token_expires_on_the_clock_of_the_workspace(self, api):
        client = api.as_("partner-demo")
        assert client.get(CLOCK).status_code == 200
        api.advance("PT61M")
        assert code(client.get(CLOCK)) == (401, "TOKEN_EXPIRED")
        assert api.as_("partner-demo").get(CLOCK).status_code == 200

    def test_a_fork_reads_its_own_clock(self, api):
        client = api.as_("partner-demo")
        run = {"X-Sandbox-Run": f"{api.workspace_id}-late"}
        assert (
            client.post("/sandbox/v1/clock/advance", json={"duration": "PT2H"}, headers=run).status_code
            == 200
        )
        assert code(client.get(CLOCK, headers=run)) == (401, "TOKEN_EXPIRED")
        assert client.get(CLOCK).status_code == 200

    def test_revoking_the_client_revokes_its_tokens_at_once(self, api):
        client = api.as_("partner-demo")
        assert client.get(CLOCK).status_code == 200
        assert api.control.post(f"/sandbox/v1/credentials/key_{1:024d}/revoke").status_code == 200
        assert code(client.get(CLOCK)) == (401, "TOKEN_REVOKED")

    def test_a_suspended_user_is_refused(self, api):
        answer = api.persona("suspended").get("/sandbox/v1/clock")
        assert code(answer) == (403, "ACCOUNT_SUSPENDED")


class TestWorkspaceAccess:
    def test_a_partner_stays_in_its_own_workspace(self, api, server):
        token = api.as_("partner-demo").headers["authorization"]
        answer = api.get(
            CLOCK, headers={"Authorization": token, "X-Sandbox-Workspace": "ws_default", "X-API-Key": ""}
        )
        assert answer.status_code in (401, 403)
        alone = type(api)(server, "ws_default", {"Authorization": token})
        assert code(alone.get(CLOCK)) == (403, "WORKSPACE_ACCESS_DENIED")

    def test_a_specialist_acts_in_any(self, api, server):
        token = api.control.headers["authorization"]
        assert type(api)(server, "ws_default", {"Authorization": token}).get(CLOCK).status_code == 200
