"""The README does what it says: its blocks run in order, its commands and files exist."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scenarios.server import own_server
from tests.programs import needs_curl

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
DEFAULT_BASE = "http://127.0.0.1:8080"


@pytest.fixture(name="base", scope="module")
def _base() -> Iterator[str]:
    with own_server() as base:
        yield base


def script(base: str) -> str:
    """Every block in order, as one shell session that stops at the first failure."""
    parts = ["set -euo pipefail"]
    for language, code in BLOCK.findall(README):
        parts.append(code if language == "bash" else f"{sys.executable} - <<'PYTHON'\n{code}PYTHON\n")
        parts.append("echo")
    return "\n".join(parts).replace(DEFAULT_BASE, base)


class TestReadme:
    @needs_curl
    def test_its_blocks_run_from_top_to_bottom(self, base: str) -> None:
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": os.environ.get("HOME", "/"),
        }
        run = subprocess.run(
            ["bash", "-c", script(base)], capture_output=True, text=True, env=environment, check=False
        )

        assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
        assert "registration.confirmed is genuine" in run.stdout
        assert run.stdout.rstrip().endswith("503")

    def test_every_target_it_names_can_be_made(self) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        named = set(re.findall(r"(?:`|\$ )make ([a-z]+)", README))

        assert {"serve", "test", "check"} <= named
        assert [] == [each for each in named if not re.search(rf"^{each}:", makefile, re.MULTILINE)]

    @pytest.mark.parametrize("command", sorted(set(re.findall(r"^\| `sandbox (\w+)`", README, re.MULTILINE))))
    def test_every_command_it_names_exists(self, command: str) -> None:
        run = subprocess.run(
            [sys.executable, "-m", "sandbox.cli", command, "--help"], capture_output=True, check=False
        )

        assert run.returncode == 0


@pytest.mark.parametrize("name", DOCUMENTS)
class TestLinks:
    def test_every_file_it_links_to_exists(self, name: str) -> None:
        links = re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8"))

        assert [] == [each for each in links if not (ROOT / each).exists()]

    def test_every_path_it_shows_exists(self, name: str) -> None:
        paths = re.findall(
            r"`((?:sandbox|mocks|scenarios|loadtests|tests)/[\w./-]*)`", (ROOT / name).read_text("utf-8")
        )

        assert [] == [each for each in paths if not (ROOT / each).exists()]
