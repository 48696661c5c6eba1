"""OAuth in the words of its standards: errors, revocation, introspection, keys, metadata."""

from __future__ import annotations

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

GRANT = {"grant_type": "client_credentials"}
CLIENT = {"client_id": "partner-demo", "client_secret": "partner-demo-secret"}


def token(api, **form):
    answer = api.anonymous.post("/oauth/token", data={**GRANT, **CLIENT, **form})
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestIssueToken:
    def test_by_form_or_basic(self, api):
        assert token(api)["token_type"] == "Bearer"
        basic = api.anonymous.post("/oauth/token", data=GRANT, auth=("partner-demo", "partner-demo-secret"))
        assert basic.status_code == 200
        assert basic.headers["cache-control"] == "no-store"

    def test_scopes_can_be_narrowed(self, api):
        assert token(api, scope="events:read bookings:read")["scope"] == "bookings:read events:read"

    @pytest.mark.parametrize(
        ("form", "expected"),
        [
            ({**CLIENT}, (400, "invalid_request")),
            ({**CLIENT, "grant_type": "password"}, (400, "unsupported_grant_type")),
            ({**CLIENT, **GRANT, "scope": "sandbox:admin"}, (400, "invalid_scope")),
            ({**GRANT}, (401, "invalid_client")),
            ({**GRANT, **CLIENT, "client_secret": "wrong"}, (401, "invalid_client")),
            (
                {**GRANT, "client_id": "revoked-demo", "client_secret": "revoked-demo-secret"},
                (401, "invalid_client"),
            ),
        ],
        ids=["no grant", "password", "scope", "no client", "wrong secret", "revoked"],
    )
    def test_a_refusal_has_the_shape_of_the_standard(self, api, form, expected):
        answer = api.anonymous.post("/oauth/token", data=form)
        assert (answer.status_code, answer.json()["error"]) == expected
        if answer.status_code == 401:
            assert answer.headers["www-authenticate"].startswith("Basic")

    def test_one_way_of_authentication_only(self, api):
        answer = api.anonymous.post("/oauth/token", data={**GRANT, **CLIENT}, auth=("partner-demo", "x"))
        assert answer.json()["error"] == "invalid_request"

    def test_json_is_no_form(self, api):
        assert api.anonymous.post("/oauth/token", json={**GRANT, **CLIENT}).status_code == 415


class TestRevokeToken:
    def test_a_revoked_token_no_longer_works(self, api):
        text = token(api)["access_token"]
        assert api.bearer(text).get("/sandbox/v1/clock").status_code == 200
        assert api.anonymous.post("/oauth/revoke", data={**CLIENT, "token": text}).status_code == 200
        answer = api.bearer(text).get("/sandbox/v1/clock")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "TOKEN_REVOKED")
        assert api.anonymous.post("/oauth/revoke", data={**CLIENT, "token": text}).status_code == 200

    def test_an_unknown_token_is_no_error(self, api):
        assert api.anonymous.post("/oauth/revoke", data={**CLIENT, "token": "x"}).status_code == 200

    def test_a_client_revokes_only_its_own(self, api):
        other = {"client_id": "partner-other", "client_secret": "partner-other-secret"}
        answer = api.anonymous.post("/oauth/revoke", data={**other, "token": token(api)["access_token"]})
        assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


class TestIntrospectToken:
    def introspect(self, api, text):
        return api.anonymous.post("/oauth/introspect", data={**CLIENT, "token": text}).json()

    def test_a_live_token_says_what_it_is(self, api):
        shown = self.introspect(api, token(api, scope="events:read")["access_token"])
        assert (shown["active"], shown["client_id"], shown["scope"]) == (True, "partner-demo", "events:read")

    @pytest.mark.parametrize("how", ["garbage", "expired", "revoked"])
    def test_a_dead_token_says_nothing(self, api, how):
        text = token(api)["access_token"]
        if how == "garbage":
            text = text[:-5]
        elif how == "expired":
            api.advance("PT2H")
        else:
            api.anonymous.post("/oauth/revoke", data={**CLIENT, "token": text})
        assert self.introspect(api, text) == {"active": False}


class TestPublicDocuments:
    def test_the_published_key_verifies_a_token(self, api):
        keys = KeySet.import_key_set(api.anonymous.get("/.well-known/jwks.json").json())
        claims = jwt.decode(token(api)["access_token"], keys, algorithms=["ES256"]).claims
        metadata = api.anonymous.get("/.well-known/oauth-authorization-server").json()
        assert claims["iss"] == metadata["issuer"]
        assert claims["workspace"] == api.workspace_id

    def test_the_metadata_leads_to_the_endpoints(self, api):
        metadata = api.anonymous.get("/.well-known/oauth-authorization-server").json()
        assert api.anonymous.get(metadata["jwks_uri"]).status_code == 200
        assert api.anonymous.post(metadata["token_endpoint"], data={**GRANT, **CLIENT}).status_code == 200
