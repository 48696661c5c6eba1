"""Tokens say what they should, byte for byte the same, and every forgery is refused."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from sandbox.identity.keys import fingerprint, public_jwk, signing_key
from sandbox.identity.tokens import TAMPERINGS, Grant, claims_of, sign, tampered, unverified_claims, verify
from sandbox.kernel.errors import InvalidToken

ISSUER = "http://sandbox.test"
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
GRANT = Grant("ada", "web", "user", ("events:read", "profile"), ("attendee",))


def claims(lifetime: int = 900, workspace_id: str = "ws_default"):
    return claims_of(GRANT, workspace_id, ISSUER, NOW, lifetime, "jti-1")


class TestKeys:
    def test_each_secret_and_workspace_has_a_key_of_its_own(self):
        keys = {str(public_jwk(secret, ws)) for secret in ("s1", "s2") for ws in ("ws_a", "ws_b")}
        assert len(keys) == 4

    def test_the_same_secret_and_workspace_have_the_same_key(self):
        before = public_jwk("s", "ws_a")
        signing_key.cache_clear()
        assert public_jwk("s", "ws_a") == before

    def test_the_public_form_holds_nothing_private(self):
        assert "d" not in public_jwk("s", "ws_a")

    def test_a_fingerprint_does_not_contain_the_secret(self):
        assert "secret" not in fingerprint("secret")
        assert fingerprint("secret") != fingerprint("Secret")


class TestSign:
    def test_the_same_claims_give_the_same_bytes(self):
        assert sign("s", claims()) == sign("s", claims())

    def test_any_library_verifies_it_by_the_published_key(self):
        keys = KeySet.import_key_set({"keys": [public_jwk("s", "ws_default")]})
        decoded = jwt.decode(sign("s", claims()), keys, algorithms=["ES256"])
        assert decoded.claims == claims()
        assert decoded.header["typ"] == "at+jwt"

    def test_times_count_from_the_given_clock(self):
        made = claims(900)
        assert made["exp"] - made["iat"] == 900
        assert made["iat"] == made["nbf"] == int(NOW.timestamp())

    def test_a_negative_life_ended_that_long_ago(self):
        made = claims(-60)
        assert made["exp"] == int(NOW.timestamp()) - 60
        assert made["iat"] < made["exp"]


class TestVerify:
    def test_a_good_token_gives_its_claims_back(self):
        assert verify("s", sign("s", claims()), ISSUER) == claims()

    @pytest.mark.parametrize("how", [how for how in TAMPERINGS if how not in ("none", "future_nbf")])
    def test_a_tampered_token_is_refused(self, how):
        with pytest.raises(InvalidToken):
            verify("s", tampered("s", claims(), how), ISSUER)

    def test_a_future_token_is_signed_well_and_left_to_the_clock(self):
        assert verify("s", tampered("s", claims(), "future_nbf"), ISSUER)["nbf"] > claims()["nbf"]

    def test_a_token_of_another_server_is_refused(self):
        with pytest.raises(InvalidToken):
            verify("s", sign("other", claims()), ISSUER)

    def test_claims_of_another_workspace_need_its_signature(self):
        head, _, signature = sign("s", claims()).split(".")
        other = json.dumps(claims(workspace_id="ws_other")).encode()
        forged = f"{head}.{base64.urlsafe_b64encode(other).decode().rstrip('=')}.{signature}"
        with pytest.raises(InvalidToken):
            verify("s", forged, ISSUER)

    @pytest.mark.parametrize(
        "text", ["", "x", "x.y", "x.y.z", "a.b.c.d", "..", "e30.e30.e30", "é.é.é", "a" * 5000]
    )
    def test_what_is_no_token_is_refused(self, text):
        with pytest.raises(InvalidToken):
            unverified_claims(text)
        with pytest.raises(InvalidToken):
            verify("s", text, ISSUER)

    def test_a_symmetric_signature_with_the_public_key_is_refused(self):
        header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"at+jwt"}').decode().rstrip("=")
        payload = base64.urlsafe_b64encode(json.dumps(claims()).encode()).decode().rstrip("=")
        with pytest.raises(InvalidToken):
            verify("s", f"{header}.{payload}.c2ln", ISSUER)
