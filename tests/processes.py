"""The sandbox as a process of its own, as anybody starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Condition, Thread

PATIENCE = 120.0
"""Seconds until something that should happen is given up; nothing waits so long when all is well."""


class Process:
    """A command whose output is read while it runs."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        command = [sys.executable, "-u", "-m", "sandbox.cli", *arguments]
        mine = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
        self.output: list[str] = []
        self._said = Condition()
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**mine, "NO_PROXY": "*", **environment},
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def says(self, pattern: str, times: int = 1) -> list[str]:
        """Lines that match, as soon as there are so many; fails if they do not come."""

        def matching() -> list[str]:
            return [line for line in self.output if re.search(pattern, line)]

        self.reaches(lambda: len(matching()) >= times, f"{times} × {pattern}")
        return matching()

    def reaches(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until it holds, looking whenever a line comes."""
        with self._said:
            self._said.wait_for(lambda: condition() or not self._reader.is_alive(), PATIENCE)
            assert condition(), f"{what} did not come:\n" + "\n".join(self.output[-60:])

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        return self.ended()

    def ended(self) -> int:
        """Its exit code, when it has ended."""
        try:
            return self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise AssertionError("it did not end:\n" + "\n".join(self.output[-60:])) from None

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._said:
                self.output.append(line.rstrip("\n"))
                self._said.notify_all()
        with self._said:
            self._said.notify_all()


class Served(Process):
    """`sandbox serve` on a port; `url` is where it answers."""

    def __init__(self, *arguments: str, data: Path | None = None, port: int = 0, **environment: str) -> None:
        kept = [] if data is None else ["--data", str(data)]
        profile = {"SANDBOX_SEED_PROFILE": "minimal", **environment}
        super().__init__("serve", "--port", str(port), *kept, *arguments, **profile)
        self.url = re.split(r"[ ]+", self.says("^Sandbox at ")[0])[2]
        self.says("Uvicorn running on")

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rpartition(":")[2])
