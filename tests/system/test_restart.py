"""A server that is killed in the middle of its work: every acknowledged write is there when it is back."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
from pathlib import Path

import httpx2
import pytest

from tests.system.serving import KEY, SANDBOX, free_port, serving

KILLS = 6


def write(port: int, label: str, acknowledged: set[str]) -> None:
    """Create customers until the server is gone or has had enough of it."""
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=KEY) as client:
        for number in range(10_000):
            body = {"givenName": "Maria", "email": f"{label}.{number}@sandbox.example"}
            try:
                answer = client.post("/api/v1/customers", json=body)
            except httpx2.TransportError:
                return
            if answer.status_code != 201:
                return
            acknowledged.add(answer.json()["id"])


def write_until_killed(process: subprocess.Popen[bytes], port: int, label: str, after: int) -> set[str]:
    """Ids of the customers whose creation was answered before the kill."""
    acknowledged: set[str] = set()
    labels = [f"{label}.{worker}" for worker in range(4)]
    workers = [threading.Thread(target=write, args=(port, each, acknowledged)) for each in labels]
    for worker in workers:
        worker.start()
    while len(acknowledged) < after and any(worker.is_alive() for worker in workers):
        workers[0].join(0.001)
    process.send_signal(signal.SIGKILL)
    for worker in workers:
        worker.join()
    return acknowledged


def customers(port: int) -> set[str]:
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=KEY) as client:
        found: set[str] = set()
        following = "/api/v1/customers?cursor=&pageSize=100&fields=id"
        while following:
            answer = client.get(following).json()
            found |= {item["id"] for item in answer["data"]}
            following = answer["_links"].get("next", {}).get("href")
        return found


@pytest.mark.parametrize("options", [(), ("--durable",)], ids=["written", "synced"])
def test_nothing_acknowledged_is_lost(tmp_path: Path, options: tuple[str, ...]) -> None:
    chance, port = random.Random(7), free_port()
    acknowledged: set[str] = set()
    for number in range(KILLS // 2):
        with serving(tmp_path, port, *options) as process:
            assert acknowledged <= customers(port)
            acknowledged |= write_until_killed(process, port, f"run{number}", chance.randint(5, 60))
    with serving(tmp_path, port):
        assert acknowledged <= customers(port)
    assert len(acknowledged) >= KILLS // 2 * 5


def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, port):
        command = [str(SANDBOX), "serve", "--port", str(free_port())]
        second = subprocess.run(
            [*command, "--data", str(tmp_path)], capture_output=True, text=True, timeout=60
        )

    assert second.returncode != 0
    assert "in use" in second.stderr + second.stdout
