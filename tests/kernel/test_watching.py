"""Following a world: whoever stops following is let go, whatever happens at the same moment."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.kernel.watching import Watch
from sandbox.kernel.workspace import Workspace
from tests.kernel.worlds import WORLD, registry, rename


async def stopped(world: Workspace, turns: int) -> bool:
    """Whether somebody who waits for changes ends, when told to so many turns after a change."""
    with Watch(world) as watch:

        async def follow() -> None:
            while True:
                await watch.changed(30)

        following = asyncio.ensure_future(follow())
        await asyncio.sleep(0)
        rename(world, f"after {turns}")
        for _ in range(turns):
            await asyncio.sleep(0)
        following.cancel()
        ended, _ = await asyncio.wait((following,), timeout=1)
        return bool(ended)


class TestWatch:
    @pytest.mark.parametrize("turns", range(6))
    def test_an_end_is_not_lost_to_a_change(self, turns: int) -> None:
        assert asyncio.run(stopped(registry().create("ws_a", WORLD), turns))
