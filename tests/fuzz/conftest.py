"""Both contracts against a server in a process of its own, tried by Schemathesis in all its phases."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scenarios.server import own_server

HERE = Path(__file__).parent
ADMIN = "sk_admin_for_this_run"
PROFILES = {
    "short": ["--max-examples", "3"],
    "long": ["--max-examples", "200", "--max-time", "3600"],
}
Try = Callable[[str, str], str]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--fuzz-profile long` is for `make fuzz`."""
    parser.addoption("--fuzz-profile", default="short", choices=list(PROFILES), help="how long to try")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server with its rate limits lifted, for its default workspace and all forks of it."""
    with own_server("minimal", {"SANDBOX_ADMIN_KEY": ADMIN}) as base:
        answer = httpx.put(
            f"{base}/sandbox/v1/rate-limits", json={"enabled": False}, headers={"X-API-Key": ADMIN}
        )
        assert answer.status_code == 200, answer.text
        yield base


@pytest.fixture
def faults_found(url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Try:
    """Tries the contract at a path with a key; the report if anything was found, else nothing."""
    profile = PROFILES[request.config.getoption("--fuzz-profile", default="short")]

    def tried(path: str, key: str) -> str:
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml")]
        command += [
            "run",
            url + path,
            "--header",
            f"X-API-Key: {key}",
            "--header",
            "X-Sandbox-Run: fuzz",
            *profile,
        ]
        environment: dict[str, Any] = {**os.environ, "NO_PROXY": "*", "COLUMNS": "200"}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        return "" if done.returncode == 0 else done.stdout[-20_000:] + done.stderr[-2_000:]

    return tried
