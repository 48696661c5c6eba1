"""What a page says of its place in the collection: pagination member, links and Link header."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import orjson

from sandbox.kernel.replies import Page

REMEMBERED = 1024


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
    position: dict[str, Any] = {"mode": page.mode, "hasMore": page.has_more}
    if page.mode == "page":
        position |= {"page": page.page, "pageSize": page.size, "totalItems": page.total}
        position["totalPages"] = None if page.total is None else -(-page.total // page.size)
    elif page.mode == "offset":
        position |= {"limit": page.size, "offset": page.offset, "totalItems": page.total}
    else:
        position |= {"pageSize": page.size, "nextCursor": page.next_cursor, "prevCursor": page.prev_cursor}
    return position


def _neighbours(path: str, raw_query: str, page: Page) -> dict[str, dict[str, str]]:
    """Links to this page and its neighbours."""
    links = {"self": {"href": f"{path}?{raw_query}" if raw_query else path}}
    query = dict(parse_qsl(raw_query, keep_blank_values=True))

    def link(rel: str, **changes: Any) -> None:
        links[rel] = {"href": f"{path}?{urlencode({**query, **changes})}"}

    if page.mode == "cursor":
        if page.next_cursor:
            link("next", cursor=page.next_cursor)
    elif page.mode == "offset":
        if page.has_more:
            link("next", offset=page.offset + page.size)
        if page.offset > 0:
            link("prev", offset=max(page.offset - page.size, 0))
    else:
        last = max(-(-(page.total or 0) // page.size), 1)
        link("first", page=1)
        if page.page > 1:
            link("prev", page=min(page.page - 1, last))
        if page.has_more:
            link("next", page=page.page + 1)
        link("last", page=last)
    return links
