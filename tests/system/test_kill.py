"""Killed at random points under load: every committed event reaches its receiver, and no id stands for two.

`make kill` does it two hundred times."""

import json
import os
import random
import shutil
import signal
import threading
from collections import defaultdict

import httpx2
import pytest

from sandbox.kernel.commits import OUTBOX
from sandbox.stores.journal import WorldJournal
from tests.system.serving import KEY, free_port, serving
from tests.webhooks.outside import Outside

KILLS = int(os.environ.get("KILL_POINTS", "5"))
WRITERS = 3
LONGEST = 60
"""Seconds that what was committed may take to arrive after the last start."""


def client(port: int) -> httpx2.Client:
    return httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=KEY, verify=False, timeout=30)


class Load:
    """Some writers at once; the server is killed a moment after so many of their calls were answered."""

    def __init__(self, process, port: int, webhook_id: str, point: int) -> None:
        self.process, self.port, self.webhook_id, self.point = process, port, webhook_id, point
        self.chance = random.Random(point)
        self.sent_by_hand: set[str] = set()
        self.unexpected: list[str] = []
        self._left = threading.Semaphore(0)

    def run(self) -> None:
        """Until the server is gone."""
        writers = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        for _ in range(self.chance.randrange(1, 40)):
            assert self._left.acquire(timeout=LONGEST), f"the server answers nothing {self.unexpected}"
        threading.Event().wait(self.chance.random() * 0.01)
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for writer in writers:
            writer.join()
        assert self.unexpected == []

    def _write(self, number: int) -> None:
        with client(self.port) as caller:
            try:
                for turn in range(10_000):
                    self._one(caller, f"{self.point}.{number}.{turn}", turn)
                    self._left.release()
            except httpx2.TransportError:
                return
            except Exception as error:
                self.unexpected.append(f"{type(error).__name__}: {error}")
            finally:
                self._left.release()

    def _one(self, caller, label: str, turn: int) -> None:
        """Somebody new, who is changed at once; now and then a message by hand."""
        if turn % 5 == 4:
            body = {"event": "webhook.ping", "webhookIds": [self.webhook_id], "count": 2}
            answer = caller.post("/sandbox/v1/webhook-triggers", json=body)
            assert answer.status_code == 202, answer.text
            self.sent_by_hand.update(answer.json()["messageIds"])
            return
        body = {"givenName": "Maria", "email": f"k{label}@sandbox.example"}
        made = caller.post("/api/v1/customers", json=body)
        assert made.status_code == 201, made.text
        caller.patch(f"/api/v1/customers/{made.json()['id']}", json={"familyName": f"Number {turn}"})


def committed(data, scratch) -> dict[str, tuple[str, str]]:
    """What the disk says has happened: message id -> (event, id of its object)."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(data, scratch)
    journal = WorldJournal.open(scratch)
    found = {
        document["messageId"]: (document["type"], document["resourceId"])
        for record in journal.records()
        for kind, _, document in record.get("c", ())
        if kind == OUTBOX and document is not None
    }
    journal.shut()
    return found


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
class TestKill:
    def test_every_committed_event_arrives_and_ids_are_never_used_twice(self, tmp_path):
        data, port, outside = tmp_path / "data", free_port(), Outside(200)
        by_hand: set[str] = set()
        with serving(data, port) as process, client(port) as caller:
            caller.put("/sandbox/v1/rate-limits", json={"enabled": False})
            selection = ["customer.created", "customer.updated"]
            body = {"url": outside.receiver.url(), "eventTypes": selection, "ordering": "none"}
            webhook = caller.post("/api/v1/webhooks", json=body).json()
            process.send_signal(signal.SIGKILL)
            process.wait()
        for point in range(KILLS):
            with serving(data, port) as process:
                load = Load(process, port, webhook["id"], point)
                load.run()
                by_hand |= load.sent_by_hand
        happened = {
            key: told for key, told in committed(data, tmp_path / "copy").items() if told[0] in selection
        }
        assert len(happened) > KILLS
        with serving(data, port):
            self._wait_for(outside, happened.keys() | by_hand)
        outside.stop()
        told = defaultdict(set)
        for got in outside.receiver.received:
            message = json.loads(got.body)
            told[message["id"]].add((message["event"], message["data"]["id"], message["timestamp"]))
        assert {key: each for key, each in told.items() if len(each) > 1} == {}
        assert {key: {(name, subject) for name, subject, _ in told[key]} for key in happened} == {
            key: {each} for key, each in happened.items()
        }
        self._report(happened, by_hand, outside)

    def _wait_for(self, outside, wanted) -> None:
        """Until all of them came, whatever else comes."""
        for _ in range(LONGEST * 10):
            missing = set(wanted) - {json.loads(got.body)["id"] for got in outside.receiver.received}
            if not missing:
                return
            threading.Event().wait(0.1)
        raise AssertionError(f"{len(missing)} of {len(wanted)} events did not arrive: {sorted(missing)[:5]}")

    def _report(self, happened, by_hand, outside) -> None:
        arrived = len(outside.receiver.received)
        again = arrived - len({json.loads(got.body)["id"] for got in outside.receiver.received})
        print(  # noqa: T201 - shown with -s
            f"\n{KILLS} kills: {len(happened)} events and {len(by_hand)} messages by hand, all arrived; "
            f"{arrived} deliveries, {again} of them again"
        )
