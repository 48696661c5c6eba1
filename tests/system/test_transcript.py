"""The same seed and the same calls give the same bytes, in any process."""

from __future__ import annotations

import json
import os
import subprocess
import sys


def transcript(seed: int, hash_seed: str) -> tuple[str, dict[str, int]]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-W", "ignore", "-m", "tests.system.transcript", str(seed)]
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    digest, statuses = printed.split(" ", 1)
    return digest, json.loads(statuses)


class TestTranscript:
    def test_is_the_same_in_two_processes_and_another_with_another_seed(self) -> None:
        first, statuses = transcript(20250422, "1")
        second, _ = transcript(20250422, "2")
        other, _ = transcript(7, "1")

        assert first == second
        assert first != other
        assert 15 <= statuses["503"] <= 50
        assert statuses["201"] > 80
        assert set(statuses) <= {"200", "201", "409", "503"}
