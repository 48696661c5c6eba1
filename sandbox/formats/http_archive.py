"""Exchanges as an HTTP Archive (HAR 1.2), the form in which tools of many vendors trade them. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Fields = Sequence[tuple[str, str]]
UNKNOWN = -1
"""How the format says that something was not measured."""


@dataclass(frozen=True, slots=True)
class Half:
    """A request or an answer. `size` is the true length of the body, `kept` what there still is of it."""

    fields: Fields = ()
    kept: bytes = b""
    size: int = 0
    http_version: str = "HTTP/1.1"

    def header(self, name: str) -> str:
        """The first value, empty where there is none."""
        return next((value for known, value in self.fields if known.lower() == name), "")

    def text(self) -> tuple[str, str]:
        """The body and its encoding, which is empty where the body is text."""
        try:
            return self.kept.decode(), ""
        except UnicodeDecodeError:
            return base64.b64encode(self.kept).decode(), "base64"


@dataclass(frozen=True, slots=True)
class Passage:
    """One exchange, ready to be written. Members of `notes` are the sandbox's own and begin with `_`."""

    started: str
    took_ms: float
    method: str
    url: str
    status: int
    request: Half
    response: Half
    comment: str = ""
    notes: Mapping[str, Any] = field(default_factory=dict)


def http_archive(passages: Iterable[Passage], version: str) -> dict[str, Any]:
    """The whole document."""
    creator = {"name": "Event and booking sandbox", "version": version}
    entries = [_entry(passage) for passage in passages]
    return {"log": {"version": "1.2", "creator": creator, "entries": entries}}


def _entry(passage: Passage) -> dict[str, Any]:
    took = round(passage.took_ms, 3)
    return {
        "startedDateTime": passage.started,
        "time": took,
        "request": _request(passage),
        "response": _response(passage),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        "comment": passage.comment,
        **passage.notes,
    }


def _request(passage: Passage) -> dict[str, Any]:
    half = passage.request
    shown = {
        "method": passage.method,
        "url": passage.url,
        "httpVersion": half.http_version,
        "cookies": _cookies(half),
        "headers": _pairs(half.fields),
        "queryString": _pairs(parse_qsl(urlsplit(passage.url).query, keep_blank_values=True)),
        "headersSize": UNKNOWN,
        "bodySize": half.size,
    }
    return {**shown, "postData": _posted(half)} if half.kept else shown


def _posted(half: Half) -> dict[str, Any]:
    text, encoding = half.text()
    posted: dict[str, Any] = {"mimeType": half.header("content-type"), "text": text}
    if encoding:
        posted["_encoding"] = encoding  # the format has no word for requests that are no text
    return _cut(posted, half)


def _response(passage: Passage) -> dict[str, Any]:
    half = passage.response
    text, encoding = half.text()
    content = {"size": half.size, "mimeType": half.header("content-type"), "text": text}
    if encoding:
        content["encoding"] = encoding
    return {
        "status": passage.status,
        "statusText": _phrase(passage.status),
        "httpVersion": half.http_version,
        "cookies": [],
        "headers": _pairs(half.fields),
        "content": _cut(content, half),
        "redirectURL": half.header("location"),
        "headersSize": UNKNOWN,
        "bodySize": half.size if passage.status else UNKNOWN,
    }


def _cut(described: dict[str, Any], half: Half) -> dict[str, Any]:
    if half.size > len(half.kept):
        described["comment"] = f"the first {len(half.kept)} of {half.size} bytes"
    return described


def _cookies(half: Half) -> list[dict[str, str]]:
    parts = (part.strip().partition("=") for part in half.header("cookie").split(";") if "=" in part)
    return [{"name": name, "value": value} for name, _, value in parts]


def _pairs(fields: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in fields]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
