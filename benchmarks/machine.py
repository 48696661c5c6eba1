"""What the machine itself takes away: no server can answer sooner than it gets its core back."""

from __future__ import annotations

import os
import time

from benchmarks.processes import SERVER_CORE, pin

SECONDS = 2.0
PAUSE = 0.0001
"""Longer than a look at the clock takes; who is kept from looking for that long was not running."""


def stillness() -> str:
    """A line about the time that a loop on the server's core, which does nothing else, was kept from it."""
    pin(os.getpid(), SERVER_CORE)
    last = time.perf_counter()
    until, pauses = last + SECONDS, [0.0]
    while last < until:
        now = time.perf_counter()
        if now - last > PAUSE:
            pauses.append(now - last)
        last = now
    share, longest = sum(pauses) / SECONDS * 100, max(pauses) * 1000
    advice = "; trust ratios by processor time, not rates and p99" if share > 0.5 or longest > 2 else ""
    lost = f"{share:.1f} % of its time, {longest:.1f} ms at once at most"
    return f"a loop that only watches the clock lost {lost}{advice}"
