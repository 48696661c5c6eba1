"""How somebody who follows a world learns that it changed, without asking again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from threading import RLock

    from sandbox.kernel.commits import Commit
    from sandbox.kernel.workspace import Workspace

Ending = Literal["workspace_reset", "workspace_deleted", "server_stopping"]


class Watcher(Protocol):
    """Told of every commit, on any thread, inside the workspace's lock; and of the end of the world."""

    def committed(self, commit: Commit) -> None:
        """A transaction ended with changes."""

    def ended(self, why: Ending) -> None:
        """What follows now is another world, or none."""


class Followers:
    """All who follow one world; changed and told inside its lock."""

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self._all: tuple[Watcher, ...] = ()
        self._over: Ending | None = None

    def __iter__(self) -> Iterator[Watcher]:
        return iter(self._all)

    @property
    def reading(self) -> int:
        """How many tasks follow; others only take note."""
        return sum(isinstance(each, Watch) for each in self._all)

    def add(self, watcher: Watcher) -> None:
        """Tell it of every commit from now on; at once, if nobody can follow any more."""
        with self._lock:
            self._all = (*self._all, watcher)
            if self._over is not None:
                watcher.ended(self._over)

    def remove(self, watcher: Watcher) -> None:
        """Tell it no more."""
        with self._lock:
            self._all = tuple(each for each in self._all if each is not watcher)

    def committed(self, commit: Commit) -> None:
        """Tell all."""
        for watcher in self._all:
            watcher.committed(commit)

    def end(self, why: Ending) -> None:
        """This world is over: tell all who are there, and who come, unless another follows in its place."""
        with self._lock:
            self._over = None if why == "workspace_reset" else why
            for watcher in self._all:
                watcher.ended(why)


class Watch:
    """Wakes one task of an event loop; many changes at once wake it once. Use it in a `with` block."""

    def __init__(self, workspace: Workspace, outlives: tuple[Ending, ...] = ()) -> None:
        self.ending: Ending | None = None
        """Why there is nothing more to come of this world."""
        self._workspace = workspace
        self._outlives = outlives
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    def __enter__(self) -> Watch:
        self._workspace.followers.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._workspace.followers.remove(self)

    def committed(self, commit: Commit) -> None:
        """As Watcher says."""
        self.wake()

    def ended(self, why: Ending) -> None:
        """As Watcher says."""
        if why not in self._outlives:
            self.ending = self.ending or why
        self.wake()

    def wake(self) -> None:
        """There is something to look at; on any thread."""
        if not self._changed.is_set() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._changed.set)

    async def changed(self, within: float) -> bool:
        """Wait for a change since the last time this was asked; False when there was none for so long."""
        try:
            async with asyncio.timeout(within):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True
