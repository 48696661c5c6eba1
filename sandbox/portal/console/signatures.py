"""Signatures as people compare them: the two values cut where they part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.subscriptions import has_secret, secrets_of
from sandbox.webhooks.verification import verify

REASONS = {
    "ok": "The signature holds.",
    "no_signature": "The request carries no signature.",
    "no_secret": "No secret is known to check it with.",
    "signature_mismatch": "The signature was not made over these bytes with this secret.",
    "timestamp_malformed": "The timestamp is no number of seconds.",
    "timestamp_too_old": "The timestamp is more than five minutes old: it may be a replay.",
    "timestamp_in_future": "The timestamp is more than five minutes ahead.",
}
SCHEMES = {"standard": "In the headers (Standard Webhooks)", "body": "Inside the body"}


class Cut(NamedTuple):
    """A value around its first differing character."""

    before: str
    at: str
    after: str


class Comparison(NamedTuple):
    """One form of signature, ready to be shown."""

    scheme: str
    valid: bool
    reason: str
    base: str
    base_bytes: int
    expected: Cut
    received: Cut
    position: int | None


def comparisons(verdict: Mapping[str, Any]) -> list[Comparison]:
    """Every form that is present."""
    return [
        Comparison(
            SCHEMES[check["scheme"]],
            check["valid"],
            REASONS[check["reason"]],
            check["baseString"],
            check["baseStringBytes"],
            _cut(check["expected"], check["firstDifference"]),
            _cut(check["received"], check["firstDifference"]),
            check["firstDifference"],
        )
        for check in verdict["checks"]
    ]


def verdict_on_attempt(
    tx: Transaction, webhook: Document, attempt: Mapping[str, Any]
) -> dict[str, Any] | None:
    """How a receiver that knows the secret would judge an attempt when it came in; None without one."""
    if not has_secret(tx, webhook["id"]):
        return None
    headers = {name.lower(): value for name, value in attempt["requestHeaders"].items()}
    body = attempt["requestBody"].encode()
    stamp = headers.get("webhook-timestamp", "")
    at = int(parse_instant(attempt["at"]).timestamp())
    if webhook.get("signatureClock") == "wall" and stamp.isdigit():
        at = int(stamp)  # when that was by the real time, the log does not say
    return verify(secrets_of(tx, webhook["id"])[0], headers, body, at)


def _cut(value: str, position: int | None) -> Cut:
    if position is None:
        return Cut(value, "", "")
    raw = value.encode()
    before, at, after = raw[:position], raw[position : position + 1], raw[position + 1 :]
    return Cut(*(part.decode(errors="replace") for part in (before, at, after)))
