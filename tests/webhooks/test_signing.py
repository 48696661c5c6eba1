"""Both signature forms, checked by implementations that share no code with the product."""

import base64
import hashlib
import hmac
import json
import time

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from sandbox.webhooks.signing import Signed, Stamp, corrupted, secret_bytes, secret_from, sign
from sandbox.webhooks.verification import first_difference, unverified, verify

SECRET = secret_from(bytes(range(32)))
OTHER = secret_from(bytes(range(1, 33)))
ENVELOPE = {
    "id": "whk_5f9a3c2e8b7d6e5f4a3c2e1b",
    "event": "registration.confirmed",
    "timestamp": "2025-04-22T14:30:15.000Z",
    "version": "1.0",
    "data": {"name": "Zoë 李小龍 🎉", "items": [{"quantity": 2}], "notes": None, "\ue000": "é\u0301"},
}
NOW = 1_763_712_000
STAMP = Stamp(NOW, "0123456789abcdef0123456789abcdef")


def body_verifies(body: bytes, secret: str) -> bool:
    """A receiver written from the documentation alone."""
    envelope = json.loads(body)
    block = envelope.pop("signature")
    key = base64.b64decode(secret[len("whsec_") :])
    base = b"%s.%s." % (block["timestamp"].encode(), block["token"].encode()) + rfc8785.dumps(envelope)
    return block["signature"] == "sha256=" + hmac.new(key, base, hashlib.sha256).hexdigest()


def fresh() -> Stamp:
    """For the reference library, which goes by the real time and takes nothing older than five minutes."""
    return Stamp(int(time.time()), STAMP.token)


def signed(**changes) -> Signed:
    return sign(ENVELOPE, [SECRET], STAMP, **changes)


class TestSecret:
    @given(st.binary(min_size=24, max_size=64))
    def test_text_form_round_trips(self, key):
        assert secret_bytes(secret_from(key)) == key

    def test_is_what_the_reference_library_accepts(self):
        assert Webhook(SECRET)._whsecret == bytes(range(32))


class TestSign:
    def test_headers_verify_with_the_reference_library(self):
        made = sign(ENVELOPE, [SECRET], fresh())
        assert Webhook(SECRET).verify(made.body, dict(made.headers))["id"] == ENVELOPE["id"]

    def test_body_verifies_with_an_independent_receiver(self):
        assert body_verifies(signed().body, SECRET)

    @given(
        st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"])),
            st.integers(-9, 9) | st.text(st.characters(exclude_categories=["Cs"])),
        )
    )
    def test_any_payload_verifies(self, data):
        made = sign({**ENVELOPE, "data": data}, [SECRET], fresh())
        assert body_verifies(made.body, SECRET)
        Webhook(SECRET).verify(made.body, dict(made.headers))

    def test_body_has_the_documented_members_in_order(self):
        assert list(json.loads(signed().body)) == ["id", "event", "timestamp", "version", "data", "signature"]
        assert json.loads(signed().body)["signature"]["timestamp"] == str(NOW)

    def test_wrong_secret_fails_both_forms(self):
        made = sign(ENVELOPE, [SECRET], fresh())
        assert not body_verifies(made.body, OTHER)
        with pytest.raises(WebhookVerificationError):
            Webhook(OTHER).verify(made.body, dict(made.headers))

    @given(st.data())
    def test_one_flipped_byte_fails(self, data):
        made = signed()
        position = data.draw(st.integers(0, len(made.body) - 1))
        flipped = made.body[:position] + bytes([made.body[position] ^ 1]) + made.body[position + 1 :]
        assert not verify(SECRET, made.headers, flipped, NOW)["valid"]

    def test_rotation_signs_the_headers_with_both_secrets(self):
        made = sign(ENVELOPE, [OTHER, SECRET], fresh())
        assert len(made.headers["webhook-signature"].split(" ")) == 2
        for secret in (OTHER, SECRET):
            Webhook(secret).verify(made.body, dict(made.headers))
        assert body_verifies(made.body, OTHER)

    def test_scheme_standard_leaves_the_body_alone(self):
        assert json.loads(signed(scheme="standard").body) == ENVELOPE

    def test_scheme_body_sends_no_signature_headers(self):
        made = signed(scheme="body")
        assert made.headers == {}
        assert body_verifies(made.body, SECRET)


class TestCorrupted:
    @pytest.mark.parametrize("how", ["signature", "body"])
    def test_fails_both_forms(self, how):
        spoiled = corrupted(signed(), how)
        checks = verify(SECRET, spoiled.headers, spoiled.body, NOW)["checks"]
        assert [check["valid"] for check in checks] == [False, False]
        assert json.loads(spoiled.body)

    def test_none_changes_nothing(self):
        assert corrupted(signed(), "none") == signed()


class TestVerify:
    def test_a_good_delivery_is_valid_in_both_forms(self):
        made = signed()
        verdict = verify(SECRET, made.headers, made.body, NOW)
        assert (verdict["present"], verdict["scheme"], verdict["valid"], verdict["reason"]) == (
            True,
            "both",
            True,
            "ok",
        )

    def test_shows_base_string_expected_received_and_first_difference(self):
        made = signed(scheme="standard")
        spoiled = corrupted(made, "signature")
        [check] = verify(SECRET, spoiled.headers, spoiled.body, NOW)["checks"]
        assert check["baseString"] == f"{ENVELOPE['id']}.{NOW}.{made.body.decode()}"
        assert check["expected"] == made.headers["webhook-signature"]
        assert check["received"] == spoiled.headers["webhook-signature"]
        assert check["firstDifference"] == 11
        assert check["reason"] == "signature_mismatch"

    @pytest.mark.parametrize(
        ("age", "reason"),
        [(300, "ok"), (301, "timestamp_too_old"), (-300, "ok"), (-301, "timestamp_in_future")],
    )
    def test_tolerates_five_minutes(self, age, reason):
        made = signed()
        assert verify(SECRET, made.headers, made.body, NOW + age)["reason"] == reason

    def test_nothing_signed_is_not_valid(self):
        verdict = verify(SECRET, {}, b"hello", NOW)
        assert (verdict["present"], verdict["valid"], verdict["reason"]) == (False, False, "no_signature")

    @given(
        st.binary(max_size=200),
        st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()),
    )
    def test_never_raises(self, body, headers):
        verify(SECRET, headers, body, NOW)
        unverified(headers, body)

    def test_without_a_secret_says_only_what_is_present(self):
        made = signed()
        verdict = unverified(made.headers, made.body)
        assert (verdict["present"], verdict["scheme"], verdict["valid"]) == (True, "both", None)


class TestFirstDifference:
    @pytest.mark.parametrize(
        ("expected", "received", "position"),
        [("abc", "abc", None), ("abc", "abd", 2), ("abc", "ab", 2), ("", "a", 0)],
    )
    def test_names_the_byte(self, expected, received, position):
        assert first_difference(expected, received) == position
