"""Following a world live: what happened behind a place, then what happens, until there is no more to come."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

from sandbox.kernel.errors import ConcurrencyLimitExceeded
from sandbox.kernel.watching import Ending, Watch
from sandbox.kernel.workspace import Workspace

MOST_FOLLOWERS = 100
"""Streams of one workspace that are open at once."""
AT_ONCE = 100
"""Items that one reading gives at most, so that nobody else waits long for it."""
HEARTBEAT = "heartbeat"
END = "end"


class Item(NamedTuple):
    """One thing that happened. Its `place` is where to go on behind it."""

    place: str
    name: str
    data: Any


class Tail(Protocol):
    """Reads what happened in order, at its reader's pace: it keeps nothing but its place."""

    place: str
    ending: str | None
    """Why nothing more will come, if so."""
    outlives: tuple[Ending, ...]
    """What ends others, but not this one."""

    def take(self) -> list[Item]:
        """What came since the last time; nothing when all was read."""

    def join(self, watch: Watch) -> None:
        """Somebody begins to follow: wake it also for what is no commit."""

    def leave(self, watch: Watch) -> None:
        """It follows no more."""


class Manner(NamedTuple):
    """How somebody follows: a sign of life after so many seconds of silence; and whether to stay at all."""

    heartbeat: float = 15.0
    stays: bool = True


def check_room(workspace: Workspace) -> None:
    """Raises ConcurrencyLimitExceeded where enough follow already."""
    following = sum(isinstance(each, Watch) for each in workspace.watchers)
    if following >= MOST_FOLLOWERS:
        raise ConcurrencyLimitExceeded(details=f"{following} streams of this workspace are open")


@contextmanager
def _joined(tail: Tail, watch: Watch) -> Iterator[None]:
    tail.join(watch)
    try:
        yield
    finally:
        tail.leave(watch)


async def follow(workspace: Workspace, tail: Tail, manner: Manner) -> AsyncGenerator[list[Item], None]:
    """What the tail gives, signs of life while there is nothing, and an end that says why."""
    with Watch(workspace, tail.outlives) as watch, _joined(tail, watch):
        while True:
            items = tail.take() if watch.ending is None else []
            ending = watch.ending or tail.ending or (None if items or manner.stays else "caught_up")
            if items:
                yield items
            if ending is not None:
                place = "" if ending in ("workspace_reset", "workspace_deleted") else tail.place
                yield [Item(place, END, {"reason": ending, "lastEventId": place or None})]
                return
            if not items and not await watch.changed(manner.heartbeat):
                yield [Item(tail.place, HEARTBEAT, None)]
