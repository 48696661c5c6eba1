"""Who waits for something to arrive in a bin, and how they are woken: without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from sandbox.kernel.workspace import Workspace

_watchers: WeakKeyDictionary[Workspace, dict[str, set[asyncio.Event]]] = WeakKeyDictionary()


@contextmanager
def watching(workspace: Workspace, bin_id: str) -> Iterator[asyncio.Event]:
    """An event that is set whenever something arrives, for the length of a `with` block."""
    arrived = asyncio.Event()
    watchers = _watchers.setdefault(workspace, {}).setdefault(bin_id, set())
    watchers.add(arrived)
    try:
        yield arrived
    finally:
        watchers.discard(arrived)
        if not watchers:
            _watchers.get(workspace, {}).pop(bin_id, None)


def notify(workspace: Workspace, bin_id: str) -> None:
    """Wake everybody who watches the bin; call on the event loop, after the commit."""
    for arrived in _watchers.get(workspace, {}).get(bin_id, ()):
        arrived.set()
