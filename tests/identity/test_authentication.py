"""Good credentials are remembered, and forgotten the moment anything they hang on changes."""

from __future__ import annotations

import pytest

from sandbox.identity import authentication
from sandbox.identity.authentication import Identity
from sandbox.identity.tokens import Grant
from sandbox.kernel.errors import InvalidApiKey, InvalidToken, TokenRevoked

KEY = {b"x-api-key": b"sk_sandbox_partner_demo"}
CLIENT = Grant("partner-demo", "partner-demo", "partner", ("events:read",), (), f"key_{1:024d}")


@pytest.fixture(name="registry")
def _registry(server):
    return server.sandbox.workspaces


@pytest.fixture(name="identity")
def _identity():
    return Identity("a secret", "http://sandbox.test")


def bearer(identity, workspace, jti="j1", lifetime=3600):
    token = identity.sign(identity.claims(workspace, CLIENT, lifetime, jti))
    return {b"authorization": f"Bearer {token}".encode()}


class TestMemory:
    def test_nobody_is_nobody(self, identity, registry, workspace):
        assert identity.authenticate(registry, {}, "127.0.0.1", workspace) is None

    def test_a_second_look_gives_the_same_principal(self, identity, registry, workspace):
        for headers in (KEY, bearer(identity, workspace)):
            first = identity.authenticate(registry, headers, "127.0.0.1", workspace)
            assert identity.authenticate(registry, headers, "127.0.0.1", workspace) is first

    def test_it_is_bounded(self, identity, registry, workspace, monkeypatch):
        monkeypatch.setattr(authentication, "CACHE_LIMIT", 3)
        for number in range(10):
            headers = bearer(identity, workspace, f"j{number}")
            identity.home(headers)
            identity.authenticate(registry, headers, "127.0.0.1", workspace)
        assert len(identity._good) <= 3
        assert len(identity._homes) <= 3

    def test_bad_credentials_are_not_kept(self, identity, registry, workspace):
        for _ in range(2):
            with pytest.raises(InvalidApiKey):
                identity.authenticate(registry, {b"x-api-key": b"nonsense"}, "127.0.0.1", workspace)
        assert not identity._good

    def test_a_changed_credential_is_judged_anew(self, identity, registry, workspace):
        before = identity.authenticate(registry, KEY, "127.0.0.1", workspace)
        with workspace.transaction() as tx:
            credential = tx.need("credential", before.credential_id)
            tx.put("credential", {**credential, "scopes": ["events:read"]})
        after = identity.authenticate(registry, KEY, "127.0.0.1", workspace)
        assert after.scopes == {"events:read"}

    def test_a_token_revoked_later_is_refused(self, identity, registry, workspace):
        headers = bearer(identity, workspace)
        identity.authenticate(registry, headers, "127.0.0.1", workspace)
        with workspace.transaction() as tx:
            tx.put("revoked_token", {"id": "j1", "expiresAt": tx.stamp()})
        with pytest.raises(TokenRevoked):
            identity.authenticate(registry, headers, "127.0.0.1", workspace)

    def test_a_token_taken_back_in_time_is_not_valid_yet(self, identity, registry, workspace):
        headers = bearer(identity, workspace)
        identity.authenticate(registry, headers, "127.0.0.1", workspace)
        with workspace.transaction() as tx:
            tx.set_clock("frozen", tx.now().replace(year=2001))
        with pytest.raises(InvalidToken):
            identity.authenticate(registry, headers, "127.0.0.1", workspace)


class TestHome:
    def test_a_token_and_a_key_name_their_workspace(self, identity, workspace):
        assert identity.home(bearer(identity, workspace)) == workspace.id
        assert identity.home({b"x-api-key": b"sk_sandbox_abc_" + b"x" * 32}) == "ws_abc"

    def test_whatever_names_none_lives_in_the_default_one(self, identity):
        assert identity.home({}) == identity.home(KEY) == "ws_default"
        assert identity.home({b"authorization": b"Basic YTpi"}) == "ws_default"


class TestWhatIsNoToken:
    def test_is_challenged_and_recorded_where_it_came(self, api):
        answer = api.bearer("nonsense").get("/api/v1/events", headers={"X-Sandbox-Workspace": ""})
        assert answer.json()["error"]["code"] == "INVALID_TOKEN"
        assert "invalid_token" in answer.headers["WWW-Authenticate"]
        assert "X-Sandbox-Clock" in answer.headers
