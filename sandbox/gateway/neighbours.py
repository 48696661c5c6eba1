"""What a page says of its place in the collection: pagination member, links and Link header."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import orjson

from sandbox.kernel.replies import Page

REMEMBERED = 1024
WHOLE, MADE = "whole", "made"
"""Modes that know no other page; what was just made has no address either."""
Steps = dict[str, dict[str, Any]]
"""Relation -> query parameters that lead there."""


class Place(NamedTuple):
    """`pagination` and `links` as JSON, and the value of the Link header."""

    pagination: bytes
    links: bytes
    header: bytes


class Places:
    """The same query on a collection of the same size always says the same, so it is said only once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], Place] = {}

    def of(self, path: str, raw_query: bytes, page: Page) -> Place:
        """Where the page stands."""
        key = (path, raw_query, page.mode, page.total, page.has_more, page.next_cursor)
        place = self._known.get(key)
        if place is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            place = self._known[key] = _place(path, raw_query.decode("latin-1"), page)
        return place


def _place(path: str, raw_query: str, page: Page) -> Place:
    links = _neighbours(path, raw_query, page)
    header = ", ".join(f'<{to["href"]}>; rel="{rel}"' for rel, to in links.items() if rel != "self")
    return Place(orjson.dumps(_position(page)), orjson.dumps(links), header.encode())


def _position(page: Page) -> dict[str, Any]:
    mode = "page" if page.mode in (WHOLE, MADE) else page.mode
    position: dict[str, Any] = {"mode": mode, "hasMore": page.has_more}
    if mode == "page":
        position |= {"page": page.page, "pageSize": page.size, "totalItems": page.total}
        position["totalPages"] = None if page.total is None else -(-page.total // page.size)
    elif mode == "offset":
        position |= {"limit": page.size, "offset": page.offset, "totalItems": page.total}
    else:
        position |= {"pageSize": page.size, "nextCursor": page.next_cursor, "prevCursor": page.prev_cursor}
    return position


def _neighbours(path: str, raw_query: str, page: Page) -> dict[str, dict[str, str]]:
    """Links to this page and its neighbours."""
    query = dict(parse_qsl(raw_query, keep_blank_values=True))
    links = {"self": {"href": f"{path}?{raw_query}" if raw_query else path}} if page.mode != MADE else {}
    for rel, changes in _STEPS[page.mode](page).items():
        links[rel] = {"href": f"{path}?{urlencode({**query, **changes})}"}
    return links


def _by_cursor(page: Page) -> Steps:
    return {"next": {"cursor": page.next_cursor}} if page.next_cursor else {}


def _by_offset(page: Page) -> Steps:
    steps: Steps = {}
    if page.has_more:
        steps["next"] = {"offset": page.offset + page.size}
    if page.offset > 0:
        steps["prev"] = {"offset": max(page.offset - page.size, 0)}
    return steps


def _by_page(page: Page) -> Steps:
    last = max(-(-(page.total or 0) // page.size), 1)
    steps: Steps = {"first": {"page": 1}}
    if page.page > 1:
        steps["prev"] = {"page": min(page.page - 1, last)}
    if page.has_more:
        steps["next"] = {"page": page.page + 1}
    return {**steps, "last": {"page": last}}


def _alone(_: Page) -> Steps:
    return {}


_STEPS: dict[str, Callable[[Page], Steps]] = {
    "cursor": _by_cursor,
    "offset": _by_offset,
    "page": _by_page,
    WHOLE: _alone,
    MADE: _alone,
}
