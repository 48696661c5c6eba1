"""The `Stripe-Signature` header: HMAC-SHA256 over time and raw body, in hexadecimal."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The `v1` value; the key is the whole text of the secret, prefix included."""
    return hmac.new(secret.encode(), b"%d." % timestamp + body, sha256).hexdigest()


def signature_header(secrets: Sequence[str], timestamp: int, body: bytes) -> str:
    """One `v1` for every secret that is valid, and the decoy `v0` of test mode."""
    values = [f"v1={signature(secret, timestamp, body)}" for secret in secrets]
    decoy = sha256(b"v0." + body).hexdigest()
    return ",".join([f"t={timestamp}", *values, f"v0={decoy}"])
