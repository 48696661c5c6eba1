"""Following a world live: what happened behind a place, then what happens, until there is no more to come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol, TypeVar

from sandbox.identity.principal import Principal
from sandbox.kernel.documents import Store
from sandbox.kernel.errors import ConcurrencyLimitExceeded, DomainError
from sandbox.kernel.watching import Ending, Watch
from sandbox.kernel.workspace import Workspace

T = TypeVar("T")

MOST_FOLLOWERS = 100
"""Streams of one workspace that are open at once."""
AT_ONCE = 100
"""Items that one reading gives at most, so that nobody else waits long for it."""
PATIENCE = "sandbox.patience"
"""In the scope of a request that waits: the timeout, which is over when whoever asked is gone."""
HEARTBEAT = "heartbeat"
END = "end"


class Item(NamedTuple):
    """One thing that happened. Its `place` is where to go on behind it."""

    place: str
    name: str
    data: Any


class Tail(Protocol):
    """Reads what happened in order, at its reader's pace: it keeps nothing but its place."""

    @property
    def place(self) -> str:
        """Where it stands; empty where nobody can go on from a place."""

    @property
    def ending(self) -> str | None:
        """Why nothing more will come, if so."""

    @property
    def outlives(self) -> tuple[Ending, ...]:
        """What ends others, but not this one."""

    def take(self) -> list[Item]:
        """What came since the last time; nothing when all was read."""

    def join(self, watch: Watch) -> None:
        """Somebody begins to follow: wake it also for what is no commit."""

    def leave(self, watch: Watch) -> None:
        """It follows no more."""


class Manner(NamedTuple):
    """How somebody follows: a sign of life after so many seconds of silence; whether to stay at all; and
    whether the credential is still a good one."""

    heartbeat: float = 15.0
    stays: bool = True
    is_let_in: Callable[[], bool] = lambda: True


def gate(authenticate: Callable[[], Principal | None]) -> Callable[[], bool]:
    """Whether a credential is still a good one: it may expire, or be taken back."""

    def is_let_in() -> bool:
        try:
            return authenticate() is not None
        except DomainError:
            return False

    return is_let_in


def check_room(workspace: Workspace) -> None:
    """Raises ConcurrencyLimitExceeded where enough follow already."""
    following = workspace.followers.reading
    if following >= MOST_FOLLOWERS:
        raise ConcurrencyLimitExceeded(details=f"{following} streams of this workspace are open")


@contextmanager
def _joined(tail: Tail, watch: Watch) -> Iterator[None]:
    tail.join(watch)
    try:
        yield
    finally:
        tail.leave(watch)


def follow(workspace: Workspace, tail: Tail, manner: Manner) -> AsyncGenerator[list[Item], None]:
    """What the tail gives, signs of life while there is nothing, and an end that says why."""
    return _follow(workspace, workspace.store, tail, manner)


async def _follow(
    workspace: Workspace, store: Store, tail: Tail, manner: Manner
) -> AsyncGenerator[list[Item], None]:
    with Watch(workspace, tail.outlives) as watch, _joined(tail, watch):
        if workspace.store is not store:
            watch.ended("workspace_reset")  # before anything was read
        while True:
            ending: str | None = watch.ending or (None if manner.is_let_in() else "credential_refused")
            items = tail.take() if ending is None else []
            ending = ending or tail.ending or (None if items or manner.stays else "caught_up")
            if items:
                yield items
            if ending is not None:
                place = "" if ending in ("workspace_reset", "workspace_deleted") else tail.place
                yield [Item(place, END, {"reason": ending, "lastEventId": place or None})]
                return
            if not items and not await watch.changed(manner.heartbeat):
                yield [Item(tail.place, HEARTBEAT, None)]


class Asker(Protocol):
    """Who waits: a call, or the visit of a page."""

    @property
    def workspace(self) -> Workspace:
        """What is waited for happens there."""

    @property
    def scope(self) -> MutableMapping[str, Any]:
        """Of the request."""


async def until(asker: Asker, look: Callable[[], T], is_enough: Callable[[T], bool], within: float) -> T:
    """What is seen as soon as it is enough; whatever is seen when time is over, or the world or who asked is.

    Every commit is looked at once; nothing is asked for again and again."""
    found = look()
    if is_enough(found) or not within:
        return found
    try:
        async with asyncio.timeout(within) as patience:
            asker.scope[PATIENCE] = patience
            with Watch(asker.workspace) as watch:
                while not is_enough(found := look()) and watch.ending is None:
                    await watch.changed(within)
    except TimeoutError:
        pass
    finally:
        asker.scope.pop(PATIENCE, None)
    return found
