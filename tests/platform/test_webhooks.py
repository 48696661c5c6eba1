"""Subscriptions and their deliveries, through the front door."""

import json
from datetime import datetime

import pytest
from standardwebhooks import Webhook

from tests.platform.receiving import BINS, WEBHOOKS, new_bin, subscribe, waited

EVENT_TYPES = "/api/v1/webhook-event-types"
OWN_SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def only_delivery(api, webhook):
    [delivery] = api.get(f"{WEBHOOKS}/{webhook['id']}/deliveries").json()["data"]
    return api.get(f"{WEBHOOKS}/{webhook['id']}/deliveries/{delivery['id']}").json()


class TestListWebhookEventTypes:
    def test_is_public_and_names_the_fourteen(self, api):
        answer = api.anonymous.get(EVENT_TYPES)
        assert answer.status_code == 200
        core = [event["name"] for event in answer.json()["data"] if event["core"]]
        assert len(core) == 14
        assert "registration.confirmed" in core

    def test_refers_to_schemas_that_exist(self, api):
        schemas = api.anonymous.get("/openapi.json").json()["components"]["schemas"]
        references = [event["schemaRef"] for event in api.anonymous.get(EVENT_TYPES).json()["data"]]
        assert "#/components/schemas/Registration" in references
        assert all(ref.rpartition("/")[2] in schemas for ref in references if ref)


class TestCreateWebhook:
    def test_shows_the_secret_once(self, api):
        made = subscribe(api, new_bin(api))
        assert Webhook(made["secret"])._whsecret
        assert len(Webhook(made["secret"])._whsecret) == 32
        assert "secret" not in api.get(f"{WEBHOOKS}/{made['id']}").json()
        assert made["secret"] not in api.get(WEBHOOKS).text

    def test_answers_with_location_and_defaults(self, api):
        answer = api.post(WEBHOOKS, json={"url": "https://example.com/hook", "eventTypes": ["booking.*"]})
        made = answer.json()
        assert answer.headers["location"] == f"{WEBHOOKS}/{made['id']}"
        assert (made["status"], made["ordering"], made["signatureScheme"]) == ("active", "strict", "both")
        assert made["retryPolicy"]["maxAttempts"] == 8

    def test_takes_a_secret_of_your_own(self, api):
        assert subscribe(api, new_bin(api), secret=OWN_SECRET)["secret"] == OWN_SECRET

    @pytest.mark.parametrize("secret", ["whsec_short", "plain", "whsec_" + "A" * 33])
    def test_refuses_a_weak_or_malformed_secret(self, api, secret):
        answer = api.post(
            WEBHOOKS, json={"url": "https://example.com/", "eventTypes": ["*"], "secret": secret}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR")

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com/",
            "https://10.0.0.1/",
            "https://169.254.169.254/",
            "https://2130706433/",
            "https://user:pw@example.com/",
            "https://example.com/#x",
            "ftp://example.com/",
            "nonsense",
        ],
    )
    def test_refuses_a_url_that_must_not_be_called(self, api, url):
        answer = api.post(WEBHOOKS, json={"url": url, "eventTypes": ["*"]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "WEBHOOK_URL_NOT_ALLOWED")
        assert answer.json()["error"]["target"] == "/url"

    @pytest.mark.parametrize("event_type", ["nothing.happened", "booking", "book*", "*.*"])
    def test_refuses_an_unknown_event(self, api, event_type):
        answer = api.post(WEBHOOKS, json={"url": "https://example.com/", "eventTypes": ["*", event_type]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "UNKNOWN_EVENT_TYPE")
        assert answer.json()["error"]["target"] == "/eventTypes/1"

    @pytest.mark.parametrize("name", ["Webhook-Id", "Content-Type", "host", "X Y", "Transfer-Encoding"])
    def test_refuses_headers_that_are_ours(self, api, name):
        body = {"url": "https://example.com/", "eventTypes": ["*"], "headers": {name: "x"}}
        assert api.post(WEBHOOKS, json=body).status_code == 422

    def test_has_a_limit(self, api):
        body = {"url": "https://example.com/", "eventTypes": ["*"]}
        statuses = [api.post(WEBHOOKS, json=body).status_code for _ in range(21)]
        assert statuses[0] == 201
        assert statuses[-1] == 409

    def test_needs_the_scope(self, api):
        answer = api.as_("readonly-demo").post(
            WEBHOOKS, json={"url": "https://a.example/", "eventTypes": ["*"]}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")


class TestUpdateWebhook:
    def test_a_preset_replaces_the_whole_policy(self, api):
        made = subscribe(api, new_bin(api), retryPolicy={"delaysSeconds": [7]})
        changed = api.patch(f"{WEBHOOKS}/{made['id']}", json={"retryPolicy": {"preset": "fast"}}).json()
        assert (changed["version"], changed["retryPolicy"]["maxAttempts"]) == (2, 4)
        assert changed["retryPolicy"]["delaysSeconds"] is None

    def test_refuses_what_create_refuses(self, api):
        made = subscribe(api, new_bin(api))
        answer = api.patch(f"{WEBHOOKS}/{made['id']}", json={"url": "https://127.1/"})
        assert answer.json()["error"]["code"] == "WEBHOOK_URL_NOT_ALLOWED"

    def test_a_stale_version_is_refused(self, api):
        made = subscribe(api, new_bin(api))
        answer = api.patch(
            f"{WEBHOOKS}/{made['id']}", json={"description": "x"}, headers={"If-Match": '"webhook-0-v9"'}
        )
        assert answer.status_code == 412

    def test_the_secret_cannot_be_patched(self, api):
        made = subscribe(api, new_bin(api))
        assert api.patch(f"{WEBHOOKS}/{made['id']}", json={"secret": OWN_SECRET}).status_code == 400


class TestDisableAndEnable:
    def test_disabled_receives_nothing_and_refuses_tests(self, api):
        made = subscribe(api, new_bin(api))
        answer = api.post(f"{WEBHOOKS}/{made['id']}/disable", json={"reason": "holiday"}).json()
        assert (answer["status"], answer["disabledReason"], answer["note"]) == (
            "disabled",
            "requested",
            "holiday",
        )
        refused = api.post(f"{WEBHOOKS}/{made['id']}/test")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "WEBHOOK_DISABLED")

    def test_enables_again(self, api):
        webhook_id = api.fixture("webhook.disabled")
        assert api.post(f"{WEBHOOKS}/{webhook_id}/enable").json()["status"] == "active"

    def test_twice_is_no_transition(self, api):
        webhook_id = api.fixture("webhook.disabled")
        answer = api.post(f"{WEBHOOKS}/{webhook_id}/disable")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "INVALID_STATE_TRANSITION")


class TestDeleteWebhook:
    def test_removes_it_with_its_deliveries(self, api):
        bin_ = new_bin(api)
        made = subscribe(api, bin_)
        api.post(f"{WEBHOOKS}/{made['id']}/test")
        waited(api, bin_)
        assert api.delete(f"{WEBHOOKS}/{made['id']}").status_code == 204
        assert api.get(f"{WEBHOOKS}/{made['id']}").status_code == 404
        assert api.get(f"{WEBHOOKS}/{made['id']}/deliveries").status_code == 404


class TestSendTestDelivery:
    def test_arrives_signed_in_both_forms(self, api):
        bin_ = new_bin(api)
        made = subscribe(api, bin_, signatureClock="wall")
        sent = api.post(f"{WEBHOOKS}/{made['id']}/test")
        assert (sent.status_code, sent.json()["trigger"]) == (202, "test")
        [arrived] = waited(api, bin_)
        assert arrived["eventType"] == "webhook.ping"
        assert (arrived["signature"]["scheme"], arrived["signature"]["valid"]) == ("both", True)
        assert arrived["delivery"] == {"webhookId": made["id"], "deliveryId": sent.json()["id"]}
        verified = Webhook(made["secret"]).verify(arrived["bodyText"], arrived["headers"])
        assert verified["id"] == sent.json()["messageId"]

    def test_any_event_is_backed_by_a_real_object(self, api):
        bin_ = new_bin(api)
        made = subscribe(api, bin_, "webhook.ping")
        sent = api.post(f"{WEBHOOKS}/{made['id']}/test", json={"eventType": "location.updated"})
        assert sent.status_code == 202, sent.text
        [arrived] = waited(api, bin_)
        location = arrived["bodyJson"]["data"]
        assert api.get(f"/api/v1/locations/{location['id']}").json()["name"] == location["name"]

    def test_an_unknown_event_is_refused(self, api):
        made = subscribe(api, new_bin(api))
        answer = api.post(f"{WEBHOOKS}/{made['id']}/test", json={"eventType": "no.such"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "UNKNOWN_EVENT_TYPE")


class TestDeliveries:
    def test_a_change_through_the_api_is_delivered_with_its_correlation_id(self, api):
        bin_ = new_bin(api)
        subscribe(api, bin_, "location.updated")
        location = api.fixture("location.warsaw")
        correlation = "0b7c5f1a-8e55-4c5f-9a53-0f0c7f3b7a11"
        changed = api.patch(
            f"/api/v1/locations/{location}",
            json={"name": "Clinic Centrum 2"},
            headers={"X-Correlation-ID": correlation},
        )
        assert changed.status_code == 200, changed.text
        [arrived] = waited(api, bin_)
        assert arrived["bodyJson"]["data"]["name"] == "Clinic Centrum 2"
        assert arrived["bodyJson"]["data"]["changedFields"] == ["name"]
        assert arrived["headers"]["x-correlation-id"] == correlation

    def test_log_shows_request_response_and_timing_of_every_attempt(self, api):
        bin_ = new_bin(api, sequence=[{"status": 503, "body": "later"}, {"status": 503}, {"status": 200}])
        made = subscribe(api, bin_)
        api.control.post("/sandbox/v1/clock", json={"mode": "frozen"})
        api.post(f"{WEBHOOKS}/{made['id']}/test")
        waited(api, bin_)
        api.advance("PT1M")
        delivery = only_delivery(api, made)
        assert (delivery["status"], delivery["attemptCount"]) == ("succeeded", 3)
        assert [attempt["statusCode"] for attempt in delivery["attempts"]] == [503, 503, 200]
        assert [attempt["nextDelaySeconds"] for attempt in delivery["attempts"]] == [5, 20, None]
        assert delivery["attempts"][0]["responseBody"] == "later"
        times = [datetime.fromisoformat(attempt["at"]) for attempt in delivery["attempts"]]
        assert (times[2] - times[1]).total_seconds() == 20
        bodies = [json.loads(attempt["requestBody"]) for attempt in delivery["attempts"]]
        assert len({body["signature"]["token"] for body in bodies}) == 3
        listed = api.get(f"{WEBHOOKS}/{made['id']}/deliveries/{delivery['id']}/attempts").json()["data"]
        assert listed == delivery["attempts"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"status": "succeeded"}, 1),
            ({"status": "exhausted"}, 0),
            ({"eventType": "webhook.ping"}, 1),
            ({"eventType": "event.created"}, 0),
            ({"statusCodeClass": "2xx"}, 1),
            ({"statusCodeClass": "5xx"}, 0),
            ({"after": "2000-01-01T00:00:00Z"}, 1),
            ({"before": "2000-01-01T00:00:00+02:00"}, 0),
            ({"cursor": ""}, 1),
        ],
    )
    def test_filters(self, api, query, found):
        bin_ = new_bin(api)
        made = subscribe(api, bin_)
        api.post(f"{WEBHOOKS}/{made['id']}/test")
        waited(api, bin_)
        settled(api)
        answer = api.get(f"{WEBHOOKS}/{made['id']}/deliveries", params=query)
        assert len(answer.json()["data"]) == found

    def test_shows_no_private_member(self, api):
        made = subscribe(api, new_bin(api))
        sent = api.post(f"{WEBHOOKS}/{made['id']}/test").json()
        assert [member for member in sent if member.startswith("_")] == ["_links"]

    def test_of_another_subscription_does_not_exist(self, api):
        made, other = subscribe(api, new_bin(api)), subscribe(api, new_bin(api))
        sent = api.post(f"{WEBHOOKS}/{made['id']}/test").json()
        assert api.get(f"{WEBHOOKS}/{other['id']}/deliveries/{sent['id']}").status_code == 404


class TestRetryDelivery:
    def test_delivers_again_under_the_same_message_id(self, api):
        bin_ = new_bin(api, sequence=[{"status": 500}, {"status": 200}])
        made = subscribe(api, bin_, retryPolicy={"preset": "none"})
        sent = api.post(f"{WEBHOOKS}/{made['id']}/test").json()
        waited(api, bin_)
        settled(api)
        again = api.post(f"{WEBHOOKS}/{made['id']}/deliveries/{sent['id']}/retry")
        assert again.status_code == 202, again.text
        first, second = waited(api, bin_, 2)
        assert first["bodyJson"]["id"] == second["bodyJson"]["id"]

    def test_what_arrived_is_not_retried(self, api):
        bin_ = new_bin(api)
        made = subscribe(api, bin_)
        sent = api.post(f"{WEBHOOKS}/{made['id']}/test").json()
        waited(api, bin_)
        settled(api)
        answer = api.post(f"{WEBHOOKS}/{made['id']}/deliveries/{sent['id']}/retry")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "DELIVERY_NOT_RETRYABLE")


class TestGivingUp:
    def newest(self, api, webhook_id):
        return api.get(f"{WEBHOOKS}/{webhook_id}/deliveries").json()["data"][0]

    def test_the_failing_fixture_is_given_up_after_eight_attempts(self, api):
        webhook_id = api.fixture("webhook.failing")
        api.post(f"{WEBHOOKS}/{webhook_id}/test")
        api.advance("PT8H")
        delivery = self.newest(api, webhook_id)
        assert (delivery["status"], delivery["attemptCount"], delivery["lastStatusCode"]) == (
            "exhausted",
            8,
            500,
        )
        assert api.get(f"{WEBHOOKS}/{webhook_id}").json()["consecutiveFailures"] == 1

    def test_the_gone_fixture_is_disabled_by_its_410(self, api):
        webhook_id = api.fixture("webhook.gone")
        api.post(f"{WEBHOOKS}/{webhook_id}/test")
        api.advance("PT1S")
        shown = api.get(f"{WEBHOOKS}/{webhook_id}").json()
        assert (shown["status"], shown["disabledReason"]) == ("disabled", "gone")

    def test_exhausted_in_a_row_disable_and_enabling_starts_anew(self, api):
        bin_ = new_bin(api, status=500)
        made = subscribe(api, bin_, retryPolicy={"preset": "none"}, disableAfterFailures=2)
        for _ in range(2):
            api.post(f"{WEBHOOKS}/{made['id']}/test")
        api.advance("PT1S")
        assert api.get(f"{WEBHOOKS}/{made['id']}").json()["status"] == "auto_disabled"
        enabled = api.post(f"{WEBHOOKS}/{made['id']}/enable").json()
        assert (enabled["status"], enabled["consecutiveFailures"]) == ("active", 0)

    def test_a_slow_endpoint_times_out_without_being_waited_for(self, api):
        bin_ = api.control.get(f"{BINS}/{api.fixture('bin.slow')}").json()
        made = subscribe(api, bin_)
        api.post(f"{WEBHOOKS}/{made['id']}/test")
        waited(api, bin_)
        api.advance("PT1S")
        attempt = only_delivery(api, made)["attempts"][0]
        assert (attempt["error"], attempt["durationMs"]) == ("timeout", 10000)


class TestRotateWebhookSecret:
    def test_both_secrets_verify_during_the_overlap_and_one_after_it(self, api):
        bin_ = new_bin(api)
        made = subscribe(api, bin_, signatureClock="wall")
        rotated = api.post(f"{WEBHOOKS}/{made['id']}/rotate-secret", json={"overlapHours": 1}).json()
        assert rotated["previousSecretValidUntil"]
        assert rotated["secret"] != made["secret"]
        api.post(f"{WEBHOOKS}/{made['id']}/test")
        [arrived] = waited(api, bin_)
        for secret in (made["secret"], rotated["secret"]):
            Webhook(secret).verify(arrived["bodyText"], arrived["headers"])
        api.advance("PT1H")
        api.post(f"{WEBHOOKS}/{made['id']}/test")
        arrived = waited(api, bin_, 2)[1]
        assert len(arrived["headers"]["webhook-signature"].split(" ")) == 1
        assert arrived["signature"]["valid"]
        assert api.get(f"{WEBHOOKS}/{made['id']}").json()["previousSecretValidUntil"] is None


def settled(api) -> None:
    """Wait until every attempt under way has been recorded: advancing the clock does that."""
    api.advance("PT1S")
