"""Deliveries over real sockets, to receivers outside the server and to the server's own public address."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from standardwebhooks import Webhook

from tests.outbound.receiver import Receiver, answering

WEBHOOKS = "/api/v1/webhooks"
BINS = "/sandbox/v1/inspector/bins"


class Outside:
    """A receiver in a thread of its own; `wait(n)` returns when it got n requests."""

    def __init__(self, *statuses: int) -> None:
        self.receiver = Receiver([self._noting(status) for status in statuses])
        self._got = threading.Semaphore(0)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        self.server = listening.result(5)

    async def _listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self.receiver.handle, "127.0.0.1", 0)
        self.receiver.port = server.sockets[0].getsockname()[1]
        return server

    def _noting(self, status: int):
        plain = answering(status, b"noted")

        async def answer(writer: asyncio.StreamWriter) -> None:
            await plain(writer)
            self._got.release()

        return answer

    def wait(self, count: int) -> None:
        """Until so many more arrived."""
        for _ in range(count):
            assert self._got.acquire(timeout=5), "nothing arrived"

    def stop(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


@pytest.fixture(name="outside")
def _outside() -> Iterator[Outside]:
    outside = Outside(500, 500, 200)
    yield outside
    outside.stop()


def subscribe(api, url, **members):
    made = api.post(WEBHOOKS, json={"url": url, "eventTypes": ["*"], **members})
    assert made.status_code == 201, made.text
    return made.json()


def delivery_of(api, webhook):
    [delivery] = api.get(f"{WEBHOOKS}/{webhook['id']}/deliveries").json()["data"]
    return api.get(f"{WEBHOOKS}/{webhook['id']}/deliveries/{delivery['id']}").json()


class TestReceiverOutside:
    def test_gets_signed_bytes_and_is_tried_again_under_the_advancing_clock(self, api, outside):
        webhook = subscribe(api, outside.receiver.url("/hooks?tenant=7"), signatureClock="wall")
        api.post(f"{WEBHOOKS}/{webhook['id']}/test")
        outside.wait(1)
        api.advance("PT5S")
        api.advance("PT20S")
        first, *others = outside.receiver.received
        assert first.target == "/hooks?tenant=7"
        assert Webhook(webhook["secret"]).verify(first.body, first.headers)["event"] == "webhook.ping"
        assert len(others) == 2
        delivery = delivery_of(api, webhook)
        assert delivery["status"] == "succeeded"
        assert [attempt["statusCode"] for attempt in delivery["attempts"]] == [500, 500, 200]
        assert delivery["attempts"][2]["responseBody"] == "noted"
        assert delivery["attempts"][0]["requestBody"] == first.body.decode()

    def test_every_attempt_is_in_the_journal_with_the_causing_correlation_id(self, api, outside):
        webhook = subscribe(api, outside.receiver.url())
        correlation = "5f0e7d30-7f8c-4f5e-8a4e-2a52f6c3c9d1"
        api.post(f"{WEBHOOKS}/{webhook['id']}/test", headers={"X-Correlation-ID": correlation})
        outside.wait(1)
        api.advance("PT5S")
        query = {"correlationId": correlation, "direction": "out", "cursor": ""}
        entries = api.control.get("/sandbox/v1/journal", params=query).json()["data"]
        assert [(entry["purpose"], entry["status"]) for entry in entries] == [("webhook", 500)] * 2

    def test_nobody_there_is_logged_as_a_failure_to_connect(self, api, outside):
        url = outside.receiver.url()
        outside.server.close()
        webhook = subscribe(api, url)
        api.post(f"{WEBHOOKS}/{webhook['id']}/test")
        api.advance("PT1S")
        assert delivery_of(api, webhook)["attempts"][0]["error"] == "connect"


class TestOwnPublicAddress:
    def test_a_bin_can_be_reached_through_the_network_too(self, api):
        bin_ = api.control.post(BINS, json={"name": "by address"}).json()
        webhook = subscribe(api, f"{bin_['url']}/below?x=1", signatureClock="wall")
        api.post(f"{WEBHOOKS}/{webhook['id']}/test")
        [arrived] = api.control.get(f"{BINS}/{bin_['id']}/wait").json()["data"]
        assert (arrived["path"], arrived["query"]) == ("/below", "x=1")
        assert arrived["signature"]["valid"]
        assert arrived["delivery"]["webhookId"] == webhook["id"]
