"""Deliveries to who cannot be reached: handed over a connection that the receiver opened, and answered by it.

While nobody is connected, the deliveries of such a subscription stay due: none is lost, no attempt is spent.
What was handed over and not answered is handed over again when the connection is made anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.ports import OutboundReply, OutboundRequest
from sandbox.kernel.watching import Watch
from sandbox.kernel.workspace import Workspace

KIND = Kind("listener", prefix="lst_")
HOST = "listener.sandbox.example"
"""A delivery to this host never leaves the process by itself: its path names a listener of the workspace."""
AWAY = OutboundReply(error="connect", detail="nobody listens")


@dataclass(slots=True, eq=False)
class Handover:
    """One attempt in the hands of the listener, until it says what became of it."""

    lease: str
    request: OutboundRequest
    answer: asyncio.Future[OutboundReply]


@dataclass(slots=True, eq=False)
class Line:
    """What one listener holds, and the connection that it has at present."""

    name: str
    held: dict[str, Handover] = field(default_factory=dict)
    watch: Watch | None = None
    numbers: Iterable[int] = field(default_factory=lambda: count(1))

    def connect(self, watch: Watch) -> None:
        """From now on this connection is the one."""
        self.watch = watch

    def disconnect(self, watch: Watch) -> None:
        """The connection is gone; another one may have taken its place already."""
        if self.watch is watch:
            self.watch = None

    def wake(self) -> None:
        """There is something to hand over."""
        if self.watch is not None:
            self.watch.wake()

    def answered(self, lease: str, reply: OutboundReply) -> bool:
        """Take an answer; False where nobody waits for it any more."""
        handover = self.held.get(lease)
        if handover is None or handover.answer.done():
            return False
        handover.answer.set_result(reply)
        return True


_lines: WeakKeyDictionary[Workspace, dict[str, Line]] = WeakKeyDictionary()


def line_of(workspace: Workspace, listener_id: str) -> Line:
    """The line of a listener."""
    lines = _lines.setdefault(workspace, {})
    line = lines.get(listener_id)
    if line is None:
        # Names of leases differ from those of a server before this one, whose answers may still come.
        line = lines[listener_id] = Line(f"lse_{int(workspace.wall() * 1000):x}")
    return line


def hang_up(workspace: Workspace, listener_id: str) -> None:
    """The listener is no more."""
    line = _lines.get(workspace, {}).pop(listener_id, None)
    if line is not None:
        line.wake()


def address(listener_id: str) -> str:
    """The URL of its subscription."""
    return f"https://{HOST}/{listener_id}"


def is_listeners(url: str) -> bool:
    """Whether the URL is that of a listener."""
    return (urlsplit(url).hostname or "").rstrip(".") == HOST


def has_listeners(workspace: Workspace) -> bool:
    """Whether there are any: mostly there are none."""
    return bool(workspace.store.derived(KIND.name, _by_webhook))


def is_away(workspace: Workspace, webhook_id: str) -> bool:
    """Whether the subscription is a listener's with whom there is no connection."""
    listener_id = workspace.store.derived(KIND.name, _by_webhook).get(webhook_id)
    if listener_id is None:
        return False
    line = _lines.get(workspace, {}).get(listener_id)
    return line is None or line.watch is None


def _by_webhook(listeners: Iterable[Document]) -> Mapping[str, str]:
    return {listener["webhookId"]: listener["id"] for listener in listeners}


async def hand_over(workspace: Workspace, request: OutboundRequest) -> OutboundReply:
    """Let the listener make the attempt; its answer, or why there is none in time."""
    line = line_of(workspace, urlsplit(request.url).path.strip("/"))
    if line.watch is None:
        return AWAY
    lease = f"{line.name}-{next(iter(line.numbers))}"
    handover = Handover(lease, request, asyncio.get_running_loop().create_future())
    line.held[lease] = handover
    line.wake()
    try:
        async with asyncio.timeout(request.timeout):
            return await handover.answer
    except TimeoutError:
        late = f"no answer within {request.timeout:g} s"
        is_here = line.watch is not None
        return (
            OutboundReply(error="timeout", detail=late, duration_ms=request.timeout * 1000)
            if is_here
            else AWAY
        )
    finally:
        line.held.pop(lease, None)
