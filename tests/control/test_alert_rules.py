"""Alert rules: what is measured, when an alert is raised, and that each trouble is told once."""

import pytest

from tests.platform.receiving import WEBHOOKS, new_bin
from tests.webhooks.outside import Outside

RULES = "/sandbox/v1/alert-rules"
ALERTS = "/sandbox/v1/alerts"
FAULTS = "/sandbox/v1/faults"
TRIGGERS = "/sandbox/v1/webhook-triggers"
NAMES = [
    "error_rate",
    "latency",
    "webhook_success",
    "delivery_exhausted",
    "webhook_disabled",
    "monitor",
    "conversion",
]


@pytest.fixture(name="desk")
def _desk(api):
    """The workspace with a frozen clock."""
    api.control.put("/sandbox/v1/clock", json={"mode": "frozen"})
    return Desk(api)


class Desk:
    """What the tests do over and over."""

    def __init__(self, api) -> None:
        self.api = api

    @property
    def control(self):
        """With a token that has not expired."""
        return self.api.control

    def set(self, **rule) -> None:
        """This rule alone; all others are switched off."""
        others = [{"rule": name, "enabled": False} for name in NAMES if name != rule["rule"]]
        answer = self.control.put(RULES, json={"rules": [rule, *others]})
        assert answer.status_code == 200, answer.text

    def alerts(self, **query):
        return self.control.get(ALERTS, params=query).json()["data"]

    def mail(self):
        listed = self.control.get("/sandbox/v1/outbox", params={"template": "monitor_alert"}).json()["data"]
        return sorted((letter["to"]["email"], letter["subject"]) for letter in listed)

    def failing(self, **members):
        """A subscription whose receiver fails."""
        bin_ = new_bin(self.api, status=500)
        body = {"url": bin_["deliveryUrl"], "eventTypes": ["webhook.ping"], "ordering": "none", **members}
        made = self.api.post(WEBHOOKS, json=body)
        assert made.status_code == 201, made.text
        return made.json()

    def ping(self, webhook, count=1) -> None:
        body = {"event": "webhook.ping", "webhookIds": [webhook["id"]], "count": count}
        assert self.control.post(TRIGGERS, json=body).status_code == 202
        self.api.advance("PT1S")  # waits for what is under way

    def fault(self, **action) -> str:
        body = {"name": "trouble", "match": {"operationIds": ["listLocations"]}, "action": action}
        made = self.control.post(FAULTS, json=body)
        assert made.status_code == 201, made.text
        return made.json()["id"]


class TestRules:
    def test_all_are_there_by_default(self, api):
        rules = api.control.get(RULES).json()["rules"]
        assert [rule["rule"] for rule in rules] == NAMES
        assert [rule["rule"] for rule in rules if not rule["enabled"]] == ["conversion"]

    def test_what_is_left_out_is_as_by_default(self, api):
        body = {"rules": [{"rule": "latency", "threshold": 250, "notify": ["a@example.com"]}]}
        rules = {rule["rule"]: rule for rule in api.control.put(RULES, json=body).json()["rules"]}
        assert (rules["latency"]["threshold"], rules["latency"]["minSamples"]) == (250, 20)
        assert rules["error_rate"]["threshold"] == 0.05
        assert api.control.put(RULES, json={"rules": []}).json()["rules"][1]["threshold"] == 1000

    @pytest.mark.parametrize(
        "rule",
        [
            {"rule": "no_such"},
            {"rule": "latency", "threshold": -1},
            {"rule": "latency", "windowSeconds": 1},
            {"rule": "latency", "notify": ["nobody"]},
            {"threshold": 1},
        ],
    )
    def test_refusals(self, api, rule):
        assert api.control.put(RULES, json={"rules": [rule]}).status_code == 400

    def test_needs_the_scope(self, api):
        answer = api.as_("readonly-demo").put(RULES, json={"rules": []})
        assert answer.status_code == 403


class TestCalls:
    def test_errors_raise_one_alert_that_is_resolved_when_they_are_few(self, desk):
        fault = desk.fault(type="respond", status=503)
        desk.set(rule="error_rate", threshold=0.4, minSamples=4, notify=["oncall@example.com"])
        for _ in range(3):
            desk.api.get("/api/v1/locations")
        assert desk.alerts() == []
        desk.api.get("/api/v1/locations")
        [alert] = desk.alerts()
        assert (alert["rule"], alert["status"], alert["threshold"]) == ("error_rate", "firing", 0.4)
        assert alert["subject"] == {"type": "workspace", "id": desk.api.workspace_id}
        desk.api.get("/api/v1/locations")
        assert len(desk.alerts()) == 1
        desk.control.delete(f"{FAULTS}/{fault}")
        for _ in range(10):
            desk.api.get("/api/v1/locations")
        [alert] = desk.alerts()
        assert (alert["status"], alert["resolvedAt"] is None) == ("resolved", False)
        assert desk.mail() == [
            ("oncall@example.com", "Alert: error rate"),
            ("oncall@example.com", "Over: error rate"),
        ]

    def test_slow_calls(self, desk):
        desk.fault(type="delay", fixedMs=30)
        desk.set(rule="latency", threshold=29, minSamples=3)
        for _ in range(3):
            desk.api.get("/api/v1/locations")
        [alert] = desk.alerts(rule="latency")
        assert alert["value"] >= 29

    def test_bookings_that_fail(self, desk):
        desk.set(rule="conversion", enabled=True, threshold=0.5, minSamples=2)
        for _ in range(2):
            desk.api.post("/api/v1/bookings", json={"slotId": "none", "customerId": "none"})
        [alert] = desk.alerts(rule="conversion")
        assert (alert["value"], alert["message"]) == (1, "2 of 2 attempts to book did not make a booking")


class TestDeliveries:
    def test_attempts_that_fail(self, desk):
        webhook = desk.failing()
        desk.set(rule="webhook_success", minSamples=2)
        desk.ping(webhook)
        assert desk.alerts() == []
        desk.ping(webhook)
        [alert] = desk.alerts(subjectId=webhook["id"])
        assert (alert["rule"], alert["value"], alert["subject"]["type"]) == ("webhook_success", 1, "webhook")
        desk.set(rule="webhook_success", minSamples=100)
        assert desk.alerts()[0]["status"] == "resolved"

    def test_deliveries_that_are_given_up(self, desk):
        webhook = desk.failing(retryPolicy={"preset": "none"})
        desk.set(rule="delivery_exhausted")
        desk.ping(webhook, 2)
        [alert] = desk.alerts(rule="delivery_exhausted")
        assert (alert["value"], alert["message"]) == (2, "2 deliveries were given up")
        desk.api.advance("PT50M")
        desk.api.advance("PT11M")
        assert desk.alerts()[0]["status"] == "resolved"

    def test_a_subscription_that_is_switched_off(self, desk):
        webhook = desk.failing(retryPolicy={"preset": "none"}, disableAfterFailures=1)
        desk.set(rule="webhook_disabled", notify=["oncall@example.com"])
        desk.ping(webhook)
        [alert] = desk.alerts()
        assert (alert["severity"], alert["subject"]["id"]) == ("critical", webhook["id"])
        assert "too many deliveries were given up" in alert["message"]
        desk.api.post(f"{WEBHOOKS}/{webhook['id']}/enable")
        assert desk.alerts()[0]["status"] == "resolved"

    def test_one_that_somebody_switched_off_is_no_trouble(self, desk):
        webhook = desk.failing()
        desk.set(rule="webhook_disabled")
        desk.api.post(f"{WEBHOOKS}/{webhook['id']}/disable", json={})
        assert desk.alerts() == []


class TestWatch:
    def test_nobody_has_to_look(self, desk):
        webhook = desk.failing(retryPolicy={"preset": "none"})
        desk.set(rule="delivery_exhausted", notify=["a@example.com", "suppressed+b@example.com"])
        desk.ping(webhook)
        desk.api.advance("PT2M")
        assert desk.mail() == [("a@example.com", "Alert: delivery exhausted")]
        desk.api.advance("PT2H")
        assert desk.mail() == [
            ("a@example.com", "Alert: delivery exhausted"),
            ("a@example.com", "Over: delivery exhausted"),
        ]

    def test_a_far_jump_is_cheap(self, desk):
        desk.set(rule="delivery_exhausted")
        assert desk.api.advance("P365D")["counts"]["alerts.watch"] < 120 * 3 + 366

    def test_nothing_is_watched_when_all_is_switched_off(self, desk):
        desk.control.put(RULES, json={"rules": [{"rule": name, "enabled": False} for name in NAMES]})
        assert "alerts.watch" not in desk.api.advance("PT10M")["counts"]


class TestMonitors:
    def test_the_rule_switches_their_alerts_off_or_tells_more_people(self, desk):
        outside = Outside(500)
        body = {
            "target": {"url": outside.receiver.url()},
            "failureThreshold": 1,
            "alertEmail": "a@example.com",
        }
        desk.set(rule="latency")
        assert desk.control.post("/sandbox/v1/monitors", json=body).status_code == 201
        outside.wait(1)
        desk.api.advance("PT5M")
        assert (desk.alerts(), desk.mail()) == ([], [])
        desk.set(rule="monitor", notify=["b@example.com", "a@example.com"])
        desk.api.advance("PT5M")
        outside.stop()
        [alert] = desk.alerts()
        assert alert["rule"] == "monitor"
        assert [email for email, _ in desk.mail()] == ["a@example.com", "b@example.com"]
