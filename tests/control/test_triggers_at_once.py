"""Events sent while the caller waits: past the queue, and to who has no subscription."""

import pytest
from standardwebhooks import Webhook

from tests.platform.receiving import WEBHOOKS, new_bin, subscribe, waited

TRIGGERS = "/sandbox/v1/webhook-triggers"
DISPATCHER = "/sandbox/v1/webhook-dispatcher"
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def trigger(api, **body):
    answer = api.control.post(TRIGGERS, json={"event": "customer.created", **body})
    assert answer.status_code == 202, answer.text
    return answer.json()


def seen(api, bin_):
    """Everything the bin got, oldest first, in full."""
    path = f"/sandbox/v1/inspector/bins/{bin_['id']}/requests"
    found = [api.control.get(f"{path}/{each['id']}").json() for each in api.control.get(path).json()["data"]]
    return sorted(found, key=lambda each: each["sequence"])


def ids_of(api):
    """Of the subscriptions."""
    return [webhook["id"] for webhook in api.get(WEBHOOKS).json()["data"]]


class TestToAnAddress:
    @pytest.mark.parametrize("given", [{}, {"secret": SECRET}])
    def test_is_signed_with_the_secret_of_the_answer(self, api, given):
        api.control.delete("/sandbox/v1/clock")
        bin_ = new_bin(api)
        made = trigger(api, url=bin_["deliveryUrl"], **given)
        [got] = seen(api, bin_)
        assert Webhook(made["secret"]).verify(got["bodyText"], got["headers"])["id"] == made["messageIds"][0]
        assert given.get("secret", made["secret"]) == made["secret"]

    def test_the_answer_tells_what_came_back(self, api):
        bin_ = new_bin(api, status=418, body="short and stout")
        [attempt] = trigger(api, url=bin_["deliveryUrl"])["attempts"]
        assert (attempt["statusCode"], attempt["responseBody"]) == (418, "short and stout")
        assert [each["scheme"] for each in attempt["signatures"]] == ["standard", "body"]
        assert attempt["requestBody"] == seen(api, bin_)[0]["bodyText"]

    def test_leaves_nothing_behind(self, api):
        before = ids_of(api)
        bin_ = new_bin(api, status=500)
        assert trigger(api, url=bin_["deliveryUrl"])["deliveries"] == []
        api.advance("P1D")
        assert len(seen(api, bin_)) == 1
        assert ids_of(api) == before
        assert api.control.get(DISPATCHER).json()["queueDepth"] == 0

    def test_several_in_their_order(self, api):
        bin_ = new_bin(api)
        made = trigger(api, url=bin_["deliveryUrl"], count=3, outOfOrder=True)
        assert [got["messageId"] for got in seen(api, bin_)] == made["messageIds"][::-1]

    def test_spoiled_on_purpose(self, api):
        api.control.delete("/sandbox/v1/clock")
        bin_ = new_bin(api)
        made = trigger(api, url=bin_["deliveryUrl"], corrupt="signature")
        got = seen(api, bin_)[0]
        with pytest.raises(Exception, match="No matching signature"):
            Webhook(made["secret"]).verify(got["bodyText"], got["headers"])


class TestPastTheQueue:
    def test_a_paused_dispatcher_does_not_hold_it(self, api):
        bin_ = new_bin(api)
        webhook = subscribe(api, bin_, "webhook.ping", ratePerSecond=0.01)
        api.control.put(DISPATCHER, json={"mode": "paused"})
        made = trigger(api, webhookIds=[webhook["id"]], viaQueue=False, count=2)
        assert [each["status"] for each in made["deliveries"]] == ["succeeded", "succeeded"]
        assert [each["deliveryId"] for each in made["attempts"]] == [
            each["id"] for each in made["deliveries"]
        ]
        assert len(seen(api, bin_)) == 2

    def test_what_failed_is_tried_again_by_the_queue(self, api):
        bin_ = new_bin(api, sequence=[{"status": 500}, {"status": 200}])
        webhook = subscribe(api, bin_, "webhook.ping")
        made = trigger(api, webhookIds=[webhook["id"]], viaQueue=False)
        assert (made["attempts"][0]["statusCode"], made["attempts"][0]["nextDelaySeconds"]) == (500, 5)
        assert made["deliveries"][0]["status"] == "retry_scheduled"
        api.advance("PT1H")
        assert len(waited(api, bin_, 2)) == 2

    def test_is_sent_once(self, api):
        bin_ = new_bin(api)
        webhook = subscribe(api, bin_, "webhook.ping")
        trigger(api, webhookIds=[webhook["id"]], viaQueue=False)
        api.advance("P1D")
        assert len(seen(api, bin_)) == 1


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"url": "https://10.0.0.1/"}, "WEBHOOK_URL_NOT_ALLOWED"),
            ({"url": "ftp://partner.example/"}, "WEBHOOK_URL_NOT_ALLOWED"),
            ({"url": "https://partner.example/", "delaySeconds": 5}, "BUSINESS_RULE_VIOLATION"),
            ({"viaQueue": False, "intervalMs": 5}, "BUSINESS_RULE_VIOLATION"),
            ({"url": "https://inspector.sandbox.example/bin_0", "count": 21}, "BUSINESS_RULE_VIOLATION"),
            (
                {"url": "https://a.example/", "webhookIds": ["f1000000-0000-4000-8000-000000000001"]},
                "BUSINESS_RULE_VIOLATION",
            ),
        ],
    )
    def test_what_does_not_go_together(self, api, body, code):
        answer = api.control.post(TRIGGERS, json={"event": "customer.created", **body})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code), answer.text
