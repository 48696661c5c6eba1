"""An erased person is nowhere in the data directory, also not in what was appended before."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import KEYS, Api, Server

PERSON = {
    "givenName": "Marinella",
    "familyName": "Quastelberg-Ōta",
    "email": "marinella.q@sandbox.example",
    "phone": "+447700900777",
    "address": "Quastelberg-Ōta, Street 1",
}
REQUESTS = "/api/v1/privacy/requests"


def found(folder: Path) -> list[str]:
    """Words of the person that any file holds."""
    held = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file()).lower()
    words = ("marinella", "marinella.q@sandbox.example", "quastelberg", "900777")
    return [word for word in words if word.encode() in held]


def started(folder: Path) -> tuple[Server, Api]:
    """A server on the folder."""
    server = Server(data_dir=folder, seed_profile="minimal")
    server.start()
    return server, Api(server, "ws_default", {"X-API-Key": KEYS["partner-demo"]})


class TestDataDirectory:
    def test_holds_nothing_of_who_was_erased(self, tmp_path: Path) -> None:
        server, api = started(tmp_path)
        body = {"url": "http://127.0.0.1:9/nobody", "eventTypes": ["customer.*"]}
        api.post("/api/v1/webhooks", json=body)
        made = api.post("/api/v1/customers", json=PERSON, headers={"Idempotency-Key": "k1"}).json()
        api.patch(f"/api/v1/customers/{made['id']}", json={"notes": "Marinella likes mornings"})
        api.control.post("/sandbox/v1/workspaces/ws_default/snapshots", json={"name": "before"})
        assert len(found(tmp_path)) == 4
        request = api.post(
            REQUESTS, json={"type": "erasure", "subject": {"type": "customer", "id": made["id"]}}
        ).json()
        api.post(f"{REQUESTS}/{request['id']}/verify", json={"code": "123456"})
        api.advance("PT1S")
        assert api.get(f"{REQUESTS}/{request['id']}").json()["status"] == "completed"
        assert found(tmp_path) == []
        server.stop()
        assert found(tmp_path) == []

        server, api = started(tmp_path)
        assert api.get(f"/api/v1/customers/{made['id']}").status_code == 410
        assert api.get(f"{REQUESTS}/{request['id']}").json()["status"] == "completed"
        server.stop()
