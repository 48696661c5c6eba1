"""Credentials: made, changed, rotated, revoked; and tokens for every situation."""

from __future__ import annotations

import pytest

URL = "/sandbox/v1/credentials"
CLOCK = "/sandbox/v1/clock"


def create(api, **members):
    answer = api.post(URL, json={"name": "Mine", "kind": "api_key", **members})
    assert answer.status_code == 201, answer.text
    return answer.json()


def with_key(api, key):
    return type(api)(api.server, api.workspace_id, {"X-API-Key": key})


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


class TestCreateCredential:
    def test_a_key_works_and_is_shown_once(self, api):
        made = create(api, scopes=["sandbox:read"])
        assert with_key(api, made["apiKey"]).get(CLOCK).status_code == 200
        again = api.get(f"{URL}/{made['id']}").json()
        assert "apiKey" not in again
        assert again["secretHint"] == made["apiKey"][-4:]

    def test_a_key_names_its_workspace(self, api, server):
        key = create(api)["apiKey"]
        bare = type(api)(server, "", {"X-API-Key": key})
        del bare.headers["x-sandbox-workspace"]
        shown = bare.get(f"/sandbox/v1/workspaces/{api.workspace_id}")
        assert shown.status_code == 200

    def test_a_client_gets_tokens(self, api):
        made = create(api, kind="oauth_client", scopes=["sandbox:read"])
        form = {
            "grant_type": "client_credentials",
            "client_id": made["clientId"],
            "client_secret": made["clientSecret"],
        }
        token = api.anonymous.post("/oauth/token", data=form).json()
        assert token["scope"] == "sandbox:read"
        assert api.bearer(token["access_token"]).get(CLOCK).status_code == 200

    def test_only_an_operator_hands_out_operator_scopes(self, api):
        body = {"name": "Mine", "kind": "api_key", "scopes": ["sandbox:specialist"]}
        assert code(api.post(URL, json=body)) == (403, "INSUFFICIENT_PERMISSIONS")
        assert api.control.post(URL, json=body).status_code == 201

    @pytest.mark.parametrize("members", [{"scopes": ["no:such"]}, {"ipAllowlist": ["300.0.0.1"]}], ids=str)
    def test_what_makes_no_sense_is_refused(self, api, members):
        assert code(api.post(URL, json={"name": "x", "kind": "api_key", **members})) == (
            422,
            "BUSINESS_RULE_VIOLATION",
        )

    def test_a_key_is_bound_to_its_networks(self, api):
        inside = create(api, ipAllowlist=["127.0.0.0/8"])["apiKey"]
        outside = create(api, ipAllowlist=["203.0.113.0/24"])["apiKey"]
        assert with_key(api, inside).get(CLOCK).status_code == 200
        assert code(with_key(api, outside).get(CLOCK)) == (403, "IP_NOT_ALLOWED")

    def test_a_key_ends_when_it_expires(self, api):
        frozen = {"mode": "frozen", "now": "2030-01-01T00:00:00Z"}
        assert api.put(CLOCK, json=frozen).status_code == 200
        made = create(api, expiresAt="2030-01-01T01:00:00Z")
        client = with_key(api, made["apiKey"])
        assert client.get(CLOCK).status_code == 200
        assert "credential.expire" in api.advance("PT1H")["counts"]
        assert code(client.get(CLOCK)) == (401, "API_KEY_EXPIRED")
        assert api.get(f"{URL}/{made['id']}").json()["status"] == "expired"


class TestListCredentials:
    def test_it_filters_and_shows_no_secret(self, api):
        shown = api.get(URL, params={"kind": "api_key", "pageSize": 100}).json()["data"]
        assert {one["kind"] for one in shown} == {"api_key"}
        assert "sk_sandbox_partner_demo" not in str(shown)


class TestRotateCredential:
    def test_the_previous_secret_works_until_the_overlap_ends(self, api):
        made = create(api)
        rotated = api.post(f"{URL}/{made['id']}/rotate", json={"overlapHours": 1}).json()
        assert rotated["apiKey"] != made["apiKey"]
        for key in (made["apiKey"], rotated["apiKey"]):
            assert with_key(api, key).get(CLOCK).status_code == 200
        api.advance("PT61M")
        assert with_key(api, made["apiKey"]).get(CLOCK).status_code == 401
        assert with_key(api, rotated["apiKey"]).get(CLOCK).status_code == 200

    def test_no_overlap_ends_it_at_once(self, api):
        made = create(api)
        api.post(f"{URL}/{made['id']}/rotate", json={"overlapHours": 0})
        assert with_key(api, made["apiKey"]).get(CLOCK).status_code == 401


class TestRevokeCredential:
    def test_a_revoked_key_is_refused_and_stays_revoked(self, api):
        made = create(api)
        client = with_key(api, made["apiKey"])
        assert client.get(CLOCK).status_code == 200
        assert api.post(f"{URL}/{made['id']}/revoke").json()["status"] == "revoked"
        assert code(client.get(CLOCK)) == (401, "INVALID_API_KEY")
        assert code(api.post(f"{URL}/{made['id']}/revoke")) == (409, "INVALID_STATE_TRANSITION")


class TestUpdateAndDelete:
    def test_an_expired_key_works_again_when_its_end_is_moved(self, api):
        made = create(api, expiresAt="2001-01-01T00:00:00Z")
        assert code(with_key(api, made["apiKey"]).get(CLOCK)) == (401, "API_KEY_EXPIRED")
        api.patch(f"{URL}/{made['id']}", json={"expiresAt": None})
        assert with_key(api, made["apiKey"]).get(CLOCK).status_code == 200

    def test_the_last_use_is_shown(self, api):
        made = create(api)
        assert api.get(f"{URL}/{made['id']}").json()["lastUsedAt"] is None
        with_key(api, made["apiKey"]).get(CLOCK)
        assert api.get(f"{URL}/{made['id']}").json()["lastUsedAt"] is not None

    def test_a_change_of_scopes_counts_at_once(self, api):
        made = create(api, scopes=["sandbox:read"])
        client = with_key(api, made["apiKey"])
        assert client.get(CLOCK).status_code == 200
        assert api.patch(f"{URL}/{made['id']}", json={"scopes": ["events:read"]}).status_code == 200
        assert code(client.get(CLOCK)) == (403, "INSUFFICIENT_SCOPE")

    def test_a_deleted_key_is_unknown(self, api):
        made = create(api)
        assert api.delete(f"{URL}/{made['id']}").status_code == 204
        assert code(with_key(api, made["apiKey"]).get(CLOCK)) == (401, "INVALID_API_KEY")


class TestMintToken:
    def mint(self, api, **body):
        answer = api.control.post("/sandbox/v1/tokens", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def test_a_persona_acts_with_the_scopes_of_its_role(self, api):
        minted = self.mint(api, persona="admin")
        assert minted["claims"]["roles"] == ["admin"]
        assert api.bearer(minted["access_token"]).get(CLOCK).status_code == 200

    def test_fewer_scopes_on_request_but_never_more(self, api):
        assert self.mint(api, persona="attendee", scopes=["events:read"])["scope"] == "events:read"
        body = {"persona": "attendee", "scopes": ["sandbox:write"]}
        assert code(api.control.post("/sandbox/v1/tokens", json=body)) == (422, "BUSINESS_RULE_VIOLATION")

    def test_an_expired_token_is_refused_as_expired(self, api):
        minted = self.mint(api, persona="admin", expiresInSeconds=-10)
        assert code(api.bearer(minted["access_token"]).get(CLOCK)) == (401, "TOKEN_EXPIRED")

    @pytest.mark.parametrize(
        "how", ["bad_signature", "wrong_issuer", "wrong_audience", "alg_none", "future_nbf"]
    )
    def test_a_tampered_token_is_refused_as_invalid(self, api, how):
        minted = self.mint(api, persona="admin", tamper=how)
        assert code(api.bearer(minted["access_token"]).get(CLOCK)) == (401, "INVALID_TOKEN")

    def test_a_credential_is_an_owner_as_well(self, api):
        minted = self.mint(api, credentialId=f"key_{1:024d}")
        assert minted["claims"]["sub"] == "partner-demo"

    def test_a_partner_cannot_become_a_specialist(self, api):
        answer = api.post("/sandbox/v1/tokens", json={"credentialId": f"key_{6:024d}"})
        assert code(answer) == (403, "INSUFFICIENT_PERMISSIONS")

    @pytest.mark.parametrize(
        "body", [{}, {"persona": "nobody"}, {"persona": "admin", "claims": {"workspace": "ws_x"}}], ids=str
    )
    def test_an_unclear_request_is_refused(self, api, body):
        assert code(api.control.post("/sandbox/v1/tokens", json=body)) == (422, "BUSINESS_RULE_VIOLATION")


class TestListPersonas:
    def test_each_can_be_minted(self, api):
        personas = api.control.get("/sandbox/v1/personas").json()["data"]
        assert len(personas) == 17
        for persona in personas:
            assert (
                api.control.post("/sandbox/v1/tokens", json={"persona": persona["name"]}).status_code == 201
            )
