"""Rows that appear by themselves: the workspace's activity, rendered for one list and sent as it happens."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing

from starlette.responses import Response, StreamingResponse

from sandbox.control.activity import activity_of
from sandbox.control.activity_tail import GAP, ActivityTail
from sandbox.platform.following import END, HEARTBEAT, Item, Manner, check_room, follow
from sandbox.portal.console.guard import HEADERS
from sandbox.portal.console.visit import PageVisit

RETRY_MS = 500
Rendered = Callable[[list[Item]], Awaitable[str]]
"""The rows for some news; empty when none of them belongs into the list."""


def stream(visit: PageVisit, names: Iterable[str], rendered: Rendered, event: str = "") -> Response:
    """Sends rows, or an event of that name upon which the page fetches itself anew; goes on from where the
    page was made, or from where the browser lost the stream.

    Raises ConcurrencyLimitExceeded where too many follow."""
    check_room(visit.workspace)
    after = visit.request.headers.get("last-event-id") or visit.query.get("after", "")
    activity = activity_of(visit.workspace, visit.desk.journal(visit.workspace))
    tail = ActivityTail(activity, after, frozenset(names) | {"reset"})
    pieces = _pieces(visit, tail, rendered, event)
    return StreamingResponse(
        pieces, headers={**HEADERS, "X-Accel-Buffering": "no"}, media_type="text/event-stream"
    )


def changes(visit: PageVisit, names: Iterable[str]) -> Response:
    """A word whenever something of that kind happened: the page then fetches itself anew."""

    async def rendered(_: list[Item]) -> str:
        return "changed"

    return stream(visit, names, rendered, "changed")


async def _pieces(
    visit: PageVisit, tail: ActivityTail, rendered: Rendered, event: str
) -> AsyncGenerator[bytes, None]:
    yield b"retry: %d\n\n" % RETRY_MS
    async with aclosing(follow(visit.workspace, tail, Manner())) as news:
        async for items in news:
            last = items[-1]
            if last.name == HEARTBEAT:
                yield b": still here\n\n"
            elif last.name == END and last.data["reason"] == "server_stopping":
                return  # the browser comes back to the next one by itself
            elif any(item.name in (GAP, END, "reset") for item in items):
                yield _event(last.place, "stale", "")
            elif text := await rendered(items):
                yield _event(last.place, event, text)


def _event(place: str, name: str, text: str) -> bytes:
    lines = [f"id: {place}"] if place else []
    lines += [f"event: {name}"] if name else []
    lines += [f"data: {line}" for line in text.splitlines() or [""]]
    return ("\n".join(lines) + "\n\n").encode()
