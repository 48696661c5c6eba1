"""Deliveries over real sockets, to receivers outside the server and to the server's own public address."""

from collections.abc import Iterator

import pytest
from standardwebhooks import Webhook

from tests.webhooks.outside import Outside

WEBHOOKS = "/api/v1/webhooks"
BINS = "/sandbox/v1/inspector/bins"


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
        [arrived] = api.control.get(f"{BINS}/{bin_['id']}/wait", params={"timeoutMs": 25000}).json()["data"]
        assert (arrived["path"], arrived["query"]) == ("/below", "x=1")
        assert arrived["signature"]["valid"]
        assert arrived["delivery"]["webhookId"] == webhook["id"]
