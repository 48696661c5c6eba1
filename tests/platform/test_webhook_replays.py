"""Deliveries sent again by a span of time, and the figures of a subscription, through the front door."""

from tests.platform.receiving import BINS, WEBHOOKS, new_bin, subscribe

LONG_AGO = "2020-01-01T00:00:00.000Z"
ONCE = {"preset": "none"}


def trigger(api, webhook, event="customer.created", **members):
    made = api.control.post(
        "/sandbox/v1/webhook-triggers", json={"event": event, "webhookIds": [webhook["id"]], **members}
    )
    assert made.status_code == 202, made.text
    return made.json()["deliveries"]


def log(api, webhook, **query):
    return api.get(f"{WEBHOOKS}/{webhook['id']}/deliveries", params={"limit": 100, **query}).json()["data"]


def answer_with(api, bin_, status):
    changed = api.control.patch(f"{BINS}/{bin_['id']}", json={"response": {"status": status}})
    assert changed.status_code == 200, changed.text


def given_up(api, count=2):
    """A subscription whose deliveries were all given up, at a receiver that has been repaired since."""
    bin_ = new_bin(api, status=500)
    webhook = subscribe(api, bin_, "customer.*", retryPolicy=ONCE)
    trigger(api, webhook, count=count)
    api.advance("PT1S")
    assert len(log(api, webhook, status="exhausted")) == count
    answer_with(api, bin_, 200)
    return webhook


def replay(api, webhook, **body):
    return api.post(f"{WEBHOOKS}/{webhook['id']}/replay", json={"since": LONG_AGO, **body})


class TestReplayDeliveries:
    def test_sends_what_was_given_up_once_more(self, api):
        webhook = given_up(api)
        accepted = replay(api, webhook)
        assert accepted.status_code == 202, accepted.text
        assert accepted.json()["type"] == "webhook_replay"
        api.advance("PT1S")
        assert [row["attemptCount"] for row in log(api, webhook, status="succeeded")] == [2, 2]
        job = api.get(accepted.headers["Location"]).json()
        assert (job["status"], job["progress"]["succeeded"]) == ("completed", 2)
        results = api.get(job["resultsUrl"]).json()["data"]
        assert {row["resourceId"] for row in results} == {row["id"] for row in log(api, webhook)}

    def test_twice_sends_nothing_more(self, api):
        webhook = given_up(api)
        for _ in range(2):
            replay(api, webhook)
            api.advance("PT1S")
        assert [row["attemptCount"] for row in log(api, webhook)] == [2, 2]

    def test_what_arrived_is_sent_anew_with_its_message_id(self, api):
        webhook = subscribe(api, new_bin(api), "customer.*")
        [first] = trigger(api, webhook)
        api.advance("PT1S")
        replay(api, webhook, statuses=["succeeded"])
        api.advance("PT1S")
        rows = log(api, webhook)
        assert {row["messageId"] for row in rows} == {first["messageId"]}
        assert sorted(row["trigger"] for row in rows) == sorted([first["trigger"], "replay"])

    def test_brings_every_message_about_one_object(self, api):
        webhook = given_up(api, 4)
        replay(api, webhook)
        api.advance("PT1S")
        rows = sorted(log(api, webhook, status="succeeded"), key=lambda row: row["payload"]["timestamp"])
        last = [
            api.get(f"{WEBHOOKS}/{webhook['id']}/deliveries/{row['id']}").json()["attempts"][-1]
            for row in rows
        ]
        assert len(last) == 4
        assert all(attempt["statusCode"] == 200 for attempt in last)

    def test_keeps_to_events_and_span(self, api):
        webhook = given_up(api)
        replay(api, webhook, eventTypes=["booking.*"])
        replay(api, webhook, until="2020-01-02T00:00:00.000Z")
        api.advance("PT1S")
        assert len(log(api, webhook, status="exhausted")) == 2

    def test_takes_ids_in_whatever_state_but_those_under_way(self, api):
        webhook = given_up(api, 3)
        first, second, _ = log(api, webhook)
        body = {"deliveryIds": [first["id"], second["id"]]}
        accepted = api.post(f"{WEBHOOKS}/{webhook['id']}/replay", json=body)
        assert accepted.status_code == 202, accepted.text
        api.advance("PT1S")
        assert {row["id"] for row in log(api, webhook, status="succeeded")} == {first["id"], second["id"]}
        api.post(f"{WEBHOOKS}/{webhook['id']}/replay", json=body)
        api.advance("PT1S")
        assert [row["trigger"] for row in log(api, webhook)].count("replay") == 2

    def test_says_which_of_the_named_are_under_way(self, api):
        bin_ = new_bin(api, status=500)
        webhook = subscribe(api, bin_, "customer.*")
        [made] = trigger(api, webhook)
        api.advance("PT1S")
        accepted = api.post(f"{WEBHOOKS}/{webhook['id']}/replay", json={"deliveryIds": [made["id"]]})
        api.advance("PT1S")
        results = api.get(f"{accepted.headers['Location']}/results").json()["data"]
        assert [(row["status"], row["resourceId"]) for row in results] == [("skipped", made["id"])]

    def test_refuses_ids_of_another_subscription(self, api):
        webhook, other = given_up(api), given_up(api, 1)
        body = {"deliveryIds": [log(api, webhook)[0]["id"], log(api, other)[0]["id"]]}
        answer = api.post(f"{WEBHOOKS}/{webhook['id']}/replay", json=body)
        assert (answer.status_code, answer.json()["error"]["target"]) == (422, "/deliveryIds/1")

    def test_keeps_to_one_object_and_one_class_of_answers(self, api):
        webhook = given_up(api)
        about = log(api, webhook)[0]["resource"]["id"]
        for body, sent in (
            ({"resourceId": "nobody"}, 0),
            ({"statusCodeClass": "4xx"}, 0),
            ({"resourceId": about, "statusCodeClass": "5xx"}, 2),
        ):
            accepted = replay(api, webhook, **body)
            api.advance("PT1S")
            assert api.get(accepted.headers["Location"]).json()["progress"]["succeeded"] == sent

    def test_needs_a_span_or_ids(self, api):
        webhook = given_up(api, 1)
        answer = api.post(f"{WEBHOOKS}/{webhook['id']}/replay", json={"statuses": ["exhausted"]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")

    def test_refuses_a_span_that_ends_before_it_begins(self, api):
        refused = replay(api, given_up(api, 1), until="2019-01-01T00:00:00.000Z")
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "INVALID_DATE_RANGE")

    def test_refuses_a_subscription_that_is_off(self, api):
        webhook = given_up(api, 1)
        api.post(f"{WEBHOOKS}/{webhook['id']}/disable")
        assert replay(api, webhook).json()["error"]["code"] == "WEBHOOK_DISABLED"

    def test_needs_the_right_to_write(self, api):
        assert replay(api.as_("readonly-demo"), given_up(api, 1)).status_code == 403


class TestGetWebhookStatistics:
    def test_counts_what_became_of_deliveries(self, api):
        webhook = given_up(api)
        trigger(api, webhook, "customer.updated")
        api.advance("PT1S")
        figures = api.get(f"{WEBHOOKS}/{webhook['id']}/statistics").json()
        assert (figures["deliveries"], figures["succeeded"], figures["failed"]) == (3, 1, 2)
        assert figures["successRate"] == 0.3333
        events = [row["eventType"] for row in figures["byEventType"]]
        assert events == ["customer.created", "customer.updated"]
        assert figures["lastError"]["statusCode"] == 500

    def test_of_a_new_subscription_are_empty(self, api):
        webhook = subscribe(api, new_bin(api))
        figures = api.get(f"{WEBHOOKS}/{webhook['id']}/statistics").json()
        assert (figures["deliveries"], figures["successRate"], figures["lastError"]) == (0, None, None)
