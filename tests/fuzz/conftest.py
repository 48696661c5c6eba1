"""Both contracts against a server in a process of its own, tried by Schemathesis in all its phases."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from sandbox.seeds import build_world
from scenarios.server import own_server

HERE = Path(__file__).parent
ADMIN = "sk_admin_for_this_run"
PROFILES = {
    "short": {"sample": 8, "fuzzing": 2, "stateful": 15},
    "long": {"sample": 1, "fuzzing": 60, "stateful": 300},
}
Try = Callable[[str, str], str]
IDS_KNOWN = 50
CASES = pytest.StashKey[dict[str, int]]()
"""How many cases were tried at each document."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--fuzz-profile long` is for `make fuzz`."""
    parser.addoption("--fuzz-profile", default="short", choices=list(PROFILES), help="how long to try")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many cases there were."""
    tried = terminalreporter.config.stash.get(CASES, {})
    for path, cases in tried.items():
        terminalreporter.write_line(f"{path}: {cases} cases")
    if tried:
        terminalreporter.write_line(f"Cases in all: {sum(tried.values())}")


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
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(_configuration(profile) + _as_person(_token(url)), encoding="utf-8")

    def tried(path: str, key: str) -> str:
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration)]
        command += ["run", url + path, "--continue-on-failure", "--no-color"]
        command += ["--header", f"X-API-Key: {key}"]
        own = {"SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"), "FUZZ_SAMPLE": str(profile["sample"])}
        environment = {**os.environ, **own, "NO_PROXY": "*"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        counted = re.search(r"Test cases:\s+(\d+) generated", done.stdout)
        request.config.stash.setdefault(CASES, {})[path] = int(counted[1]) if counted else 0
        return "" if done.returncode == 0 else done.stdout[-20_000:] + done.stderr[-2_000:]

    return tried


def _token(url: str) -> str:
    asked = {"persona": "attendee", "expiresInSeconds": 86_400}
    answer = httpx.post(f"{url}/sandbox/v1/tokens", json=asked, headers={"X-API-Key": ADMIN})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["access_token"])


def _configuration(profile: dict[str, int]) -> str:
    base = (HERE / "schemathesis.toml").read_text(encoding="utf-8")
    sizes = [f"[phases.{n}.generation]\nmax-examples = {profile[n]}\n" for n in ("fuzzing", "stateful")]
    if profile["sample"] == 1:
        base = base.replace("deterministic = true", "deterministic = false")
    return "\n".join([_known_ids(), base, *sizes])


def _known_ids() -> str:
    """Where an id is wanted, mostly that of a thing that exists: what lies behind it is reached, too."""
    documents = build_world("minimal", anchor=datetime(2026, 3, 2, tzinfo=UTC)).documents
    by_kind = {kind: sorted(documents[kind])[:IDS_KNOWN] for kind in sorted(documents) if kind.isidentifier()}
    lines = [f"[dictionaries.{kind}]\nvalues = {json.dumps(ids)}\n" for kind, ids in by_kind.items()]
    bindings = [
        f'"{place}.{_parameter(kind)}" = {{ dictionary = "{kind}", probability = 0.8 }}'
        for kind in by_kind
        for place in ("path", "query")
    ]
    return "\n".join([*lines, "[parameters]", *bindings, ""])


def _as_person(token: str) -> str:
    """What concerns the person behind a token is asked for with the token of one."""
    headers = f'headers = {{ Authorization = "Bearer {token}" }}'
    return f'[[operations]]\ninclude-path-regex = "^/api/v1/me(/|$)"\n{headers}\n'


def _parameter(kind: str) -> str:
    """`ticket_type` -> `ticketTypeId`."""
    first, *rest = kind.split("_")
    shorter = {"slot_hold": "holdId", "event_series": "seriesId", "batch_job": "jobId"}
    return shorter.get(kind) or first + "".join(map(str.capitalize, rest)) + "Id"
