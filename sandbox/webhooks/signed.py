"""What each signature of a logged attempt was computed over, read back from what was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from sandbox.webhooks.attempts import SHOWN_REQUEST
from sandbox.webhooks.signing import body_base, header_base


def explained(attempt: Mapping[str, Any]) -> dict[str, Any]:
    """An attempt of the log with its signatures; no base strings where the log cut the body."""
    body = attempt["requestBody"].encode()
    whole = body if len(body) < SHOWN_REQUEST else None
    return {**attempt, "signatures": list(_signatures(attempt["requestHeaders"], whole))}


def _signatures(headers: Mapping[str, str], body: bytes | None) -> Iterator[dict[str, Any]]:
    sent = headers.get("webhook-signature")
    if sent is not None:
        base = (
            None if body is None else header_base(headers["webhook-id"], headers["webhook-timestamp"], body)
        )
        yield {"scheme": "standard", "baseString": base and base.decode(), "signature": sent}
    envelope = _envelope(body)
    block = envelope.get("signature")
    if block is not None:
        base = body_base(envelope, block["timestamp"], block["token"])
        yield {"scheme": "body", "baseString": base.decode(), "signature": block["signature"]}


def _envelope(body: bytes | None) -> dict[str, Any]:
    """Nothing for a body that was cut, or spoiled so that it cannot be read."""
    try:
        read = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return read if isinstance(read, dict) else {}
