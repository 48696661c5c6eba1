"""Servers in processes of their own, held to the first core; this process keeps to the second."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryFile

PATIENCE = 30.0
SERVER_CORE, CLIENT_CORE = 0, 1


class DidNotStart(RuntimeError):
    """The server ended or stayed silent; the message is what it wrote."""


def pin(pid: int, core: int) -> None:
    """Hold a process to one core, where the system can and there are two."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    port: int
    pid: int
    started_in: float

    def cpu(self) -> float:
        """Seconds of processor time used so far; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(
    arguments: list[str],
    port: int,
    path: str = "/",
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] = {},
) -> Iterator[Running]:
    """Run a server until the block ends; it is ready when it answers below 500 at `path`."""
    with TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            arguments, stdout=output, stderr=output, cwd=cwd, env={**os.environ, **environment}
        )
        pin(process.pid, SERVER_CORE)
        try:
            _wait(process, port, path)
            yield Running(port, process.pid, time.perf_counter() - started)
        except DidNotStart as silence:
            output.seek(0)
            raise DidNotStart(f"{silence}: {output.read()[-2000:].decode('utf-8', 'replace')}") from None
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def sandbox_command(port: int, *options: str) -> list[str]:
    return [sys.executable, "-m", "sandbox.cli", "serve", "--port", str(port), *options]


def peer_command(name: str, port: int) -> list[str]:
    settings = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    return [sys.executable, "-m", "uvicorn", f"benchmarks.peers.{name}:app", "--port", str(port), *settings]


def _wait(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    started = time.perf_counter()
    while time.perf_counter() - started < PATIENCE:
        if process.poll() is not None:
            raise DidNotStart(f"ended with code {process.returncode}")
        if _answers(port, path):
            return
        time.sleep(0.005)
    raise DidNotStart(f"no answer within {PATIENCE:.0f} seconds")


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
