"""Memory of one workspace with 20 changed documents, by what the process grows when it makes many."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from benchmarks.worlds import change, registry

WORKSPACES = 1_000
PAGE_KIB = 4


def resident() -> int:
    """KiB in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KIB


def main() -> None:
    workspaces = registry(1_000)
    for number in range(20):  # what only the first ones pay
        workspaces.create(f"first-{number}", workspaces.world("base"))
        change(workspaces, f"first-{number}")
    gc.collect()
    before = resident()
    for number in range(WORKSPACES):
        workspaces.create(f"world-{number}", workspaces.world("base"))
        change(workspaces, f"world-{number}")
    gc.collect()
    sys.stdout.write(f"{(resident() - before) / WORKSPACES}\n")


if __name__ == "__main__":
    main()
