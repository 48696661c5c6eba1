"""`python -m loadtests [profile] [--url URL]`: a headless run; exit code 1 when it leaves its budget."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from loadtests.budget import PROFILES
from scenarios.server import own_server

LOCUSTFILE = Path(__file__).with_name("locustfile.py")


def main(arguments: list[str] | None = None) -> int:
    """The exit code of the run."""
    parser = argparse.ArgumentParser(prog="python -m loadtests", description=__doc__)
    parser.add_argument("profile", nargs="?", default="quick", choices=list(PROFILES))
    parser.add_argument("--url", help="server to load; default: one started for the run")
    parser.add_argument("--seconds", type=int, help="how long, instead of the profile's time")
    chosen = parser.parse_args(arguments)
    if chosen.url:
        return run(chosen.profile, chosen.url, chosen.seconds)
    with own_server() as url:
        return run(chosen.profile, url, chosen.seconds)


def run(name: str, url: str, seconds: int | None = None) -> int:
    """Locust in a process of its own, since it replaces parts of the standard library in its process."""
    profile = PROFILES[name]
    command = [sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), "--headless", "--host", url]
    command += ["--users", str(profile.users), "--spawn-rate", str(profile.spawn_rate)]
    command += ["--run-time", f"{seconds or profile.seconds}s", "--only-summary", "--stop-timeout", "5"]
    root = str(LOCUSTFILE.parent.parent)
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "LOAD_PROFILE": name, "PYTHONPATH": path}
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
