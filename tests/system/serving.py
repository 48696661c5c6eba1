"""The server in a process of its own, to be killed."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2

from tests.conftest import ANCHOR, KEYS

KEY = {"X-API-Key": KEYS["partner-demo"]}
SANDBOX = Path(sys.executable).parent / "sandbox"


@contextmanager
def serving(data: Path, port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """`sandbox serve` in a process of its own, killed at the end if it still runs."""
    command = [str(SANDBOX), "serve", "--port", str(port), "--data", str(data)]
    environment = {**os.environ, "SANDBOX_ANCHOR": ANCHOR}
    process = subprocess.Popen(
        [*command, *options], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        wait_until_up(process, port)
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until_up(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            if process.poll() is not None:
                break
            threading.Event().wait(0.05)
    assert process.stderr is not None
    raise AssertionError(f"the server did not start: {process.stderr.read().decode()}")


def free_port() -> int:
    """One that stays free while its server is gone: connections begin at other ports than these."""
    for port in random.SystemRandom().sample(range(10_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")
