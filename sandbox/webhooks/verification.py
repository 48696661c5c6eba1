"""Whether a received delivery verifies, and if not, exactly where it differs. Pure."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from msgspec import DecodeError
from msgspec.json import decode

from sandbox.webhooks.signing import body_base, body_signature, header_base, header_signature

TOLERANCE_SECONDS = 300
SHOWN_BASE = 4096


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: int) -> dict[str, Any]:
    """The verdict over every form of signature that is present; `headers` in lower case.

    `valid` is true when at least one form is present and all that are present verify.
    """
    checks = [
        check
        for check in (_header_check(secret, headers, body, now), _body_check(secret, body, now))
        if check
    ]
    failed = [check for check in checks if not check["valid"]]
    return {
        "present": bool(checks),
        "scheme": "both" if len(checks) == 2 else checks[0]["scheme"] if checks else None,
        "valid": bool(checks) and not failed,
        "reason": failed[0]["reason"] if failed else "ok" if checks else "no_signature",
        "checks": checks,
    }


def unverified(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The verdict where no secret is known: only what is present."""
    header, inside = "webhook-signature" in headers, _signature_block(body) is not None
    scheme = "both" if header and inside else "standard" if header else "body" if inside else None
    return {"present": header or inside, "scheme": scheme, "valid": None, "reason": "no_secret", "checks": []}


def first_difference(expected: str, received: str) -> int | None:
    """Index of the first byte in which the two differ; None when they are equal."""
    if expected == received:
        return None
    left, right = expected.encode(), received.encode()
    for position, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return position
    return min(len(left), len(right))


def _header_check(secret: str, headers: Mapping[str, str], body: bytes, now: int) -> dict[str, Any] | None:
    received = headers.get("webhook-signature")
    if received is None:
        return None
    timestamp = headers.get("webhook-timestamp", "")
    base = header_base(headers.get("webhook-id", ""), timestamp, body)
    return _check("standard", base, header_signature(secret, base), received, timestamp, now)


def _body_check(secret: str, body: bytes, now: int) -> dict[str, Any] | None:
    found = _signature_block(body)
    if found is None:
        return None
    envelope, block = found
    timestamp = str(block.get("timestamp", ""))
    base = body_base(envelope, timestamp, str(block.get("token", "")))
    return _check("body", base, body_signature(secret, base), str(block.get("signature", "")), timestamp, now)


def _signature_block(body: bytes) -> tuple[dict[str, Any], dict[str, Any]] | None:
    try:
        envelope = decode(body)
    except (DecodeError, RecursionError):
        return None
    block = envelope.get("signature") if isinstance(envelope, dict) else None
    return (envelope, block) if isinstance(block, dict) else None


def _check(
    scheme: str, base: bytes, expected: str, received: str, timestamp: str, now: int
) -> dict[str, Any]:
    """One form of signature; where several are sent (rotation), the nearest to the expected one counts."""
    candidates = received.split(" ") if scheme == "standard" else [received]
    nearest = max(candidates, key=lambda candidate: _common(expected, candidate))
    matches = hmac.compare_digest(expected.encode(), nearest.encode())
    reason = _reason(matches, timestamp, now)
    return {
        "scheme": scheme,
        "valid": reason == "ok",
        "reason": reason,
        "baseString": base[:SHOWN_BASE].decode(errors="replace"),
        "baseStringBytes": len(base),
        "expected": expected,
        "received": nearest[:500],
        "firstDifference": first_difference(expected, nearest),
    }


def _common(expected: str, candidate: str) -> int:
    difference = first_difference(expected, candidate)
    return len(expected) + 1 if difference is None else difference


def _reason(matches: bool, timestamp: str, now: int) -> str:
    if not matches:
        return "signature_mismatch"
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return "timestamp_malformed"
    age = now - int(timestamp)
    if age > TOLERANCE_SECONDS:
        return "timestamp_too_old"
    return "timestamp_in_future" if age < -TOLERANCE_SECONDS else "ok"
