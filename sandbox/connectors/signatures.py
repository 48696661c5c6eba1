"""Verifies the `Stripe-Signature` header of a provider's webhook."""

from __future__ import annotations

import hmac
from hashlib import sha256

from sandbox.kernel.errors import InvalidProviderSignature

TOLERANCE_SECONDS = 300


def verify_stripe_signature(header: str, body: bytes, secret: str, now: float) -> None:
    """Raises InvalidProviderSignature unless a `v1` covers these bytes and the time is near."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or len(times[0]) > 12 or not given:
        raise _refusal("the header needs one t and at least one v1")
    expected = hmac.new(secret.encode(), times[0].encode() + b"." + body, sha256).hexdigest()
    if not any(hmac.compare_digest(expected.encode(), value.encode()) for value in given):
        raise _refusal("no v1 signature matches the body")
    if abs(now - int(times[0])) > TOLERANCE_SECONDS:
        raise _refusal(f"the signature's time is more than {TOLERANCE_SECONDS} seconds away")


def _refusal(details: str) -> InvalidProviderSignature:  # type: ignore[valid-type]
    return InvalidProviderSignature(details=details, target="Stripe-Signature")
