"""Whether a received delivery verifies, and if not, exactly where it differs. Pure."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import DecodeError
from msgspec.json import decode

from sandbox.webhooks.mistakes import mistakes
from sandbox.webhooks.signing import body_base, body_signature, header_base, header_signature

TOLERANCE_SECONDS = 300
SHOWN_BASE = 4096
SHOWN_VALUE = 500
SECRETS = ("current", "previous")


@dataclass(frozen=True, slots=True)
class Claim:
    """One form of signature as it was received, and how it would have to be made."""

    scheme: str
    base: bytes
    received: str
    timestamp: str
    sign: Callable[[str, bytes], str]
    body: bytes


def verify(secrets: str | Sequence[str], headers: Mapping[str, str], body: bytes, now: int) -> dict[str, Any]:
    """The verdict over every form of signature that is present; `headers` in lower case.

    `secrets`: the current one, then those that are still accepted beside it. `valid` is true when at least
    one form is present and all that are present verify.
    """
    known = [secrets] if isinstance(secrets, str) else list(secrets)
    claims = (_header_claim(headers, body), _body_claim(body))
    checks = [_check(claim, known, now) for claim in claims if claim is not None]
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
    return _first_differing_byte(expected.encode(), received.encode())


def difference(expected: bytes, received: bytes) -> dict[str, Any] | None:
    """The first byte in which the two differ, with what stands there on either side (None behind the end)."""
    index = _first_differing_byte(expected, received)
    if index is None:
        return None
    (wanted, wanted_text), (found, found_text) = _byte_at(expected, index), _byte_at(received, index)
    return {
        "index": index,
        "expectedByte": wanted,
        "expectedCharacter": wanted_text,
        "receivedByte": found,
        "receivedCharacter": found_text,
    }


def _first_differing_byte(left: bytes, right: bytes) -> int | None:
    if left == right:
        return None
    for position, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return position
    return min(len(left), len(right))


def _byte_at(text: bytes, index: int) -> tuple[int | None, str | None]:
    """The byte, and the character that begins there, if one does."""
    if index >= len(text):
        return None, None
    character = text[index : index + 4].decode(errors="ignore")[:1]
    starts_here = bool(character) and text[index:].startswith(character.encode())
    return text[index], character if starts_here else None


def _header_claim(headers: Mapping[str, str], body: bytes) -> Claim | None:
    received = headers.get("webhook-signature")
    if received is None:
        return None
    timestamp = headers.get("webhook-timestamp", "")
    base = header_base(headers.get("webhook-id", ""), timestamp, body)
    return Claim("standard", base, received, timestamp, header_signature, body)


def _body_claim(body: bytes) -> Claim | None:
    found = _signature_block(body)
    if found is None:
        return None
    envelope, block = found
    timestamp = str(block.get("timestamp", ""))
    base = body_base(envelope, timestamp, str(block.get("token", "")))
    return Claim("body", base, str(block.get("signature", "")), timestamp, body_signature, body)


def _signature_block(body: bytes) -> tuple[dict[str, Any], dict[str, Any]] | None:
    try:
        envelope = decode(body)
    except (DecodeError, RecursionError):
        return None
    block = envelope.get("signature") if isinstance(envelope, dict) else None
    return (envelope, block) if isinstance(block, dict) else None


def _check(claim: Claim, secrets: Sequence[str], now: int) -> dict[str, Any]:
    """One form; where several values are sent or several secrets known, the nearest two are compared."""
    candidates = claim.received.split(" ") if claim.scheme == "standard" else [claim.received]
    pairs = [
        (place, claim.sign(secret, claim.base), candidate)
        for place, secret in enumerate(secrets)
        for candidate in candidates
    ]
    place, expected, nearest = max(pairs, key=lambda pair: _common(pair[1], pair[2]))
    matches = hmac.compare_digest(expected.encode(), nearest.encode())
    reason = _reason(matches, claim.timestamp, now)
    return {
        "scheme": claim.scheme,
        "valid": reason == "ok",
        "reason": reason,
        "baseString": claim.base[:SHOWN_BASE].decode(errors="replace"),
        "baseStringBytes": len(claim.base),
        "expected": expected,
        "received": nearest[:SHOWN_VALUE],
        "firstDifference": first_difference(expected, nearest),
        "difference": difference(expected.encode(), nearest.encode()),
        "secret": SECRETS[min(place, 1)] if matches else None,
        "timestamp": claim.timestamp[:SHOWN_VALUE],
        "skewSeconds": now - int(claim.timestamp) if _is_timestamp(claim.timestamp) else None,
        "toleranceSeconds": TOLERANCE_SECONDS,
        "mistakes": [] if matches else mistakes(claim, secrets, candidates),
    }


def _common(expected: str, candidate: str) -> int:
    difference = first_difference(expected, candidate)
    return len(expected) + 1 if difference is None else difference


def _is_timestamp(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def _reason(matches: bool, timestamp: str, now: int) -> str:
    if not matches:
        return "signature_mismatch"
    if not _is_timestamp(timestamp):
        return "timestamp_malformed"
    age = now - int(timestamp)
    if age > TOLERANCE_SECONDS:
        return "timestamp_too_old"
    return "timestamp_in_future" if age < -TOLERANCE_SECONDS else "ok"
