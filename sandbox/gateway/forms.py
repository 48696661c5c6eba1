"""Answers that are not JSON: XML and CSV of what the JSON says, or what a room makes itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol
from zlib import crc32

import orjson

from sandbox.contract.media import CONTENT_TYPES
from sandbox.formats.table import columns_of, table
from sandbox.formats.xml import xml
from sandbox.languages.catalogue import language_of
from sandbox.platform.call import Call

Form = Callable[[Call, Any], bytes]
"""Makes one form of what a handler returned."""

Headers = list[tuple[bytes, bytes]]
KEPT = (b"x-total-count", b"link")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Usual(Protocol):
    """The JSON answer."""

    headers: Headers
    body: bytes


def in_form(call: Call, form: str, made: bytes | None, usual: Usual | None) -> tuple[Headers, bytes]:
    """Headers and body; `made` by the operation's own room, or made of the `usual` JSON."""
    body = made
    if body is None:
        assert usual is not None
        body = _of_json(call, form, orjson.loads(usual.body))
    headers: Headers = [(b"content-type", CONTENT_TYPES[form].encode())]
    headers.append((b"content-disposition", _disposition(call, form)))
    if form == "pdf":
        headers.append((b"content-language", language_of(call.headers.get("accept-language", "")).encode()))
    if usual is not None:
        headers += [(name, value) for name, value in usual.headers if name in KEPT]
    if call.plan.cache_control != "no-store":
        headers.append((b"etag", b'"%08x%x-%b"' % (crc32(body), len(body), form.encode())))
    return headers, body


def _of_json(call: Call, form: str, shown: Any) -> bytes:
    name = call.plan.returns
    if form == "xml":
        return xml(name, shown)
    item = name.removesuffix("List")
    rows = shown["data"] if isinstance(shown, dict) and isinstance(shown.get("data"), list) else [shown]
    components = call.plan.schemas.components
    known = columns_of(components.get(item, {}), components)
    if "fields" in call.query:
        chosen = {"id", *(each.strip() for each in call.query["fields"].split(","))}
        known = [column for column in known if column.partition(".")[0] in chosen]
    return table(rows, known)


def _disposition(call: Call, form: str) -> bytes:
    """Tables are kept, the rest is looked at."""
    parts = [part[-8:] if _ID.fullmatch(part) else part for part in call.path.split("/")[3:]]
    name = "-".join(part for part in parts if part) or "answer"
    return f'{"attachment" if form == "csv" else "inline"}; filename="{name}.{form}"'.encode()
