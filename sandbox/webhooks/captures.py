"""What is kept of a request that arrived: everything as it was sent, and what can be read in it. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import orjson

from sandbox.webhooks.form_fields import MULTIPART, URLENCODED, form_fields

SHOWN_BODY = 256 * 1024
DEEPEST_JSON = 64

Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RequestParts:
    """A request to keep. `path` is what follows the bin's own address, `raw_path` the same as it was sent;
    header names are in lower case in `headers`, and as they came in `header_list`.
    """

    method: str
    path: str = "/"
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    remote_address: str = ""
    header_list: Fields = ()
    raw_path: str = ""
    http_version: str = "1.1"
    correlation_id: str = ""


def joined(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by name in lower case; repeated ones joined as HTTP says."""
    found: dict[str, str] = {}
    for name, value in fields:
        key = name.lower()
        found[key] = f"{found[key]}{'; ' if key == 'cookie' else ', '}{value}" if key in found else value
    return found


def described(parts: RequestParts, parsed: Any, shown: int) -> dict[str, Any]:
    """All that the request itself says; `parsed` is its body as JSON, `shown` how much of it is kept."""
    fields = parts.header_list or tuple(parts.headers.items())
    media_type = parts.headers.get("content-type", "")
    return {
        "method": parts.method,
        "path": parts.path,
        "rawPath": parts.raw_path or quote(parts.path),
        "query": parts.query,
        "httpVersion": parts.http_version,
        "headers": dict(parts.headers),
        "headerList": [{"name": name, "value": value} for name, value in fields],
        **_body(parts.body, shown),
        "bodyKind": _kind(parts.body, media_type, parsed),
        "bodySha256": sha256(parts.body).hexdigest(),
        "bodyJson": parsed,
        "form": form_fields(media_type, parts.body) if parts.body else None,
        "remoteAddr": parts.remote_address,
        "eventType": event_type(parts, parsed),
        "messageId": parts.headers.get("webhook-id"),
        "correlationId": parts.headers.get("x-correlation-id") or parts.correlation_id or None,
        "replayOf": parts.headers.get("x-sandbox-replay-of"),
    }


def size_of(captured: Mapping[str, Any]) -> int:
    """Roughly what it takes to keep it."""
    heads = sum(len(each["name"]) + len(each["value"]) for each in captured["headerList"])
    body = len(captured["bodyText"] or "") + len(captured["bodyBase64"] or "")
    form = sum(len(each["value"] or "") for each in captured["form"] or ())
    parsed = 0 if captured["bodyJson"] is None else body
    return 1024 + 2 * heads + body + parsed + form + len(captured["path"]) + len(captured["query"])


def kept_body(captured: Mapping[str, Any]) -> bytes:
    """The body as far as it was kept."""
    if captured["bodyBase64"] is not None:
        return base64.b64decode(captured["bodyBase64"])
    return (captured["bodyText"] or "").encode()


def fields_of(captured: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Its headers in their order."""
    listed = captured.get("headerList")
    if listed is None:
        return list(captured["headers"].items())
    return [(each["name"], each["value"]) for each in listed]


def parsed_json(body: bytes, shown: int = SHOWN_BODY) -> Any:
    """The body as JSON if it is that and is not nested beyond reason, else None."""
    if len(body) > shown:
        return None
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    few = body.count(b"[") + body.count(b"{") <= DEEPEST_JSON
    return parsed if few or _shallow(parsed, DEEPEST_JSON) else None


def event_type(parts: RequestParts, parsed: Any) -> str | None:
    """What it tells of: by the envelope of this platform, by its header, or as other senders say it."""
    members = parsed if isinstance(parsed, dict) else {}
    named = members.get("event") or parts.headers.get("x-webhook-event")
    if named is None and "data" in members:
        named = members.get("type")
    return named if isinstance(named, str) else None


def _body(body: bytes, limit: int) -> dict[str, Any]:
    """The body as text where it is UTF-8, else in base64; cut at the limit, its true size beside it."""
    shown = body[:limit]
    facts = {"bodyBytes": len(body), "bodyTruncated": len(body) > limit}
    try:
        text = shown.decode(errors="strict")
    except UnicodeDecodeError as fault:
        if not facts["bodyTruncated"] or fault.start < len(shown) - 3:
            return {"bodyText": None, "bodyBase64": base64.b64encode(shown).decode(), **facts}
        text = shown[: fault.start].decode()  # the limit cut a character in two
    return {"bodyText": text, "bodyBase64": None, **facts}


def _kind(body: bytes, media_type: str, parsed: Any) -> str:
    media_type = media_type.partition(";")[0].strip().lower()
    if not body:
        return "none"
    if media_type in (URLENCODED, MULTIPART):
        return "form" if media_type == URLENCODED else "multipart"
    if parsed is not None:
        return "json"
    try:
        body.decode()
    except UnicodeDecodeError:
        return "binary"
    return "text"


def _shallow(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    return not isinstance(value, list) or (depth > 0 and all(_shallow(inner, depth - 1) for inner in value))
