"""Timelines: the causal chain of one correlation id, in order, from the call to its last trace."""

import time

import httpx2

from sandbox.platform.letters import write_letter
from tests.platform.event_desk import FREE_MEETUP, order
from tests.webhooks.outside import Outside

CORRELATION = "0f9a3c2e-8b7d-4e5f-8a3c-2e1b5f9a3c2e"


def subscribed(api, answer=None):
    """A bin that is told of confirmed registrations."""
    made = api.post("/sandbox/v1/inspector/bins", json={"name": "Chain", "response": answer or {}}).json()
    body = {"url": made["deliveryUrl"], "eventTypes": ["registration.confirmed"]}
    assert api.post("/api/v1/webhooks", json=body).status_code == 201
    return made


def register(api):
    answer = api.with_headers(X_Correlation_ID=CORRELATION).post(
        "/api/v1/registrations", json=order(FREE_MEETUP)
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def timeline(api, correlation_id=CORRELATION):
    answer = api.get(f"/sandbox/v1/timelines/{correlation_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def settled(api, bin_):
    """The steps, once the delivery to the bin has arrived for good."""
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        steps = timeline(api)["steps"]
        to_bin = [step for step in steps if step["title"].endswith(bin_["deliveryUrl"])]
        if to_bin and all(step["outcome"] == "ok" for step in to_bin):
            return steps
    raise AssertionError(f"not delivered: {to_bin}")


class TestGetTimeline:
    def test_a_message_to_an_address_is_an_attempt_of_its_call(self, api):
        outside = Outside(200)
        body = {"event": "customer.created", "url": outside.receiver.url()}
        caller = api.with_headers(X_Correlation_ID=CORRELATION)
        assert caller.post("/sandbox/v1/webhook-triggers", json=body).status_code == 202
        outside.stop()
        call, attempt = timeline(api)["steps"]
        assert (call["kind"], attempt["kind"], attempt["status"]) == ("call", "attempt", 200)
        assert attempt["parentId"] == call["id"]

    def test_what_is_delivered_over_the_network_is_told_once(self, api):
        outside = Outside(200)
        body = {"url": outside.receiver.url(), "eventTypes": ["webhook.ping"], "signatureScheme": "body"}
        webhook = api.post("/api/v1/webhooks", json=body).json()
        caller = api.with_headers(X_Correlation_ID=CORRELATION)
        body = {"event": "webhook.ping", "webhookIds": [webhook["id"]], "viaQueue": False}
        assert caller.post("/sandbox/v1/webhook-triggers", json=body).status_code == 202
        outside.stop()
        assert [step["kind"] for step in timeline(api)["steps"]] == ["call", "delivery", "attempt"]

    def test_the_mail_that_tells_of_a_disabled_subscription_is_part_of_it(self, api):
        bin_ = api.post("/sandbox/v1/inspector/bins", json={"response": {"status": 410}}).json()
        body = {"url": bin_["deliveryUrl"], "eventTypes": ["*"], "alertEmail": "oncall@clinic.example"}
        assert api.post("/api/v1/webhooks", json=body).status_code == 201
        register(api)
        api.advance("PT1S")
        titles = [step["title"] for step in timeline(api)["steps"] if step["kind"] == "mail"]
        assert f"Webhook disabled: {bin_['deliveryUrl']} to oncall@clinic.example" in titles

    def test_a_call_leads_to_change_event_delivery_attempt_and_capture(self, api):
        bin_ = subscribed(api)
        register(api)
        steps = settled(api, bin_)
        known = {step["id"]: step for step in steps}
        capture = next(step for step in steps if step["details"].get("binId") == bin_["id"])
        chain = [capture]
        while chain[-1]["parentId"]:
            chain.append(known[chain[-1]["parentId"]])
        kinds = [step["kind"] for step in reversed(chain)]
        assert kinds == ["call", "change", "event", "delivery", "attempt", "capture"]
        assert [step["depth"] for step in reversed(chain)] == list(range(6))
        assert chain[2]["title"] == f"registration.confirmed to {bin_['deliveryUrl']}"
        assert chain[0]["details"]["signature"] == "ok"

    def test_causes_stand_before_what_they_caused(self, api):
        subscribed(api)
        register(api)
        seen = set()
        for step in timeline(api)["steps"]:
            assert step["parentId"] is None or step["parentId"] in seen
            seen.add(step["id"])
        assert len(seen) > 3

    def test_every_attempt_is_a_step(self, api):
        bin_ = subscribed(api, {"sequence": [{"status": 500}, {"status": 503}, {"status": 200}]})
        register(api)
        api.advance("PT12H")
        steps = settled(api, bin_)
        [made] = [step for step in steps if step["title"].endswith(bin_["deliveryUrl"])]
        attempts = [step for step in steps if step["parentId"] == made["id"]]
        assert [(step["status"], step["outcome"]) for step in attempts] == [
            (500, "failed"),
            (503, "failed"),
            (200, "ok"),
        ]

    def test_a_fault_that_struck_and_the_rule_that_refused(self, api):
        fault = {"name": "closed", "action": {"type": "respond", "errorCode": "SERVICE_UNAVAILABLE"}}
        made = api.post("/sandbox/v1/faults", json=fault).json()
        answer = api.with_headers(X_Correlation_ID=CORRELATION).post(
            "/api/v1/registrations", json=order(FREE_MEETUP)
        )
        assert answer.status_code == 503
        call, struck, rule = timeline(api)["steps"]
        assert (call["kind"], call["outcome"], call["status"]) == ("call", "failed", 503)
        assert (struck["kind"], struck["title"], struck["href"]) == (
            "fault",
            "Fault closed",
            f"/sandbox/v1/faults/{made['id']}",
        )
        assert (rule["kind"], rule["outcome"], rule["details"]["code"]) == (
            "rule",
            "refused",
            "SERVICE_UNAVAILABLE",
        )

    def test_mail_belongs_to_the_call_that_wrote_it(self, api):
        with api.workspace.transaction(CORRELATION) as tx:
            write_letter(tx, "receipt", {"email": "ada@sandbox.example"}, {}, subject="Your receipt")
        [mail] = timeline(api)["steps"]
        assert (mail["kind"], mail["title"]) == ("mail", "Your receipt to ada@sandbox.example")

    def test_partner_calls_are_nested_in_the_call_that_made_them(self, api):
        [payment, *_] = api.get("/api/v1/payments", params={"status": "created"}).json()["data"]
        answer = api.with_headers(X_Correlation_ID=CORRELATION, Idempotency_Key="chain-1").post(
            f"/api/v1/payments/{payment['id']}/confirm", json={"paymentMethod": "pm_card_visa"}
        )
        assert answer.status_code == 200, answer.text
        steps = {step["id"]: step for step in timeline(api)["steps"]}
        out = [step for step in steps.values() if step["kind"] == "partner_call"]
        # What the partner tells the platform afterwards may come while the timeline is read, or later.
        nested = [step for step in out if step["parentId"] is not None]
        assert nested
        assert all(steps[step["parentId"]]["kind"] == "call" for step in nested)
        received = [step for step in steps.values() if step["kind"] == "partner_receipt"]
        parents = [steps[step["parentId"]]["kind"] for step in received if step["parentId"] is not None]
        assert "partner_call" in parents

    def test_nothing_recorded_is_not_found(self, api):
        answer = api.get(f"/sandbox/v1/timelines/{CORRELATION}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "RESOURCE_NOT_FOUND")

    def test_the_id_may_be_written_in_capitals(self, api):
        register(api)
        assert timeline(api, CORRELATION.upper())["correlationId"] == CORRELATION

    def test_needs_the_scope_to_read(self, api):
        register(api)
        refused: httpx2.Response = api.anonymous.get(f"/sandbox/v1/timelines/{CORRELATION}")
        assert refused.status_code == 401
