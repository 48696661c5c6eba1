"""Signatures as people compare them: the two values cut where they part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
MISTAKES = {
    "secret_not_decoded": "the secret was used as text: what follows whsec_ is base64 and has to be decoded",
    "body_trimmed": "white space around the body was taken away",
    "body_with_line_feed": "a line feed was added to the body",
    "body_rewritten": "the body was parsed and written anew: it is signed byte for byte as it is sent",
    "only_timestamp_and_body_signed": "the message id was left out",
    "only_body_signed": "the message id and the timestamp were left out",
    "hex_for_base64": "the signature was written in hex; it is base64",
    "base64_for_hex": "the signature was written in base64; it is hex",
    "base64_for_urls": "the URL alphabet of base64 was used; it is the usual one",
    "upper_case": "hex digits were written in upper case",
    "prefix_missing": "the prefix of the signature is missing",
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
    notes: tuple[str, ...]


def comparisons(verdict: Mapping[str, Any]) -> list[Comparison]:
    """Every form that is present."""
    return [
        Comparison(
            SCHEMES[check["scheme"]],
            check["valid"],
            REASONS[check["reason"]],
            check["baseString"],
            check["baseStringBytes"],
            cut_bytes(check["expected"], check["firstDifference"]),
            cut_bytes(check["received"], check["firstDifference"]),
            check["firstDifference"],
            tuple(_notes(check)),
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


def _notes(check: Mapping[str, Any]) -> Iterator[str]:
    if check["mistakes"]:
        yield (
            "What was most likely done: " + ", and ".join(MISTAKES[each] for each in check["mistakes"]) + "."
        )
    if check["secret"] == "previous":
        yield "Signed with the previous secret, which still counts."
    if check["skewSeconds"] and abs(check["skewSeconds"]) > check["toleranceSeconds"]:
        late = "old" if check["skewSeconds"] > 0 else "ahead"
        most = check["toleranceSeconds"]
        yield f"The timestamp is {abs(check['skewSeconds'])} s {late}; {most} s are let pass."


def cut_bytes(value: str, position: int | None) -> Cut:
    """Around the byte at that position; whole without one."""
    if position is None:
        return Cut(value, "", "")
    raw = value.encode()
    before, at, after = raw[:position], raw[position : position + 1], raw[position + 1 :]
    return Cut(*(part.decode(errors="replace") for part in (before, at, after)))
