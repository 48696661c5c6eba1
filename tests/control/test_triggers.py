"""Events on demand, through the front door."""

import pytest

from sandbox.webhooks.catalogue import EVENT_TYPES
from tests.platform.receiving import BINS, WEBHOOKS, waited

TRIGGERS = "/sandbox/v1/webhook-triggers"


@pytest.fixture(name="receiver")
def _receiver(api):
    """A bin, and the one subscription of the workspace, which sends everything there."""
    api.drop_subscriptions()
    bin_ = api.control.post(BINS, json={}).json()
    webhook = api.post(WEBHOOKS, json={"url": bin_["deliveryUrl"], "eventTypes": ["*"]}).json()
    return bin_ | {"webhookId": webhook["id"]}


def trigger(api, **body):
    answer = api.control.post(TRIGGERS, json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()


class TestTriggerWebhook:
    @pytest.mark.parametrize(
        "event", ["registration.confirmed", "event.published", "checkin.completed", "booking.created"]
    )
    def test_is_about_an_object_that_exists(self, api, receiver, event):
        made = trigger(api, event=event)
        [arrived] = waited(api, receiver)
        assert (arrived["eventType"], arrived["signature"]["valid"]) == (event, True)
        assert arrived["bodyJson"]["id"] == made["messageIds"][0]
        assert api.workspace.store.get(EVENT_TYPES[event].kind, arrived["bodyJson"]["data"]["id"])

    def test_by_resource_or_fixture(self, api, receiver):
        booking = api.fixture("booking.confirmed_future")
        trigger(api, event="booking.cancelled", resourceId=booking)
        trigger(api, event="booking.cancelled", fixture="booking.confirmed_future")
        assert {got["bodyJson"]["data"]["id"] for got in waited(api, receiver, 2)} == {booking}

    def test_data_can_be_overridden(self, api, receiver):
        trigger(api, event="event.published", dataOverrides={"name": "Elsewhere", "rating": 4.5})
        [arrived] = waited(api, receiver)
        assert (arrived["bodyJson"]["data"]["name"], arrived["bodyJson"]["data"]["rating"]) == (
            "Elsewhere",
            4.5,
        )
        assert arrived["signature"]["valid"]

    def test_what_is_given_instead_is_what_changed(self, api, receiver):
        trigger(api, event="event.updated", dataOverrides={"name": "Elsewhere"})
        assert waited(api, receiver)[0]["bodyJson"]["data"]["changedFields"] == ["name"]

    def test_where_nothing_fits_it_says_what_is_missing(self, api, receiver):
        with api.workspace.transaction() as tx:
            for scan in tx.find("check_in", {"type": "entry"}):
                tx.put("check_in", {**scan, "revertedAt": None})
        answer = api.control.post(TRIGGERS, json={"event": "checkin.reverted"})
        assert answer.json()["error"]["code"] == "BUSINESS_RULE_VIOLATION"
        assert "no check in with some revertedAt" in answer.json()["error"]["details"]
        trigger(api, event="checkin.reverted", resourceId=scan["id"])

    def test_many_have_ids_of_their_own(self, api, receiver):
        made = trigger(api, event="event.published", count=5)
        assert len(set(made["messageIds"])) == 5
        assert [got["bodyJson"]["id"] for got in waited(api, receiver, 5)] == made["messageIds"]

    def test_duplicates_share_their_id(self, api, receiver):
        made = trigger(api, event="event.published", duplicate=True)
        assert (len(made["messageIds"]), len(made["deliveries"])) == (1, 2)
        assert {got["bodyJson"]["id"] for got in waited(api, receiver, 2)} == set(made["messageIds"])

    def test_out_of_order_comes_last_first(self, api, receiver):
        api.control.put("/sandbox/v1/clock", json={"mode": "frozen"})
        made = trigger(api, event="event.published", count=3, outOfOrder=True)
        api.advance("PT1M")
        assert [got["bodyJson"]["id"] for got in waited(api, receiver, 3)] == made["messageIds"][::-1]

    @pytest.mark.parametrize(
        ("corrupt", "reason"),
        [
            ("signature", "signature_mismatch"),
            ("body", "signature_mismatch"),
            ("timestamp", "timestamp_too_old"),
        ],
    )
    def test_spoiled_on_purpose(self, api, receiver, corrupt, reason):
        trigger(api, event="event.published", corrupt=corrupt)
        [arrived] = waited(api, receiver)
        assert (arrived["signature"]["valid"], arrived["signature"]["reason"]) == (False, reason)

    def test_delayed_until_the_clock_gets_there(self, api, receiver):
        trigger(api, event="event.published", delaySeconds=3600)
        assert api.control.get(f"{BINS}/{receiver['id']}/wait", params={"timeoutMs": 50}).status_code == 408
        api.advance("PT1H")
        waited(api, receiver)

    def test_reaches_named_subscriptions_whatever_they_asked_for(self, api, receiver):
        bin_ = api.control.post(BINS, json={}).json()
        body = {"url": bin_["deliveryUrl"], "eventTypes": ["webhook.ping"]}
        webhook = api.post(WEBHOOKS, json=body).json()
        made = trigger(api, event="event.published", webhookIds=[webhook["id"]])
        assert [delivery["webhookId"] for delivery in made["deliveries"]] == [webhook["id"]]
        waited(api, bin_)

    def test_ping_says_which_subscription_it_is(self, api, receiver):
        trigger(api, event="webhook.ping")
        assert waited(api, receiver)[0]["bodyJson"]["data"]["id"] == receiver["webhookId"]

    def test_a_deprecation_is_announced_and_stands_in_the_changelog(self, api, receiver):
        announced = {"operationId": "listEvents", "status": "deprecated"}
        assert api.control.put("/sandbox/v1/lifecycle", json={"operations": [announced]}).status_code == 200
        [arrived] = waited(api, receiver)
        assert arrived["eventType"] == "api.deprecation_announced"
        told = arrived["bodyJson"]["data"]
        assert api.get("/api/v1/changelog").json()["data"][0] == told
        trigger(api, event="api.deprecation_announced", resourceId=told["id"])
        assert [got["bodyJson"]["data"] for got in waited(api, receiver, 2)] == [told, told]

    def test_without_subscribers_nothing_is_sent(self, api, receiver):
        api.delete(f"{WEBHOOKS}/{receiver['webhookId']}")
        nothing = {"messageIds": [], "deliveries": [], "attempts": [], "secret": None}
        assert trigger(api, event="event.published") == nothing

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"event": "no.such"}, "UNKNOWN_EVENT_TYPE"),
            ({"event": "booking.created", "resourceId": "nothing"}, "BUSINESS_RULE_VIOLATION"),
            ({"event": "booking.created", "fixture": "location.warsaw"}, "BUSINESS_RULE_VIOLATION"),
            ({"event": "api.deprecation_announced", "resourceId": "1.0.0"}, "BUSINESS_RULE_VIOLATION"),
            ({"event": "cache.invalidated", "resourceId": "nothing"}, "BUSINESS_RULE_VIOLATION"),
            ({"event": "cache.invalidated", "fixture": "webhook.inspector"}, "BUSINESS_RULE_VIOLATION"),
            (
                {"event": "booking.created", "webhookIds": ["f1000000-0000-4000-8000-999999999999"]},
                "BUSINESS_RULE_VIOLATION",
            ),
        ],
    )
    def test_refusals(self, api, body, code):
        answer = api.control.post(TRIGGERS, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)

    def test_needs_the_scope(self, api):
        answer = api.as_("readonly-demo").post(TRIGGERS, json={"event": "webhook.ping"})
        assert answer.status_code == 403
