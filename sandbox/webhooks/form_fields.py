"""The fields of a form as it was sent, one part after the other. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MOST_FIELDS = 200
SHOWN_VALUE = 4096


def form_fields(content_type: str, body: bytes) -> list[dict[str, Any]] | None:
    """What a form says; None for anything else, or where it cannot be read."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == URLENCODED:
        return _urlencoded(body)
    if kind == MULTIPART:
        boundary = _boundary(content_type)
        return [_part(piece) for piece in _pieces(body, boundary)] if boundary else None
    return None


def _urlencoded(body: bytes) -> list[dict[str, Any]] | None:
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:
        return None
    return [_field(name, value.encode()) for name, value in pairs]


def _boundary(content_type: str) -> bytes:
    head = Message()
    try:
        head["content-type"] = content_type
        return (head.get_boundary() or "").encode("latin-1", "replace")
    except (MessageError, ValueError):
        return b""


def _pieces(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """Between the delimiters; what the limit cut off is left out."""
    delimiter = b"\r\n--" + boundary
    for piece in (b"\r\n" + body).split(delimiter, MOST_FIELDS)[1:]:
        if piece.startswith(b"--") or b"\r\n\r\n" not in piece:
            return
        yield piece


def _part(piece: bytes) -> dict[str, Any]:
    head, _, content = piece.partition(b"\r\n\r\n")
    described = BytesHeaderParser().parsebytes(head.lstrip(b" \t").removeprefix(b"\r\n") + b"\r\n\r\n")
    name = described.get_param("name", "", "content-disposition")
    file_name = described.get_filename()
    media_type = described.get("content-type")
    return {
        **_field(str(name), content),
        "fileName": None if file_name is None else str(file_name),
        "contentType": None if media_type is None else str(media_type),
    }


def _field(name: str, content: bytes) -> dict[str, Any]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = None
    return {
        "name": name,
        "value": None if text is None else text[:SHOWN_VALUE],
        "truncated": text is not None and len(text) > SHOWN_VALUE,
        "fileName": None,
        "contentType": None,
        "bytes": len(content),
        "sha256": sha256(content).hexdigest(),
    }
