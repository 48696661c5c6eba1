"""`python -m benchmarks [--quick] [--only traffic …]`: every ratio; ends with 1 when a target is missed."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks import captures, deliveries, large_world, partners, startup, traffic, worlds
from benchmarks.machine import stillness
from benchmarks.processes import CLIENT_CORE, DidNotStart, pin
from benchmarks.targets import Report

PARTS = {
    "traffic": traffic,
    "worlds": worlds,
    "large": large_world,
    "partners": partners,
    "deliveries": deliveries,
    "captures": captures,
    "startup": startup,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short rounds: a look, not a measurement")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="some parts only")
    chosen = parser.parse_args()
    seconds, rounds = (1.0, 1) if chosen.quick else (1.0, 9)
    report = Report()
    how = f"{rounds} rounds of {seconds:g} s, 16 connections"
    report.say(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {how}")
    report.say(stillness())
    pin(os.getpid(), CLIENT_CORE)
    broken = False
    with tempfile.TemporaryDirectory(prefix="sandbox-bench-") as folder:
        for name in chosen.only:
            try:
                PARTS[name].compare(report, Path(folder), seconds, rounds)
            except (DidNotStart, RuntimeError, OSError) as trouble:
                report.say(f"{name} could not be measured: {trouble}")
                broken = True
    report.show()
    return 2 if broken else report.exit_code


if __name__ == "__main__":
    sys.exit(main())
