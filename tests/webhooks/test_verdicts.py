"""What a verdict tells besides yes or no: the byte, the secret, the age, and the usual mistake."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.webhooks.signing import Stamp, header_base, secret_bytes, secret_from, sign
from sandbox.webhooks.verification import difference, verify

SECRET = secret_from(bytes(range(32)))
OLD = secret_from(bytes(range(1, 33)))
NOW = 1_800_000_000
ENVELOPE = {"id": "whk_1", "event": "a.b", "data": {"b": 1.5, "a": "Zoë"}}
BODY = b'{"id": "whk_1", "event": "a.b"}'


def signed(secret, scheme="both", at=NOW):
    return sign(ENVELOPE, [secret], Stamp(at, "0" * 32), scheme)


def mac(key, base):
    return hmac.new(key, base, hashlib.sha256).digest()


def headers(signature, body=BODY):
    return {"webhook-id": "whk_1", "webhook-timestamp": str(NOW), "webhook-signature": signature}


def in_base64(digest):
    return base64.b64encode(digest).decode()


class TestSecrets:
    @pytest.mark.parametrize(("secret", "named"), [(SECRET, "current"), (OLD, "previous")])
    def test_says_which_one_it_was(self, secret, named):
        made = signed(secret)
        verdict = verify([SECRET, OLD], made.headers, made.body, NOW)
        assert verdict["valid"] is True
        assert [check["secret"] for check in verdict["checks"]] == [named, named]

    def test_is_none_where_nothing_matches(self):
        made = signed(secret_from(b"x" * 32))
        checks = verify([SECRET, OLD], made.headers, made.body, NOW)["checks"]
        assert [check["secret"] for check in checks] == [None, None]

    def test_one_of_several_signatures_suffices(self):
        made = sign(ENVELOPE, [SECRET, OLD], Stamp(NOW, "0" * 32), "standard")
        check = verify([OLD], made.headers, made.body, NOW)["checks"][0]
        assert (check["valid"], check["secret"]) == (True, "current")


class TestAge:
    @pytest.mark.parametrize("age", [-301, -300, 0, 300, 301])
    def test_is_told_in_seconds(self, age):
        made = signed(SECRET, at=NOW - age)
        checks = verify(SECRET, made.headers, made.body, NOW)["checks"]
        assert checks
        for check in checks:
            assert (check["skewSeconds"], check["valid"]) == (age, abs(age) <= check["toleranceSeconds"])

    def test_of_a_timestamp_that_is_none(self):
        made = {**headers("v1,x"), "webhook-timestamp": "soon"}
        [check] = verify(SECRET, made, BODY, NOW)["checks"]
        assert (check["timestamp"], check["skewSeconds"]) == ("soon", None)


class TestDifference:
    @given(st.binary(max_size=12), st.binary(max_size=12))
    def test_is_the_first_one(self, expected, received):
        found = difference(expected, received)
        if expected == received:
            assert found is None
            return
        index = found["index"]
        assert expected[:index] == received[:index]
        assert expected[index : index + 1] != received[index : index + 1]
        for text, name in ((expected, "expected"), (received, "received")):
            assert found[f"{name}Byte"] == (text[index] if index < len(text) else None)

    @pytest.mark.parametrize(
        ("expected", "received", "characters"),
        [
            ("abc", "abd", ("c", "d")),
            ("ab", "a", ("b", None)),
            ("aü", "aö", (None, None)),
            ("a€", "a ", ("€", " ")),
        ],
    )
    def test_shows_the_characters_that_begin_there(self, expected, received, characters):
        found = difference(expected.encode(), received.encode())
        assert (found["expectedCharacter"], found["receivedCharacter"]) == characters


class TestMistakes:
    def told(self, signature, body=BODY):
        [check] = verify([SECRET, OLD], headers(signature), body, NOW)["checks"]
        return check["mistakes"]

    def base(self, body=BODY):
        return header_base("whk_1", str(NOW), body)

    @pytest.mark.parametrize(
        ("key", "base", "expected"),
        [
            (SECRET.encode(), None, ["secret_not_decoded"]),
            (SECRET.removeprefix("whsec_").encode(), None, ["secret_not_decoded"]),
            (None, f"{NOW}.".encode() + BODY, ["only_timestamp_and_body_signed"]),
            (None, BODY, ["only_body_signed"]),
            (SECRET.encode(), BODY, ["secret_not_decoded", "only_body_signed"]),
            (None, header_base("whk_1", str(NOW), BODY + b"\n"), ["body_with_line_feed"]),
            (None, header_base("whk_1", str(NOW), b'{"id":"whk_1","event":"a.b"}'), ["body_rewritten"]),
            (None, header_base("whk_1", str(NOW), b'{"event":"a.b","id":"whk_1"}'), ["body_rewritten"]),
            (None, b"something else", []),
        ],
    )
    def test_that_explain_a_signature(self, key, base, expected):
        digest = mac(key or secret_bytes(SECRET), self.base() if base is None else base)
        assert self.told("v1," + in_base64(digest)) == expected

    def test_of_spelling(self):
        digest = mac(secret_bytes(SECRET), self.base())
        assert self.told("v1," + digest.hex()) == ["hex_for_base64"]
        assert self.told("v1," + digest.hex().upper()) == ["upper_case"]
        assert self.told(in_base64(digest)) == ["prefix_missing"]

    def test_of_who_signs_a_body_rewritten_by_python(self):
        compact = json.dumps(json.loads(BODY), separators=(",", ":")).encode()
        digest = mac(secret_bytes(SECRET), self.base(BODY))
        assert self.told("v1," + in_base64(digest), compact) == ["body_rewritten"]

    def test_inside_the_body(self):
        made = json.loads(signed(SECRET, "body").body)
        spelled = in_base64(bytes.fromhex(made["signature"]["signature"].removeprefix("sha256=")))
        made["signature"]["signature"] = f"sha256={spelled}"
        [check] = verify(SECRET, {}, json.dumps(made).encode(), NOW)["checks"]
        assert check["mistakes"] == ["base64_for_hex"]

    @pytest.mark.parametrize("body", [b"[" * 900 + b"]" * 900, b"{", b"\xff", b"1" * 200_000])
    def test_are_sought_in_any_body(self, body):
        assert self.told("v1,x", body) == []
