"""Server-sent events: how a stream looks on the wire, and what its callers may ask for."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable

import orjson

from sandbox.kernel.replies import Stream
from sandbox.platform.call import Call
from sandbox.platform.following import HEARTBEAT, Item, Manner, Tail, check_room, follow, gate

MEDIA_TYPE = "text/event-stream"
RECONNECT_AFTER_MS = 2000
CREDENTIALS = ("authorization", "x-api-key", "ocp-apim-subscription-key")


def streamed(call: Call, tail: Tail) -> Stream:
    """The answer that follows; raises ConcurrencyLimitExceeded."""
    check_room(call.workspace)
    query = call.query
    manner = Manner(float(query.get("heartbeatSeconds", 15)), query.get("follow", True), _gate(call))
    pieces = _pieces(follow(call.workspace, tail, manner))
    return Stream(pieces, MEDIA_TYPE, {"x-accel-buffering": "no"})


def _gate(call: Call) -> Callable[[], bool]:
    """Whether the credential of the call would still be taken."""
    identity, headers = call.server.facts["identity"], call.headers
    held = {name.encode(): headers[name].encode("latin-1") for name in CREDENTIALS if name in headers}
    return gate(lambda: identity.authenticate(call.workspaces, held, call.client_ip, call.workspace))


def last_event_id(call: Call) -> str:
    """Behind which item the caller goes on: as browsers say it, or as who cannot set headers does."""
    given: str = call.headers.get("last-event-id") or call.query.get("lastEventId", "")
    return given


async def _pieces(items: AsyncGenerator[list[Item], None]) -> AsyncGenerator[bytes, None]:
    yield b"retry: %d\n\n" % RECONNECT_AFTER_MS
    try:
        async for each in items:
            yield written(each)
    finally:
        await items.aclose()


def written(items: Iterable[Item]) -> bytes:
    """A sign of life has no data: browsers take note of its place and show nothing."""
    return b"".join(_written(item) for item in items)


def _written(item: Item) -> bytes:
    place, name, data = item
    if name == HEARTBEAT:
        return b": heartbeat\nid: %b\n\n" % place.encode()
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (place.encode(), name.encode(), orjson.dumps(data))
