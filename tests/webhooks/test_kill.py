"""Killed in the middle of sending: every event whose cause was acknowledged still reaches its receiver."""

import json
import signal
import threading

import httpx2
import pytest

from tests.system.test_restart import KEY, free_port, serving
from tests.webhooks.outside import Outside

KILLS = 4


def client(port: int) -> httpx2.Client:
    return httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=KEY, verify=False, timeout=30)


def trigger_until_killed(process, port: int, webhook_id: str, seconds: float) -> set[str]:
    """Message ids whose trigger was answered before the kill."""
    acknowledged: set[str] = set()
    threading.Timer(seconds, process.send_signal, [signal.SIGKILL]).start()
    body = {"event": "webhook.ping", "webhookIds": [webhook_id], "count": 3}
    with client(port) as caller:
        try:
            while True:
                answer = caller.post("/sandbox/v1/webhook-triggers", json=body)
                if answer.status_code == 202:
                    acknowledged.update(answer.json()["messageIds"])
        except httpx2.TransportError:
            process.wait()
    return acknowledged


@pytest.mark.slow
class TestKill:
    def test_every_acknowledged_event_arrives_at_least_once(self, tmp_path):
        port, outside = free_port(), Outside(200)
        acknowledged: set[str] = set()
        with serving(tmp_path, port), client(port) as caller:
            caller.put("/sandbox/v1/rate-limits", json={"enabled": False})
            body = {"url": outside.receiver.url(), "eventTypes": ["webhook.ping"], "ordering": "none"}
            webhook = caller.post("/api/v1/webhooks", json=body).json()
        for kill in range(KILLS):
            with serving(tmp_path, port) as process:
                acknowledged |= trigger_until_killed(process, port, webhook["id"], 0.1 + 0.07 * kill)
        assert acknowledged
        with serving(tmp_path, port):
            while acknowledged - {json.loads(got.body)["id"] for got in outside.receiver.received}:
                outside.wait(1)
        outside.stop()
