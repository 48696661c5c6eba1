"""How a delivery is signed: inside its body and, by Standard Webhooks, in its headers. Pure."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from msgspec.json import encode

from sandbox.webhooks.canonical import canonical

SECRET_PREFIX = "whsec_"
SCHEMES = ("both", "standard", "body")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What is new at every attempt: the epoch second and a token that guards against replay."""

    timestamp: int
    token: str


@dataclass(frozen=True, slots=True)
class Signed:
    """The exact bytes to send and the signature headers that go with them."""

    body: bytes
    headers: Mapping[str, str]


def secret_from(random_bytes: bytes) -> str:
    """The text form of a secret."""
    return SECRET_PREFIX + base64.b64encode(random_bytes).decode()


@lru_cache(256)
def secret_bytes(secret: str) -> bytes:
    """The key itself; ValueError if the text after the prefix is not base64."""
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)


def body_base(envelope: Mapping[str, Any], timestamp: str, token: str) -> bytes:
    """What the body signature covers: `timestamp.token.` and the canonical envelope without its signature."""
    unsigned = {name: value for name, value in envelope.items() if name != "signature"}
    return f"{timestamp}.{token}.".encode() + canonical(unsigned)


def body_signature(secret: str, base: bytes) -> str:
    """`sha256=` and the HMAC in hexadecimal."""
    return "sha256=" + hmac.digest(secret_bytes(secret), base, "sha256").hex()


def header_base(message_id: str, timestamp: str, body: bytes) -> bytes:
    """What the header signature covers: `id.timestamp.` and the body as sent."""
    return f"{message_id}.{timestamp}.".encode() + body


def header_signature(secret: str, base: bytes) -> str:
    """`v1,` and the HMAC in base64."""
    return "v1," + base64.b64encode(hmac.digest(secret_bytes(secret), base, "sha256")).decode()


def sign(envelope: Mapping[str, Any], secrets: Sequence[str], stamp: Stamp, scheme: str = "both") -> Signed:
    """Sign with the current secret (the first) and, in the headers, with every other one still valid."""
    timestamp = str(stamp.timestamp)
    content = dict(envelope)
    if scheme != "standard":
        content["signature"] = {
            "timestamp": timestamp,
            "token": stamp.token,
            "signature": body_signature(secrets[0], body_base(envelope, timestamp, stamp.token)),
        }
    body = encode(content)
    if scheme == "body":
        return Signed(body, {})
    base = header_base(envelope["id"], timestamp, body)
    signatures = " ".join([header_signature(secret, base) for secret in secrets])
    headers = {"webhook-id": envelope["id"], "webhook-timestamp": timestamp, "webhook-signature": signatures}
    return Signed(body, headers)


def corrupted(signed: Signed, how: str) -> Signed:
    """A signature, or the body under a good one, spoiled on purpose, for testing receivers."""
    body, headers = signed.body, dict(signed.headers)
    if how == "body":
        return Signed(body.replace(b'"version":"1.0"', b'"version":"1.O"', 1), headers)
    if how == "signature":
        headers = {
            name: _flip(value) if name == "webhook-signature" else value for name, value in headers.items()
        }
        marker = body.rfind(b'"sha256=')
        if marker >= 0:
            spoiled = _flip(body[marker + 8 : marker + 72].decode())
            body = body[: marker + 8] + spoiled.encode() + body[marker + 72 :]
    return Signed(body, headers)


def _flip(text: str) -> str:
    """The same text with its twelfth character changed to another hexadecimal or base64 digit."""
    return text[:11] + ("1" if text[11] != "1" else "2") + text[12:]
