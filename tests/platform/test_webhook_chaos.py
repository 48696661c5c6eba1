"""Deliveries spoiled on purpose, through the front door: by subscription, by fault rule, by preset."""

import threading

import pytest

from tests.webhooks.outside import Outside

WEBHOOKS = "/api/v1/webhooks"
BINS = "/sandbox/v1/inspector/bins"
FAULTS = "/sandbox/v1/faults"


@pytest.fixture(name="bin_")
def _bin(api):
    """A bin in a workspace without subscriptions."""
    api.drop_subscriptions()
    return api.control.post(BINS, json={}).json()


def subscribe(api, url, **members):
    made = api.post(WEBHOOKS, json={"url": url, "eventTypes": ["*"], **members})
    assert made.status_code == 201, made.text
    return made.json()


def ping(api, webhook):
    made = api.post(f"{WEBHOOKS}/{webhook['id']}/test")
    assert made.status_code == 202, made.text
    return made.json()


def delivery(api, sent):
    return api.get(f"{WEBHOOKS}/{sent['webhookId']}/deliveries/{sent['id']}").json()


def freeze(api):
    assert api.control.put("/sandbox/v1/clock", json={"mode": "frozen"}).status_code == 200


class TestChaosOfASubscription:
    def test_is_kept_and_replaced_as_a_whole(self, api, bin_):
        chaos = [{"type": "delay_webhook", "delaySeconds": 60, "probability": 0.5}]
        webhook = subscribe(api, bin_["deliveryUrl"], chaos=chaos)
        assert webhook["chaos"] == chaos
        changed = api.patch(f"{WEBHOOKS}/{webhook['id']}", json={"chaos": []})
        assert changed.json()["chaos"] == []

    @pytest.mark.parametrize(
        ("chaos", "status"),
        [
            ({"type": "explode"}, 400),
            ({"type": "drop_webhook", "probability": 2}, 400),
            ({"type": "drop_webhook", "copies": 2}, 422),
            ({"type": "reorder_webhooks", "delaySeconds": 3}, 422),
        ],
        ids=str,
    )
    def test_what_makes_no_sense_is_refused(self, api, chaos, status):
        good = {"type": "drop_webhook"}
        body = {"url": "https://a.example/", "eventTypes": ["*"], "chaos": [good, chaos]}
        answer = api.post(WEBHOOKS, json=body)
        assert answer.status_code == status
        assert answer.json()["error"]["target"].startswith("/chaos/1") or status == 400

    def test_a_lost_message_is_told_in_the_log(self, api, bin_):
        webhook = subscribe(api, bin_["deliveryUrl"], chaos=[{"type": "drop_webhook"}])
        freeze(api)
        sent = ping(api, webhook)
        api.advance("PT1S")
        lost = delivery(api, sent)
        assert (lost["status"], lost["attempts"][0]["error"]) == ("skipped", "dropped")
        assert lost["attempts"][0]["chaos"] == [{"effect": "drop_webhook", "by": "subscription"}]
        skipped = api.get(f"{WEBHOOKS}/{webhook['id']}/deliveries", params={"status": "skipped"})
        assert [each["id"] for each in skipped.json()["data"]] == [sent["id"]]


class TestChaosByFault:
    def test_names_the_fault_in_the_attempt_and_counts_the_hit(self, api, bin_):
        webhook = subscribe(api, bin_["deliveryUrl"])
        body = {"action": {"type": "corrupt_signature"}, "match": {"webhookIds": [webhook["id"]]}}
        fault = api.control.post(FAULTS, json=body).json()
        freeze(api)
        sent = ping(api, webhook)
        api.advance("PT1S")
        [attempt] = delivery(api, sent)["attempts"]
        assert attempt["chaos"] == [{"effect": "corrupt_signature", "by": fault["id"], "part": "signature"}]
        assert api.control.get(f"{FAULTS}/{fault['id']}").json()["hits"] == 1
        [arrived] = api.control.get(f"{BINS}/{bin_['id']}/wait").json()["data"]
        assert arrived["signature"]["valid"] is False

    @pytest.mark.parametrize(
        "body",
        [
            {"action": {"type": "drop_webhook"}, "match": {"operationIds": ["createBooking"]}},
            {"action": {"type": "drop_webhook"}, "phase": "after"},
            {"action": {"type": "drop_webhook"}, "sequence": ["503"]},
            {"action": {"type": "respond", "status": 503}, "match": {"webhookIds": ["x"]}},
            {"action": {"type": "stale_timestamp", "copies": 1}},
        ],
        ids=str,
    )
    def test_what_makes_no_sense_is_refused(self, api, body):
        answer = api.control.post(FAULTS, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "FAULT_INVALID")

    def test_no_call_is_hit(self, api):
        api.control.post(FAULTS, json={"action": {"type": "drop_webhook"}})
        answer = api.get("/api/v1/locations")
        assert answer.status_code == 200
        assert "x-sandbox-fault" not in answer.headers

    @pytest.mark.parametrize(("preset", "arrived"), [("webhooks-down", 0), ("webhooks-duplicated", 2)])
    def test_presets(self, api, bin_, preset, arrived):
        webhook = subscribe(api, bin_["deliveryUrl"])
        assert api.control.post(f"/sandbox/v1/fault-presets/{preset}/apply").status_code == 201
        freeze(api)
        ping(api, webhook)
        api.advance("PT1S")
        found = api.control.get(f"{BINS}/{bin_['id']}/requests", params={"cursor": ""})
        assert len(found.json()["data"]) == arrived


class TestBeforeTheAnswer:
    def test_the_delivery_arrives_before_the_call_that_caused_it_is_answered(self, api, bin_):
        outside, answered, seen = Outside(200), threading.Event(), []
        plain = outside.receiver.answers[0]

        async def noting(writer):
            seen.append(answered.is_set())
            await plain(writer)

        outside.receiver.answers[0] = noting
        webhook = subscribe(api, outside.receiver.url(), chaos=[{"type": "early_webhook"}])
        sent = ping(api, webhook)
        answered.set()
        assert seen == [False]
        assert delivery(api, sent)["status"] == "succeeded"
        outside.stop()

    def test_an_endpoint_that_fails_does_not_fail_the_call(self, api, bin_):
        api.control.patch(f"{BINS}/{bin_['id']}", json={"response": {"status": 500}})
        webhook = subscribe(api, bin_["deliveryUrl"], chaos=[{"type": "early_webhook"}])
        sent = ping(api, webhook)
        assert delivery(api, sent)["attempts"][0]["statusCode"] == 500


class TestTimeline:
    def test_shows_what_was_made_to_go_wrong_with_which_attempt(self, api, bin_):
        webhook = subscribe(api, bin_["deliveryUrl"], chaos=[{"type": "stale_timestamp"}])
        fault = api.control.post(FAULTS, json={"action": {"type": "drop_webhook"}}).json()
        freeze(api)
        correlation = "0f9a3c2e-8b7d-4e5f-8a3c-2e1b5f9a3c2e"
        sent = api.post(f"{WEBHOOKS}/{webhook['id']}/test", headers={"X-Correlation-ID": correlation}).json()
        api.advance("PT1S")
        steps = api.get(f"/sandbox/v1/timelines/{correlation}").json()["steps"]
        faults = [step for step in steps if step["kind"] == "fault"]
        assert [(step["title"], step["href"]) for step in faults] == [
            (f"Fault drop_webhook by {fault['id']}", f"{FAULTS}/{fault['id']}"),
            ("Fault stale_timestamp by subscription", None),
        ]
        assert {step["parentId"] for step in faults} == {f"attempt:{sent['id']}.0001"}


class TestSignaturesOfAnAttempt:
    def test_show_what_was_signed(self, api, bin_):
        webhook = subscribe(api, bin_["deliveryUrl"])
        freeze(api)
        sent = ping(api, webhook)
        api.advance("PT1S")
        where = f"{WEBHOOKS}/{webhook['id']}/deliveries/{sent['id']}/attempts"
        [attempt] = api.get(where).json()["data"]
        checks = api.control.get(f"{BINS}/{bin_['id']}/wait").json()["data"][0]["signature"]["checks"]
        assert [
            (each["scheme"], each["baseString"], each["signature"]) for each in attempt["signatures"]
        ] == [(check["scheme"], check["baseString"], check["received"]) for check in checks]
        assert len(checks) == 2
