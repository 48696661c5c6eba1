"""Notices that the machine slept, or that its clock was set: timers know of neither."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sandbox.kernel.clock import WallClock

LOOK_EVERY = 1.0
JUMP = 2.0
"""Seconds that the clock may differ from what went by, so that it is no jump."""


async def notice_jumps(wall: WallClock, jumped: Callable[[], None]) -> None:
    """Call `jumped` after every jump, for as long as this is not cancelled."""
    loop = asyncio.get_running_loop()
    apart = wall() - loop.time()
    while True:
        await asyncio.sleep(LOOK_EVERY)
        before, apart = apart, wall() - loop.time()
        if abs(apart - before) > JUMP:
            jumped()
