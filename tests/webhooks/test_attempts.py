"""What becomes of a delivery, attempt by attempt, under a clock that is advanced."""

import asyncio
import json
from datetime import timedelta
from itertools import accumulate

import pytest
from standardwebhooks import webhooks as reference

from sandbox.kernel.clock import instant
from sandbox.kernel.errors import DeliveryNotRetryable, WebhookDisabled
from sandbox.kernel.ports import OutboundReply
from sandbox.kernel.workspace import Workspace
from sandbox.webhooks import again, deliveries
from sandbox.webhooks.attempts import begin, conclude
from sandbox.webhooks.verification import verify
from tests.webhooks.conftest import SECRET, START

LADDER = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]


class TestDelivery:
    def test_succeeds_at_once(self, world):
        world.subscribe()
        world.emit()
        world.advance(seconds=0)
        [delivery] = world.deliveries()
        assert (delivery["status"], delivery["attemptCount"], delivery["nextAttemptAt"]) == (
            "succeeded",
            1,
            None,
        )
        assert world.all("agenda") == []

    def test_is_signed_for_the_moment_of_the_attempt(self, world):
        world.subscribe()
        world.emit()
        world.advance(seconds=0)
        [request] = world.http.sent
        headers = {name.lower(): value for name, value in request.headers.items()}
        assert verify(SECRET, headers, request.body, int(START.timestamp()))["valid"]

    def test_verifies_with_the_reference_library_at_workspace_time(self, world, monkeypatch):
        world.subscribe()
        world.emit()
        world.advance(seconds=0)

        class WorkspaceTime(reference.datetime):
            @classmethod
            def now(cls, tz=None):
                return START

        monkeypatch.setattr(reference, "datetime", WorkspaceTime)
        [request] = world.http.sent
        verified = reference.Webhook(SECRET).verify(request.body, dict(request.headers))
        assert verified["event"] == "registration.confirmed"

    def test_leaves_only_when_it_is_written_down_that_it_does(self, world, monkeypatch):
        world.subscribe()
        world.emit()
        taken, written, outside = [], [], []

        def journal(workspace, commit):
            """As the one on disk: what a turn of the loop brought is written at its end."""
            taken.append(workspace.store.find("delivery")[0]["attemptCount"])
            asyncio.get_running_loop().call_soon(written.append, taken[-1])

        async def send(request):
            outside.append(max(written))
            return OutboundReply(200)

        monkeypatch.setattr(world.workspace, "listener", journal)
        monkeypatch.setattr(world.http, "send", send)
        world.advance(seconds=0)
        assert outside == [1]

    def test_carries_the_documented_headers(self, world):
        world.subscribe(headers={"X-Tenant": "acme"})
        world.emit()
        world.advance(seconds=0)
        headers = world.http.sent[0].headers
        assert headers["User-Agent"] == "EventPlatform-Webhooks/1.0"
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        assert (headers["X-Webhook-Event"], headers["X-Webhook-Attempt"]) == ("registration.confirmed", "1")
        assert headers["X-Correlation-ID"] == "6f1c1d0e-0000-4000-8000-000000000001"
        assert headers["traceparent"].startswith("00-6f1c1d0e000040008000000000000001-")
        assert headers["X-Tenant"] == "acme"

    def test_logs_request_response_and_timing(self, world):
        world.subscribe(headers={"Authorization": "Bearer mine"})
        world.http.answers = [OutboundReply(503, {"x-why": "busy"}, b"x" * 5000, 12.4)]
        world.emit()
        world.advance(seconds=0)
        [attempt] = world.all("delivery_attempt")
        assert (attempt["number"], attempt["at"], attempt["url"]) == (
            1,
            instant(START),
            "https://receiver.example/hook",
        )
        assert json.loads(attempt["requestBody"])["event"] == "registration.confirmed"
        assert attempt["requestHeaders"]["Authorization"] == "[redacted]"
        assert (attempt["statusCode"], attempt["responseHeaders"], attempt["durationMs"]) == (
            503,
            {"x-why": "busy"},
            12,
        )
        assert (len(attempt["responseBody"]), attempt["responseTruncated"]) == (4096, True)
        assert (attempt["error"], attempt["nextDelaySeconds"]) == ("non_2xx", 5.0)


class TestRetry:
    def test_default_ladder_runs_at_exact_times(self, world):
        world.subscribe()
        world.answer(500)
        world.emit()
        world.advance(hours=8)
        due = [0, *accumulate([5, 20, 80, 320, 1280, 5120, 20480])]
        assert world.attempts() == [(float(at), 500) for at in due]
        assert world.deliveries()[0]["status"] == "exhausted"

    def test_ladder_of_75_hours_succeeds_at_the_tenth_attempt(self, world):
        world.subscribe(retryPolicy={"delaysSeconds": LADDER, "maxDelaySeconds": 86400})
        world.answer(*[500] * 9, 200)
        world.emit()
        world.advance(hours=80)
        expected = [(float(at), 500) for at in [0, *accumulate(LADDER)]]
        assert world.attempts() == [*expected[:-1], (expected[-1][0], 200)]
        assert world.deliveries()[0]["status"] == "succeeded"

    def test_keeps_the_message_id_and_renews_token_and_timestamp(self, world):
        world.subscribe()
        world.answer(503, 503, 200)
        world.emit()
        world.advance(minutes=1)
        bodies = [json.loads(request.body) for request in world.http.sent]
        assert len({body["id"] for body in bodies}) == 1
        assert len({body["signature"]["token"] for body in bodies}) == 3
        stamps = [int(body["signature"]["timestamp"]) for body in bodies]
        assert [stamp - stamps[0] for stamp in stamps] == [0, 5, 25]

    def test_does_not_run_before_its_time(self, world):
        world.subscribe()
        world.answer(500)
        world.emit()
        world.advance(seconds=4.9)
        assert len(world.http.sent) == 1
        assert world.deliveries()[0]["nextAttemptAt"] == instant(START + timedelta(seconds=5))

    @pytest.mark.parametrize(
        ("reply", "error"),
        [
            (OutboundReply(302, {"location": "http://elsewhere.example"}), "redirect"),
            (OutboundReply(404), "non_2xx"),
            (OutboundReply(error="timeout"), "timeout"),
            (OutboundReply(error="dns"), "dns"),
        ],
    )
    def test_anything_but_2xx_is_a_failure(self, world, reply, error):
        world.subscribe()
        world.http.answers = [reply]
        world.emit()
        world.advance(seconds=0)
        assert world.all("delivery_attempt")[0]["error"] == error
        assert world.deliveries()[0]["status"] == "retry_scheduled"

    @pytest.mark.parametrize(("asked", "waited"), [("60", 60), ("1", 5), ("999999", 21600)])
    def test_honours_retry_after(self, world, asked, waited):
        world.subscribe()
        world.http.answers = [OutboundReply(429, {"retry-after": asked})]
        world.emit()
        world.advance(seconds=0)
        assert world.deliveries()[0]["nextAttemptAt"] == instant(START + timedelta(seconds=waited))

    def test_a_stop_status_ends_it_at_once(self, world):
        world.subscribe(retryPolicy={"stopStatusCodes": [400, 422]})
        world.answer(500, 422, 200)
        world.emit()
        world.advance(days=1)
        [delivery] = world.deliveries()
        assert (delivery["status"], delivery["lastStatusCode"]) == ("exhausted", 422)
        assert world.attempts() == [(0, 500), (5, 422)]

    def test_jitter_is_reproducible(self, world):
        webhook = world.subscribe(retryPolicy={"jitter": 0.5})
        world.answer(500)
        world.emit()
        world.advance(seconds=0)
        first = world.deliveries()[0]["nextAttemptAt"]
        assert START + timedelta(seconds=2.5) <= START + timedelta(seconds=7.5)
        assert first != instant(START + timedelta(seconds=5))
        assert webhook["retryPolicy"]["jitter"] == 0.5

    def test_a_crash_between_sending_and_recording_repeats_the_attempt(self, world):
        world.subscribe()
        world.emit()
        with world.workspace.transaction() as tx:
            begin(tx, world.deliveries()[0]["id"])
        world.advance(seconds=0)
        [delivery] = world.deliveries()
        assert (delivery["status"], delivery["attemptCount"]) == ("succeeded", 2)

    def test_a_result_for_a_world_that_was_reset_is_dropped(self, world):
        world.subscribe()
        world.emit()
        with world.workspace.transaction() as tx:
            attempt = begin(tx, world.deliveries()[0]["id"])
            deliveries.forget(tx, world.deliveries()[0])
            conclude(tx, attempt, OutboundReply(200))
        assert world.all("delivery_attempt") == []


class TestOrder:
    def test_strict_waits_for_what_came_before(self, world):
        world.subscribe()
        world.answer(500, 200)
        for event in ("registration.created", "registration.confirmed", "registration.cancelled"):
            world.emit(event)
        world.advance(seconds=4)
        assert [delivery["status"] for delivery in world.deliveries()] == [
            "retry_scheduled",
            "pending",
            "pending",
        ]
        world.advance(seconds=10)
        sent = [json.loads(request.body)["event"] for request in world.http.sent]
        assert sent == [
            "registration.created",
            "registration.created",
            "registration.confirmed",
            "registration.cancelled",
        ]

    def test_strict_goes_on_after_giving_up(self, world):
        world.subscribe(retryPolicy={"preset": "none"})
        world.answer(500, 200)
        world.emit("registration.created")
        world.emit("registration.confirmed")
        world.advance(seconds=1)
        assert [delivery["status"] for delivery in world.deliveries()] == ["exhausted", "succeeded"]

    def test_other_resources_do_not_wait(self, world):
        world.subscribe()
        world.answer(500, 200)
        world.emit(key="r-1")
        world.emit(key="r-2")
        world.advance(seconds=1)
        assert [delivery["status"] for delivery in world.deliveries()] == ["retry_scheduled", "succeeded"]

    def test_without_order_nothing_waits(self, world):
        world.subscribe(ordering="none")
        world.answer(500, 200)
        world.emit("registration.created")
        world.emit("registration.confirmed")
        world.advance(seconds=1)
        assert [delivery["status"] for delivery in world.deliveries()] == ["retry_scheduled", "succeeded"]


class TestGivingUp:
    def test_410_disables_and_cancels_the_rest(self, world):
        world.subscribe()
        world.answer(410)
        world.emit("registration.created")
        world.emit("registration.confirmed")
        world.advance(seconds=1)
        [webhook] = world.all("webhook")
        assert (webhook["status"], webhook["disabledReason"], webhook["version"]) == ("disabled", "gone", 2)
        assert [delivery["status"] for delivery in world.deliveries()] == ["exhausted", "cancelled"]
        assert len(world.http.sent) == 1

    def test_too_many_exhausted_in_a_row_disable_automatically(self, world):
        world.subscribe(retryPolicy={"preset": "none"}, disableAfterFailures=3)
        world.answer(500)
        for number in range(5):
            world.emit(key=f"r-{number}")
        world.advance(seconds=1)
        [webhook] = world.all("webhook")
        assert (webhook["status"], webhook["disabledReason"]) == ("auto_disabled", "failures")
        assert (
            sorted(delivery["status"] for delivery in world.deliveries())
            == ["cancelled"] * 2 + ["exhausted"] * 3
        )

    def test_a_success_between_starts_the_count_anew(self, world):
        world.subscribe(retryPolicy={"preset": "none"}, disableAfterFailures=2)
        world.answer(500, 200, 500)
        for number in range(3):
            world.emit(key=f"r-{number}")
            world.advance(seconds=1)
        assert (world.all("webhook")[0]["status"], world.all("webhook")[0]["consecutiveFailures"]) == (
            "active",
            1,
        )

    def test_a_url_that_is_no_longer_allowed_is_not_called(self, world):
        world.subscribe()
        world.http.refused = "leads to a network that is not public"
        world.emit()
        world.advance(seconds=0)
        assert (world.http.sent, world.all("delivery_attempt")[0]["error"]) == ([], "denied")


class TestManualRetry:
    def retry(self, world) -> None:
        with world.workspace.transaction() as tx:
            again.retry(tx, world.deliveries()[0])

    def test_an_exhausted_delivery_gets_a_whole_new_run(self, world):
        world.subscribe(retryPolicy={"maxAttempts": 2})
        world.answer(500, 500, 500, 200)
        world.emit()
        world.advance(minutes=1)
        self.retry(world)
        world.advance(minutes=1)
        assert (world.deliveries()[0]["status"], world.deliveries()[0]["attemptCount"]) == ("succeeded", 4)

    def test_a_waiting_one_runs_now(self, world):
        world.subscribe()
        world.answer(500, 200)
        world.emit()
        world.advance(seconds=1)
        self.retry(world)
        world.advance(seconds=0)
        assert world.attempts() == [(0.0, 500), (1.0, 200)]

    def test_keeps_the_order_of_what_is_about_the_same_object(self, world):
        world.subscribe(retryPolicy={"preset": "none"})
        world.answer(500, 500, 200)
        world.emit("registration.created")
        world.advance(seconds=1)
        world.emit("registration.confirmed")
        self.retry(world)
        world.advance(seconds=0)
        sent = [json.loads(request.body)["event"] for request in world.http.sent]
        assert sent == ["registration.created", "registration.confirmed", "registration.created"]
        assert [delivery["status"] for delivery in world.deliveries()] == ["exhausted", "succeeded"]

    def test_one_that_stands_behind_another_waits_for_it(self, world):
        world.subscribe(retryPolicy={"maxAttempts": 2})
        world.answer(500, 500, 500, 200)
        world.emit("registration.created")
        world.advance(minutes=1)
        world.emit("registration.confirmed")
        world.advance(seconds=1)
        first = next(delivery for delivery in world.deliveries() if delivery["status"] == "exhausted")
        for _ in range(2):  # the second time it waits already
            with world.workspace.transaction() as tx:
                again.retry(tx, tx.need("delivery", first["id"]))
            world.advance(seconds=0)
        assert len(world.http.sent) == 3
        world.advance(minutes=1)
        sent = [json.loads(request.body)["event"] for request in world.http.sent[3:]]
        assert sent == ["registration.confirmed", "registration.created"]

    def test_one_that_succeeded_is_refused(self, world):
        world.subscribe()
        world.emit()
        world.advance(seconds=0)
        with pytest.raises(DeliveryNotRetryable):
            self.retry(world)

    def test_of_a_disabled_subscription_is_refused(self, world):
        world.subscribe()
        world.answer(410)
        world.emit()
        world.advance(seconds=0)
        with pytest.raises(WebhookDisabled):
            self.retry(world)


class TestIsolation:
    def test_attempts_draw_nothing_that_calls_draw(self, world):
        world.subscribe()
        world.emit()
        before = world.workspace.store.draws
        world.advance(seconds=0)
        assert world.workspace.store.draws == before

    def test_many_at_once_are_all_delivered(self, world):
        world.subscribe(ordering="none")
        for number in range(100):
            world.emit(key=f"r-{number}")

        async def run() -> None:
            world.agenda.start()
            world.agenda.wake(world.workspace)
            await asyncio.sleep(0)
            while [d for d in world.deliveries() if d["status"] != "succeeded"]:
                await asyncio.sleep(0.01)
                await world.agenda.settle(world.workspace)
            await world.agenda.stop()

        asyncio.run(asyncio.wait_for(run(), 10))
        assert len(world.http.sent) == 100


class TestFork:
    def fork(self, world):
        """The same world under another id, as a test run gets it."""
        original = world.workspace
        world.workspace = Workspace(
            "ws_fork", original.store.fork(), original.kinds, reactions=original.reactions
        )
        return original

    def test_does_not_repeat_outside_what_the_original_sends(self, world):
        world.subscribe(ordering="none")
        world.answer(500)
        world.emit()
        world.advance(seconds=1)
        self.fork(world)
        world.advance(hours=1)
        assert len(world.http.sent) == 1
        assert world.deliveries()[0]["status"] == "cancelled"

    def test_delivers_what_happens_in_it(self, world):
        world.subscribe()
        self.fork(world)
        world.emit()
        world.advance(seconds=1)
        assert world.deliveries()[0]["status"] == "succeeded"

    def test_goes_on_with_its_own_copy_of_the_inspector(self, world):
        world.subscribe(url="https://inspector.sandbox.example/bin_0")
        world.answer(500, 200)
        world.emit()
        world.advance(seconds=1)
        self.fork(world)
        world.advance(hours=1)
        assert world.deliveries()[0]["status"] == "succeeded"
