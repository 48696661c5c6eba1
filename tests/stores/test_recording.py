"""The registry and the journal together: what is not recorded has not happened; other seeds are refused."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from sandbox.kernel.documents import Document
from sandbox.kernel.layers import SeedLayer
from sandbox.kernel.replay import SeedMismatch, replay
from sandbox.kernel.retelling import retell
from sandbox.kernel.workspace import Workspace
from sandbox.kernel.workspaces import DEFAULT, Workspaces, World
from sandbox.stores.directory import JOURNAL
from sandbox.stores.journal import WorldJournal
from sandbox.stores.tiny import TinyStore
from tests.stores.worlds import KINDS, ids, location, seed_layer
from tests.stores.writer import registry

WORLD = World(anchor="2026-01-05T00:00:00.000Z")
ADMIN = {"X-API-Key": "sk_sandbox_partner_demo"}
CLINIC = {"name": "Kill", "city": "Łódź", "country": "PL", "timezone": "Europe/Warsaw"}


class TestRegistry:
    def test_takes_back_what_cannot_be_recorded(self, tmp_path: Path) -> None:
        journal, workspaces = WorldJournal.open(tmp_path), registry()
        workspaces.sink = journal
        workspace = workspaces.create(DEFAULT, WORLD)
        before = (workspace.store.draws, list(workspace.store.changes()))
        with pytest.raises(TypeError):
            self.write_what_is_no_json(workspace)
        assert (workspace.store.draws, list(workspace.store.changes())) == before
        journal.shut()

    def write_what_is_no_json(self, workspace: Workspace) -> None:
        with workspace.transaction() as tx:
            tx.put("location", location(tx.new_id("location")))
            tx.put("location", location("x", name=object()))

    def test_is_refused_on_another_edition_of_its_seed(self, tmp_path: Path) -> None:
        journal, workspaces = WorldJournal.open(tmp_path), registry()
        workspaces.sink = journal
        workspaces.create(DEFAULT, WORLD)
        journal.shut()
        other = SeedLayer({"location": {"l1": location("l1")}}, KINDS)
        journal = WorldJournal.open(tmp_path)
        with pytest.raises(SeedMismatch, match="start with the version that wrote it"):
            replay(Workspaces(KINDS, lambda world: other, TinyStore), journal.records())
        journal.shut()

    def test_compacts_while_threads_commit(self, tmp_path: Path) -> None:
        def work(workspaces: Workspaces, name: str) -> None:
            for number in range(200):
                with workspaces.need(name).transaction() as tx:
                    tx.put("booking", {"id": f"b{number % 20}", "status": str(number)})
                    tx.next_number("work")

        async def scenario() -> dict[str, list[Document]]:
            journal, workspaces = WorldJournal.open(tmp_path), registry()
            journal.compactor, workspaces.sink = lambda: retell(workspaces), journal
            names = [DEFAULT, "ws_1", "ws_2"]
            for name in names:
                workspaces.create(name, WORLD)
            working = asyncio.gather(*(asyncio.to_thread(work, workspaces, name) for name in names))
            while not working.done():
                await journal.compact()
                await asyncio.sleep(0)
            await working
            await journal.close()
            return {name: workspaces.need(name).store.find("booking") for name in names}

        expected = asyncio.run(scenario())
        journal, workspaces = WorldJournal.open(tmp_path), registry()
        replay(workspaces, journal.records())
        journal.shut()
        for name, bookings in expected.items():
            assert workspaces.need(name).store.find("booking") == bookings
            assert workspaces.need(name).store.get("counter", "work") == {"id": "work", "value": 200}
            assert ids(workspaces.need(name).store.find("location")) == ids(
                list(seed_layer().rows("location").values())
            )


@pytest.fixture(name="port")
def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serving(port: int, directory: Path, *options: str) -> subprocess.Popen[bytes]:
    """A server on a data directory, once it answers."""
    command = [
        sys.executable,
        "-m",
        "sandbox.cli",
        "serve",
        "--port",
        str(port),
        "--data",
        str(directory),
        *options,
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/api/v1/locations", headers=ADMIN)
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return process
    raise RuntimeError(f"the server ended with {process.returncode}")


@pytest.mark.slow
class TestServer:
    def test_has_what_it_acknowledged_after_a_kill(self, tmp_path: Path, port: int) -> None:
        made = self.made_before_a_kill(serving(port, tmp_path), port)
        server = serving(port, tmp_path, "--durable")
        for answer in made:
            assert answer.status_code == 201
            again = httpx.get(f"http://127.0.0.1:{port}{answer.headers['location']}", headers=ADMIN)
            assert again.json() == answer.json()
        made = self.made_before_a_kill(server, port)
        journal = WorldJournal.open(tmp_path)
        written = {
            key for record in journal.records() if record["op"] == "commit" for _, key, _ in record["c"]
        }
        journal.shut()
        assert {answer.json()["id"] for answer in made} <= written

    def made_before_a_kill(self, server: subprocess.Popen[bytes], port: int) -> list[httpx.Response]:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=ADMIN) as client:
            names = [f"Kill {server.pid} {number}" for number in range(5)]
            made = [client.post("/api/v1/locations", json={**CLINIC, "name": name}) for name in names]
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        return made

    def test_says_what_to_do_about_a_damaged_directory(self, tmp_path: Path, port: int) -> None:
        (tmp_path / JOURNAL).write_bytes(b"something else altogether, and longer than a header")
        command = [sys.executable, "-m", "sandbox.cli", "serve", "--port", str(port), "--data", str(tmp_path)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 3
        assert "choose another data directory" in " ".join(ended.stderr.split())
        assert "Traceback" not in ended.stderr
