"""Jobs across restarts and crashes: what was acknowledged goes on where it was, and nothing is done twice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import asyncssh

from sandbox.exchange.sftp import host_key
from tests.conftest import KEYS, Api, Server

SCANS = [{"ticketCode": f"NOSUCH{number:06d}"} for number in range(120)]


def client_of(server: Server) -> Api:
    return Api(server, "ws_default", {"X-API-Key": KEYS["partner-demo"]})


def sftp(server: Server, path: str, content: bytes | None = None) -> bytes:
    server_key = host_key(server.sandbox.identity.secret).convert_to_public()

    async def visit() -> bytes:
        port = server.sandbox.sftp.get_port()
        async with (
            asyncssh.connect(
                "127.0.0.1",
                port,
                username="anyone",
                password=KEYS["partner-demo"],
                known_hosts=([server_key], [], []),
                client_keys=None,
                config=None,
            ) as connection,
            connection.start_sftp_client() as client,
            client.open(path, "rb" if content is None else "wb") as file,
        ):
            if content is not None:
                await file.write(content)
                return content
            found: bytes = await file.read()
            return found

    return asyncio.run(visit())


def test_a_stopped_server_goes_on_with_its_jobs_and_files(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"data_dir": tmp_path, "sftp_port": 0, "seed_profile": "minimal"}
    first = Server(**settings)
    first.start()
    with client_of(first) as api:
        api.control.put("/sandbox/v1/clock", json={"mode": "frozen"})
        sftp(first, "in/check-ins.json", json.dumps(SCANS).encode())
        api.advance("PT0S")
        [job] = [j for j in api.get("/api/v1/batch-jobs").json()["data"] if j["status"] == "running"]
        assert job["progress"]["processed"] == 50
    first.stop()

    second = Server(**settings)
    second.start()
    with client_of(second) as api:
        assert api.get(f"/api/v1/batch-jobs/{job['id']}").json()["progress"]["processed"] == 50
        api.advance("PT5S")
        assert api.get(f"/api/v1/batch-jobs/{job['id']}").json()["status"] == "completed_with_errors"
        told = json.loads(sftp(second, "out/check-ins.results.json"))
        assert [each["index"] for each in told["results"]] == list(range(120))
    second.stop()


def test_items_done_before_a_crash_are_not_done_again(api: Api) -> None:
    api.control.put("/sandbox/v1/clock", json={"mode": "frozen"})
    event = api.fixture("event.free_meetup")
    kind = api.get(f"/api/v1/events/{event}/ticket-types").json()["data"][0]["id"]
    people = [{"name": f"P {n}", "email": f"p{n}@sandbox.example"} for n in range(20)]
    items = [
        {"eventId": event, "contact": p, "items": [{"ticketTypeId": kind, "quantity": 1, "attendees": [p]}]}
        for p in people
    ]
    items += [{"clientRef": "refused"}] * 40
    job = api.post("/api/v1/batch/registrations", json={"items": items}).json()
    api.advance("PT0S")
    with api.workspace.transaction() as tx:  # as if the progress of the slice had not been noted any more
        running = tx.need("batch_job", job["id"])
        tx.put("batch_job", {**running, "progress": job["progress"], "progressPercent": 0})
        tx.schedule(tx.now(), "batch.run", job["id"])
    api.advance("PT5S")
    after = api.get(f"/api/v1/batch-jobs/{job['id']}").json()
    assert after["progress"] == {"total": 60, "processed": 60, "succeeded": 20, "failed": 40}
    for person in people:
        found = api.get("/api/v1/registrations", params={"email": person["email"]}).json()["data"]
        assert len(found) == 1
