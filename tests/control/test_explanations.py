"""Why an event did not arrive: each reason, brought about through the front door."""

import pytest

from tests.platform.receiving import BINS, WEBHOOKS, new_bin, waited

EXPLANATIONS = "/sandbox/v1/webhook-explanations"
TRIGGERS = "/sandbox/v1/webhook-triggers"
DISPATCHER = "/sandbox/v1/webhook-dispatcher"
CLOCK = "/sandbox/v1/clock"
NOWHERE = "f1000000-0000-4000-8000-999999999999"


@pytest.fixture(name="desk")
def _desk(api):
    """The workspace without its seeded subscriptions, its clock frozen."""
    api.drop_subscriptions()
    api.control.put(CLOCK, json={"mode": "frozen"})
    return Desk(api)


class Desk:
    """What the tests do over and over."""

    def __init__(self, api) -> None:
        self.api, self.control = api, api.control

    def subscribed(self, *event_types, answers=200, **members):
        bin_ = new_bin(self.api, status=answers)
        body = {"url": bin_["deliveryUrl"], "eventTypes": list(event_types), "ordering": "none", **members}
        made = self.api.post(WEBHOOKS, json=body)
        assert made.status_code == 201, made.text
        return made.json() | {"binId": bin_["id"]}

    def changed(self, locality="Elsewhere"):
        """The id of a location that has just been changed: location.updated happened to it."""
        key = self.api.fixture("location.warsaw")
        admin = self.api.as_("internal-demo")
        answer = admin.patch(f"/api/v1/locations/{key}", json={"name": f"Clinic {locality}"})
        assert answer.status_code == 200, answer.text
        return key

    def why(self, event="location.updated", **narrower):
        answer = self.control.get(EXPLANATIONS, params={"event": event, **narrower})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["summary"] == found["findings"][0]["explanation"]
        assert all(each["advice"] for each in found["findings"])
        return found

    def settled(self, webhook, status):
        """When the deliveries of a subscription have got so far."""
        for _ in range(600):
            found = self.api.get(f"{WEBHOOKS}/{webhook['id']}/deliveries").json()["data"]
            if found and all(delivery["status"] == status for delivery in found):
                return found[0]
            self.control.get(f"{BINS}/{webhook['binId']}/wait", params={"count": 100, "timeoutMs": 50})
        raise AssertionError(found)


class TestReasons:
    def test_never_caused(self, desk):
        desk.subscribed("booking.declined")
        key = desk.api.fixture("booking.confirmed_future")
        found = desk.why("booking.declined", resourceId=key)
        assert (found["reason"], found["happened"], found["message"]) == ("never_caused", 0, None)
        assert found["findings"][0]["evidence"]["objectExists"] is True
        assert (
            desk.why("booking.declined", resourceId="b-0")["findings"][0]["evidence"]["objectExists"] is False
        )

    def test_never_caused_shows_what_happened_instead(self, desk):
        desk.subscribed("location.updated")
        key = desk.changed()
        [finding] = desk.why("booking.declined", resourceId=key)["findings"][:1]
        assert [each["event"] for each in finding["evidence"]["eventsInstead"]] == ["location.updated"]

    def test_no_subscription(self, desk):
        webhook = desk.subscribed("booking.*")
        desk.changed()
        found = desk.why()
        assert (found["reason"], found["happened"]) == ("no_subscription", 1)
        known = found["findings"][0]["evidence"]["subscriptions"]
        assert known == [{"webhookId": webhook["id"], "eventTypes": ["booking.*"]}]

    def test_the_one_that_was_named_did_not_ask(self, desk):
        webhook = desk.subscribed("*")
        desk.subscribed("slot.held")
        [finding] = desk.why("slot.held", webhookId=webhook["id"])["findings"][1:]
        assert (finding["reason"], finding["webhookId"]) == ("no_subscription", webhook["id"])
        assert "`*` does not mean slot.*" in finding["explanation"]

    def test_filtered(self, desk):
        other = desk.api.fixture("location.tokyo")
        webhook = desk.subscribed("location.updated", filters={"locationIds": [other]})
        key = desk.changed()
        [finding] = desk.why()["findings"]
        assert (finding["reason"], finding["webhookId"]) == ("filtered", webhook["id"])
        assert finding["evidence"]["object"]["id"] == key
        assert finding["evidence"]["filters"]["locationIds"] == [other]

    def test_disabled(self, desk):
        webhook = desk.subscribed("location.updated")
        desk.api.post(f"{WEBHOOKS}/{webhook['id']}/disable", json={"reason": "we move house"})
        desk.changed()
        found = desk.why()
        assert found["reason"] == "disabled"
        assert found["findings"][0]["evidence"]["note"] == "we move house"

    def test_egress_refused(self, desk):
        webhook = desk.subscribed("location.updated")
        with desk.api.workspace.transaction() as tx:  # accepted once, by a server with other settings
            tx.put("webhook", {**tx.need("webhook", webhook["id"]), "url": "https://10.0.0.1/hook"})
        desk.changed()
        desk.settled(webhook, "retry_scheduled")
        found = desk.why()
        assert found["reason"] == "egress_refused"
        assert found["findings"][0]["evidence"] == {"url": "https://10.0.0.1/hook"}
        assert [each["reason"] for each in desk.why(resourceId="l-0")["findings"]] == [
            "never_caused",
            "egress_refused",
        ]

    def test_clock_frozen(self, desk):
        webhook = desk.subscribed("location.updated", answers=500)
        desk.changed()
        delivery = desk.settled(webhook, "retry_scheduled")
        found = desk.why()
        assert found["reason"] == "clock_frozen"
        assert found["findings"][0]["evidence"]["nextAttemptAt"] == delivery["nextAttemptAt"]
        assert found["findings"][0]["evidence"]["lastAttempt"]["statusCode"] == 500

    def test_not_yet_due(self, desk):
        webhook = desk.subscribed("location.updated")
        desk.control.put(CLOCK, json={"mode": "offset"})
        body = {"event": "location.updated", "webhookIds": [webhook["id"]], "delaySeconds": 86400}
        assert desk.control.post(TRIGGERS, json=body).status_code == 202
        found = desk.why(webhookId=webhook["id"])
        assert (found["reason"], found["findings"][0]["evidence"]["trigger"]) == ("not_yet_due", "manual")

    def test_waits_in_line(self, desk):
        webhook = desk.subscribed("location.updated", answers=500, ordering="strict")
        desk.changed("first")
        first = desk.settled(webhook, "retry_scheduled")
        desk.changed("second")
        found = desk.why()
        assert found["reason"] == "waits_in_line"
        assert found["findings"][0]["evidence"]["behind"] == first["id"]

    @pytest.mark.parametrize("mode", ["paused", "manual"])
    def test_dispatcher_paused(self, desk, mode):
        webhook = desk.subscribed("location.updated")
        assert desk.control.put(DISPATCHER, json={"mode": mode}).status_code == 200
        desk.changed()
        found = desk.why()
        assert found["reason"] == "dispatcher_paused"
        assert found["findings"][0]["evidence"]["mode"] == mode
        assert desk.control.put(DISPATCHER, json={"mode": "auto"}).status_code == 200
        desk.settled(webhook, "succeeded")
        assert desk.why()["reason"] == "delivered"

    def test_lost_on_purpose(self, desk):
        fault = {"match": {"eventTypes": ["location.updated"]}, "action": {"type": "drop_webhook"}}
        made = desk.control.post("/sandbox/v1/faults", json=fault)
        assert made.status_code == 201, made.text
        desk.subscribed("location.updated")
        desk.changed()
        found = desk.why()
        assert found["reason"] == "lost_on_purpose"
        assert found["findings"][0]["evidence"]["chaos"][0]["by"] == made.json()["id"]

    def test_exhausted(self, desk):
        webhook = desk.subscribed("location.updated", answers=500, retryPolicy={"preset": "none"})
        desk.changed()
        delivery = desk.settled(webhook, "exhausted")
        found = desk.why()
        assert found["reason"] == "exhausted"
        assert found["findings"][0]["evidence"]["deliveryId"] == delivery["id"]
        assert f"{delivery['id']}/retry" in found["findings"][0]["advice"]

    def test_cancelled(self, desk):
        webhook = desk.subscribed("location.updated", answers=500)
        desk.changed()
        desk.settled(webhook, "retry_scheduled")
        desk.api.post(f"{WEBHOOKS}/{webhook['id']}/disable", json={})
        assert desk.why()["reason"] == "disabled"
        desk.api.post(f"{WEBHOOKS}/{webhook['id']}/enable")
        assert desk.why()["reason"] == "cancelled"

    def test_subscribed_later(self, desk):
        desk.changed()
        desk.api.advance("PT1M")
        desk.subscribed("location.updated")
        assert desk.why()["reason"] == "subscribed_later"

    def test_changed_since(self, desk):
        other = desk.api.fixture("location.tokyo")
        webhook = desk.subscribed("location.updated", filters={"locationIds": [other]})
        desk.changed()
        desk.api.advance("PT1M")
        desk.api.patch(f"{WEBHOOKS}/{webhook['id']}", json={"filters": None})
        assert desk.why()["reason"] == "changed_since"

    def test_a_question_is_put_to_who_wants_to_be_asked(self, desk):
        desk.subscribed("booking.requested")
        found = desk.why("booking.requested")
        assert [each["reason"] for each in found["findings"]] == ["never_caused", "not_blocking"]

    def test_delivered(self, desk):
        webhook = desk.subscribed("location.updated")
        key = desk.changed()
        waited(desk.api, {"id": webhook["binId"]})
        desk.settled(webhook, "succeeded")
        found = desk.why(resourceId=key, webhookId=webhook["id"])
        assert (found["reason"], found["message"]["resourceId"]) == ("delivered", key)
        assert desk.why(messageId=found["message"]["messageId"])["reason"] == "delivered"

    def test_what_was_sent_by_hand_to_one_concerns_no_other(self, desk):
        meant, other = desk.subscribed("webhook.ping"), desk.subscribed("webhook.ping")
        desk.api.post(f"{WEBHOOKS}/{meant['id']}/test", json={})
        desk.settled(meant, "succeeded")
        findings = desk.why("webhook.ping")["findings"]
        assert [(each["reason"], each["webhookId"]) for each in findings] == [("delivered", meant["id"])]
        assert desk.why("webhook.ping", webhookId=other["id"])["reason"] == "never_caused"

    def test_every_subscription_concerned_has_its_own(self, desk):
        desk.subscribed("location.*", answers=500, retryPolicy={"preset": "none"})
        off = desk.subscribed("*")
        desk.api.post(f"{WEBHOOKS}/{off['id']}/disable", json={})
        desk.subscribed("booking.*")
        desk.changed()
        desk.settled(desk.api.get(WEBHOOKS).json()["data"][0] | {"binId": "bin_" + "0" * 24}, "exhausted")
        assert [each["reason"] for each in desk.why()["findings"]] == ["exhausted", "disabled"]

    def test_what_went_wrong_comes_first_and_what_somebody_wanted_last(self, desk):
        off, well = desk.subscribed("*"), desk.subscribed("location.*")
        desk.api.post(f"{WEBHOOKS}/{off['id']}/disable", json={})
        desk.changed()
        waited(desk.api, {"id": well["binId"]})
        desk.settled(well, "succeeded")
        assert [each["reason"] for each in desk.why()["findings"]] == ["delivered", "disabled"]
        broken = desk.subscribed("location.*", answers=500, retryPolicy={"preset": "none"})
        desk.changed("Here")
        for webhook, end in ((broken, "exhausted"), (well, "succeeded")):
            desk.settled(webhook, end)
        assert [each["reason"] for each in desk.why()["findings"]] == ["exhausted", "delivered", "disabled"]


class TestRefusals:
    def test_an_event_that_is_none(self, api):
        answer = api.control.get(EXPLANATIONS, params={"event": "no.such"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "UNKNOWN_EVENT_TYPE")

    def test_a_subscription_that_is_not_there(self, api):
        answer = api.control.get(EXPLANATIONS, params={"event": "booking.created", "webhookId": NOWHERE})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "RESOURCE_NOT_FOUND")

    def test_needs_a_credential(self, api):
        assert api.anonymous.get(EXPLANATIONS, params={"event": "booking.created"}).status_code == 401
