"""Monitors: what counts as life, whom an outage is told, and that far jumps of the clock stay cheap."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from standardwebhooks import Webhook

from sandbox.control.alerts import alerts
from sandbox.control.monitors import EFFECTS, INITIAL, monitors, pings
from sandbox.control.pinging import plan_next
from sandbox.kernel.agenda import Agenda
from sandbox.kernel.documents import Kind, Kinds
from sandbox.kernel.layers import SeedLayer
from sandbox.kernel.ports import OutboundReply, Ports
from sandbox.kernel.workspace import Workspace
from sandbox.stores.tiny import TinyStore
from tests.webhooks.conftest import FakeHttp
from tests.webhooks.outside import Outside

MONITORS = "/sandbox/v1/monitors"
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
DOWN, BACK = "Down: https://clinic.example/push", "Back: https://clinic.example/push"


class Ward:
    """One monitor in a world of its own, pinging a receiver that is told what to answer."""

    def __init__(self, *answers, **members) -> None:
        kinds = Kinds(
            [
                monitors.kind,
                pings.kind,
                alerts.kind,
                Kind("email_suppression"),
                Kind("agenda", sorts=("due",)),
            ]
        )
        self.workspace = Workspace("ws_test", TinyStore(SeedLayer({}, kinds)), kinds, seed=1)
        self.http = FakeHttp([_reply(answer) for answer in answers])
        self.agenda = Agenda({}, EFFECTS, Ports(self.http, "http://127.0.0.1:8080"))
        with self.workspace.transaction() as tx:
            tx.set_clock("frozen", START)
        with self.workspace.transaction() as tx:
            monitor = {
                **INITIAL,
                "_madeIn": "ws_test",
                "id": tx.new_id("monitor"),
                "target": {"url": "https://clinic.example/push"},
                "method": "POST",
                "intervalSeconds": 300,
                "timeoutSeconds": 10,
                "failureThreshold": 3,
                "alertEmail": "oncall@clinic.example",
                **members,
            }
            plan_next(tx, tx.put("monitor", monitor))

    def advance(self, **by) -> None:
        asyncio.run(self.agenda.advance(self.workspace, timedelta(**by)))

    def all(self, kind):
        with self.workspace.transaction() as tx:
            return list(tx.find(kind, limit=None))

    def mail(self):
        """(minute, subject) of each, in order."""
        sent = sorted((letter["createdAt"], letter["subject"]) for letter in self.all("email"))
        return [(int(at[14:16]) + 60 * (int(at[11:13]) - 4), subject) for at, subject in sent]


def _reply(answer) -> OutboundReply:
    return OutboundReply(answer) if isinstance(answer, int) else OutboundReply(error=answer)


class TestRule:
    @pytest.mark.parametrize(
        ("answers", "mail", "status"),
        [
            ([200], [], "healthy"),
            ([200, 302, 401, 403, 404, 410, 429, 200], [], "healthy"),
            ([500], [], "failing"),
            ([500, 500], [], "failing"),
            ([500, 502, 503], [(15, DOWN)], "alerting"),
            ([500, 599, 504, 500, 500, 500, 500], [(15, DOWN)], "alerting"),
            (["timeout", "timeout", "timeout"], [(15, DOWN)], "alerting"),
            (["dns", "connect", "tls"], [(15, DOWN)], "alerting"),
            (["reset", "denied", 500], [(15, DOWN)], "alerting"),
            ([500, 500, 200, 500, 500, 200], [], "healthy"),
            ([500, 200, 500, 200, 500, 200, 500], [], "failing"),
            (["timeout", "timeout", 404, "timeout", "timeout", 302], [], "healthy"),
            ([500, 500, 500, 401], [(15, DOWN), (20, BACK)], "healthy"),
            ([500, 500, 500, 302, 500, 500], [(15, DOWN), (20, BACK)], "failing"),
            (
                ["timeout", 500, "connect", 500, 200, 200, 500, 500, 500, 200],
                [(15, DOWN), (25, BACK), (45, DOWN), (50, BACK)],
                "healthy",
            ),
        ],
    )
    def test_statuses_give_exactly_these_mails(self, answers, mail, status):
        ward = Ward(*answers)
        ward.advance(minutes=5 * len(answers))
        [monitor] = ward.all("monitor")
        assert len(ward.http.sent) == len(answers)
        assert (ward.mail(), monitor["status"]) == (mail, status)
        assert len(ward.all("alert")) == sum(subject == DOWN for _, subject in mail)

    def test_threshold_and_interval_are_the_monitors_own(self):
        ward = Ward(500, failureThreshold=2, intervalSeconds=60)
        ward.advance(minutes=5)
        assert ward.mail() == [(2, DOWN)]

    def test_without_an_address_there_is_an_alert_and_no_mail(self):
        ward = Ward(500, alertEmail=None)
        ward.advance(hours=1)
        assert (len(ward.all("alert")), ward.mail()) == (1, [])

    def test_uptime_is_that_of_the_last_day(self):
        ward = Ward(*[500] * 144, 200)
        ward.advance(hours=24)
        assert 0.49 < ward.all("monitor")[0]["uptime24h"] < 0.53
        ward.advance(hours=24)
        assert ward.all("monitor")[0]["uptime24h"] == 1


class TestFarJumps:
    @pytest.mark.parametrize(("days", "most"), [(30, 700), (3650, 1500)])
    def test_stay_cheap(self, days, most):
        ward = Ward(200)
        started = process_time()
        ward.advance(days=days)
        assert process_time() - started < 5
        assert len(ward.http.sent) <= most
        assert len(ward.all("ping")) <= 1000

    def test_wait_for_few_timeouts(self):
        ward = Ward("timeout")
        ward.advance(days=30)
        assert len(ward.http.sent) < 45
        assert [subject for _, subject in ward.mail()] == [DOWN]

    def test_within_a_day_every_ping_is_made(self):
        ward = Ward(200)
        ward.advance(hours=24)
        assert len(ward.http.sent) == 288


@pytest.fixture(name="outside")
def _outside() -> Iterator[Outside]:
    outside = Outside(200)
    yield outside
    outside.stop()


def monitor_of(api, url, **members):
    made = api.control.post(MONITORS, json={"target": {"url": url}, "secret": SECRET, **members})
    assert made.status_code == 201, made.text
    return made.json()


def ping(api, monitor):
    answer = api.control.post(f"{MONITORS}/{monitor['id']}/ping")
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestCreateMonitor:
    def test_pings_at_once_and_then_every_five_minutes_signed(self, api, outside):
        monitor = monitor_of(api, outside.receiver.url())
        assert (monitor["status"], monitor["signed"], "secret" in monitor) == ("pending", True, False)
        outside.wait(1)
        api.advance("PT10M")
        assert len(outside.receiver.received) == 3
        first = outside.receiver.received[0]
        assert Webhook(SECRET).verify(first.body, first.headers)["event"] == "webhook.ping"
        assert len({got.headers["webhook-id"] for got in outside.receiver.received}) == 3
        shown = api.control.get(f"{MONITORS}/{monitor['id']}").json()
        assert (shown["status"], shown["uptime24h"]) == ("healthy", 1)

    def test_may_name_a_webhook(self, api, outside):
        webhook = api.post(
            "/api/v1/webhooks", json={"url": outside.receiver.url(), "eventTypes": ["*"]}
        ).json()
        made = api.control.post(MONITORS, json={"target": {"webhookId": webhook["id"]}})
        assert made.status_code == 201, made.text
        outside.wait(1)
        got = outside.receiver.received[0]
        assert Webhook(webhook["secret"]).verify(got.body, got.headers)

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_may_ask_without_a_body(self, api, outside, method):
        monitor_of(api, outside.receiver.url(), method=method)
        outside.wait(1)
        got = outside.receiver.received[0]
        assert (got.method, got.body) == (method, b"")
        assert got.headers["webhook-signature"].startswith("v1,")

    @pytest.mark.parametrize(
        ("target", "code"),
        [
            ({"url": "http://169.254.169.254/"}, "WEBHOOK_URL_NOT_ALLOWED"),
            ({}, "BUSINESS_RULE_VIOLATION"),
            ({"webhookId": "00000000-0000-4000-8000-000000000000"}, "BUSINESS_RULE_VIOLATION"),
        ],
    )
    def test_needs_one_target_that_may_be_called(self, api, target, code):
        answer = api.control.post(MONITORS, json={"target": target})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)

    def test_needs_the_right_to_write(self, api):
        wish = {"target": {"url": "https://x.example/"}}
        assert api.as_("readonly-demo").post(MONITORS, json=wish).status_code == 403


class TestPingNow:
    def test_counts_and_leaves_the_schedule(self, api, outside):
        monitor = monitor_of(api, outside.receiver.url())
        outside.wait(1)
        assert (ping(api, monitor)["outcome"], len(outside.receiver.received)) == ("up", 2)
        api.advance("PT5M")
        listed = api.control.get(f"{MONITORS}/{monitor['id']}/pings", params={"cursor": ""}).json()["data"]
        assert [each["number"] for each in listed] == [3, 2, 1]


class TestAlert:
    def test_is_raised_told_acknowledged_and_resolved(self, api):
        outside = Outside(500, 500, 500, 500, 404)
        monitor = monitor_of(api, outside.receiver.url(), alertEmail="oncall@clinic.example")
        outside.wait(1)
        api.advance("PT15M")
        [alert] = api.control.get("/sandbox/v1/alerts", params={"rule": "monitor"}).json()["data"]
        assert (alert["status"], alert["value"], alert["subject"]["id"]) == ("firing", 3, monitor["id"])
        path = f"/sandbox/v1/alerts/{alert['id']}/acknowledge"
        assert api.control.post(path).json()["status"] == "acknowledged"
        assert api.control.post(path).json()["error"]["code"] == "INVALID_STATE_TRANSITION"
        api.advance("PT5M")
        outside.stop()
        [alert] = api.control.get("/sandbox/v1/alerts").json()["data"]
        assert (alert["status"], alert["resolvedAt"] is None) == ("resolved", False)
        with api.workspace.transaction() as tx:
            letters = [
                each for each in tx.find("email", limit=None) if each["templateKey"] == "monitor_alert"
            ]
        assert sorted(each["subject"][:4] for each in letters) == ["Back", "Down"]


class TestPauseAndResume:
    def test_no_pings_between(self, api, outside):
        monitor = monitor_of(api, outside.receiver.url())
        outside.wait(1)
        path = f"{MONITORS}/{monitor['id']}"
        assert api.control.post(f"{path}/pause").json()["status"] == "paused"
        assert api.control.post(f"{path}/pause").status_code == 409
        api.advance("PT1H")
        assert len(outside.receiver.received) == 1
        assert ping(api, monitor)["outcome"] == "up"
        assert api.control.get(path).json()["status"] == "paused"
        assert api.control.post(f"{path}/resume").json()["status"] == "pending"
        outside.wait(2)
        assert api.control.post(f"{path}/resume").status_code == 409

    def test_a_fork_does_not_ping_what_its_original_pings(self, api, outside):
        monitor = monitor_of(api, outside.receiver.url())
        outside.wait(1)
        made = api.control.post(f"/sandbox/v1/workspaces/{api.workspace_id}/fork", json={"name": "branch"})
        fork = type(api)(api.server, made.json()["id"], {}).control
        fork.post("/sandbox/v1/clock/advance", json={"duration": "PT1H"})
        assert len(outside.receiver.received) == 1, monitor


class TestUpdateAndDelete:
    def test_change_and_remove(self, api, outside):
        monitor = monitor_of(api, outside.receiver.url())
        outside.wait(1)
        path = f"{MONITORS}/{monitor['id']}"
        changed = api.control.patch(path, json={"intervalSeconds": 60})
        assert changed.status_code == 200, changed.text
        outside.wait(1)
        api.advance("PT2M")
        assert len(outside.receiver.received) == 4
        assert api.control.delete(path).status_code == 204
        api.advance("PT1H")
        assert len(outside.receiver.received) == 4
        assert api.control.get(f"{path}/pings").status_code == 404
