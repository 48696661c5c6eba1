"""Reads server-sent events as a browser does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from tests.conftest import Api


class Told(NamedTuple):
    """One event; a sign of life has no name."""

    id: str
    name: str
    data: Any


def parsed(lines: Iterator[str]) -> Iterator[Told]:
    """Events as they come."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name or "comment"] = value.removeprefix(" ")
        elif fields.keys() != {"retry"}:
            data = fields.get("data")
            yield Told(
                fields.get("id", ""), fields.get("event", ""), None if data is None else json.loads(data)
            )
            fields = {}
        else:
            fields = {}


@contextmanager
def following(api: Api, path: str, after: str | None = None, **query: Any) -> Iterator[Iterator[Told]]:
    """What is told from now on, or after an id."""
    headers = {} if after is None else {"Last-Event-ID": after}
    with api.stream("GET", path, params=query, headers=headers) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield parsed(answer.iter_lines())


def so_far(api: Api, path: str, after: str | None = None, **query: Any) -> list[Told]:
    """What was told up to now; the end is left out."""
    with following(api, path, after, follow="false", **query) as told:
        *items, end = told
    assert (end.name, end.data["reason"]) == ("end", "caught_up")
    return items


def place(api: Api, path: str) -> str:
    """The id behind everything so far."""
    with following(api, path, follow="false") as told:
        *_, end = told
    return str(end.id)
