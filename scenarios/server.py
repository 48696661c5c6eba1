"""A server of one's own for as long as a run takes, started as anybody would start it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import urlsplit

PATIENCE = 20.0
"""Seconds until a server that does not answer is given up."""


class DidNotStart(RuntimeError):
    """The server ended or stayed silent; the message is what it wrote."""


@contextmanager
def own_server(profile: str = "standard", settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve on a free port; gives the base address, and stops the server in the end.

    `settings` are environment variables for it alone."""
    port = _free_port()
    command = [sys.executable, "-m", "sandbox.cli", "serve", "--port", str(port), "--seed-profile", profile]
    environment = {**os.environ, **(settings or {})}
    with TemporaryFile() as output:  # a pipe that nobody reads would stop a talkative server
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        try:
            _wait(process, port, output)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def answers(base_url: str, timeout: float = 2.0) -> bool:
    """Whether a server is alive there."""
    address = urlsplit(base_url)
    connection = HTTPConnection(address.hostname or "localhost", address.port or 80, timeout=timeout)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], port: int, output: IO[bytes]) -> None:
    started = time.perf_counter()
    while time.perf_counter() - started < PATIENCE:
        if process.poll() is not None:
            output.seek(0)
            said = output.read().decode("utf-8", "replace")
            raise DidNotStart(f"the server ended with code {process.returncode}:\n{said[-2000:]}")
        if answers(f"http://127.0.0.1:{port}"):
            return
        time.sleep(0.05)
    raise DidNotStart(f"the server did not answer within {PATIENCE:.0f} seconds")
