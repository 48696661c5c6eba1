"""What somebody who signed wrongly most likely did: the usual mistakes, tried out one by one. Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import product
from typing import Protocol

from msgspec import DecodeError
from msgspec.json import decode, encode

from sandbox.webhooks.canonical import canonical
from sandbox.webhooks.signing import SECRET_PREFIX, secret_bytes

LARGEST = 64 * 1024
"""Bodies beyond it are not tried: each attempt costs a pass over them."""
_PREFIXES = ("v1,", "sha256=", "v1=")

Variant = tuple[str, bytes]
"""The name of a mistake, empty for none, and the bytes it leads to."""


class Signed(Protocol):
    """What is known of a signature: its base, and the body it should cover."""

    @property
    def scheme(self) -> str:
        """Standard or body."""

    @property
    def base(self) -> bytes:
        """What it should cover."""

    @property
    def body(self) -> bytes:
        """As received."""

    @property
    def timestamp(self) -> str:
        """As received."""


def mistakes(claim: Signed, secrets: Sequence[str], received: Iterable[str]) -> list[str]:
    """Those that together explain the received value; nothing where none of them does."""
    if len(claim.base) > LARGEST:
        return []
    wanted = {_bare(value): not value.startswith(_PREFIXES) for value in received}
    for secret in secrets:
        for (key_mistake, key), (base_mistake, base) in product(_keys(secret), _bases(claim)):
            digest = hmac.new(key, base, sha256).digest()
            for form_mistake, value in _forms(claim.scheme, digest):
                if value in wanted:
                    prefix_mistake = "prefix_missing" if wanted[value] else ""
                    found = (key_mistake, base_mistake, form_mistake, prefix_mistake)
                    return [mistake for mistake in found if mistake]
    return []


def _bare(value: str) -> str:
    for prefix in _PREFIXES:
        value = value.removeprefix(prefix)
    return value


def _keys(secret: str) -> Iterator[Variant]:
    yield "", secret_bytes(secret)
    yield "secret_not_decoded", secret.encode()
    yield "secret_not_decoded", secret.removeprefix(SECRET_PREFIX).encode()


def _bases(claim: Signed) -> Iterator[Variant]:
    yield "", claim.base
    yield from _other_bodies(claim)
    stamp = claim.timestamp.encode()
    yield "only_timestamp_and_body_signed", stamp + b"." + claim.body
    yield "only_body_signed", claim.body


def _other_bodies(claim: Signed) -> Iterator[Variant]:
    """The right base over a body that is not, byte for byte, the one that was sent."""
    head = claim.base.removesuffix(claim.body)
    if claim.scheme != "standard" or head == claim.base:
        return
    yield "body_trimmed", head + claim.body.strip()
    yield "body_with_line_feed", head + claim.body + b"\n"
    try:
        parsed = decode(claim.body)
        versions = (encode(parsed), canonical(parsed), json.dumps(parsed).encode())
    except (DecodeError, RecursionError, ValueError):
        return
    for rewritten in versions:
        yield "body_rewritten", head + rewritten


def _forms(scheme: str, digest: bytes) -> Iterator[tuple[str, str]]:
    in_hex, in_base64 = binascii.hexlify(digest).decode(), base64.b64encode(digest).decode()
    right, wrong = (in_base64, in_hex) if scheme == "standard" else (in_hex, in_base64)
    yield "", right
    yield "hex_for_base64" if scheme == "standard" else "base64_for_hex", wrong
    yield "base64_for_urls", base64.urlsafe_b64encode(digest).decode()
    yield "upper_case", in_hex.upper()
