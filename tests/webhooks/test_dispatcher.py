"""How many deliveries leave at once, how fast, and whether by themselves."""

import asyncio
import json
from datetime import timedelta
from itertools import pairwise

import pytest

from sandbox.kernel.ports import OutboundReply
from sandbox.webhooks import again, blocking, dispatcher, subscriptions
from tests.webhooks.conftest import SECRET


class Slow:
    """An HttpPort that notes how many calls are under way at once, and to where."""

    def __init__(self) -> None:
        self.under_way: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.most_in_all = 0

    async def send(self, request) -> OutboundReply:
        """Takes a few turns of the loop."""
        self.under_way[request.url] = self.under_way.get(request.url, 0) + 1
        self.most[request.url] = max(self.most.get(request.url, 0), self.under_way[request.url])
        self.most_in_all = max(self.most_in_all, sum(self.under_way.values()))
        for _ in range(20):
            await asyncio.sleep(0)
        self.under_way[request.url] -= 1
        return OutboundReply(200)

    def refusal(self, url: str) -> str:
        """None."""
        return ""


@pytest.fixture(name="slow")
def _slow(world):
    slow = Slow()
    world.agenda.ports = type(world.agenda.ports)(slow, "http://127.0.0.1:8080")
    return slow


def dispatch(world, **settings) -> None:
    with world.workspace.transaction() as tx:
        tx.put(dispatcher.KIND.name, {**dispatcher.AUTOMATIC, **settings})


def all_arrived(world):
    return lambda: all(delivery["status"] == "succeeded" for delivery in world.all("delivery"))


def run(world, most: int = 100):
    return asyncio.run(dispatcher.run(world.agenda, world.workspace, most))


def emit(world, count: int, **members) -> None:
    for number in range(count):
        world.emit(key=f"r-{number}", **members)


class TestConcurrency:
    def test_no_more_than_allowed_are_under_way_to_an_endpoint(self, world, slow):
        world.subscribe(ordering="none", maxConcurrency=3)
        emit(world, 40)
        world.live(all_arrived(world))
        assert slow.most == {"https://receiver.example/hook": 3}

    def test_one_endpoint_does_not_use_up_what_another_may(self, world, slow):
        world.subscribe(url="https://one.example/", maxConcurrency=1)
        world.subscribe(url="https://many.example/", maxConcurrency=8)
        emit(world, 20)
        world.live(all_arrived(world))
        assert slow.most == {"https://one.example/": 1, "https://many.example/": 8}

    def test_without_a_word_it_is_limited_all_the_same(self, world, slow):
        world.subscribe()
        emit(world, 100)
        world.live(all_arrived(world))
        assert slow.most["https://receiver.example/hook"] == dispatcher.MOST_AT_ONCE

    def test_of_a_workspace(self, world, slow):
        dispatch(world, maxParallel=4)
        world.subscribe(url="https://a.example/")
        world.subscribe(url="https://b.example/")
        emit(world, 20)
        world.live(all_arrived(world))
        assert slow.most_in_all == 4

    def test_order_about_one_object_is_kept(self, world):
        world.subscribe(maxConcurrency=2)
        for number in range(6):
            for key in ("a", "b", "c"):
                world.emit(key=key, number=number)
        world.live(all_arrived(world))
        seen = [json.loads(request.body)["data"] for request in world.http.sent]
        for key in ("a", "b", "c"):
            assert [data["number"] for data in seen if data["id"] == key] == list(range(6))


class TestRate:
    def test_attempts_are_evenly_spaced_on_the_clock(self, world):
        world.subscribe(ratePerSecond=2, ordering="none")
        emit(world, 5)
        world.advance(seconds=10)
        assert [at for at, _ in world.attempts()] == [0, 0.5, 1, 1.5, 2]

    def test_a_rate_below_one(self, world):
        world.subscribe(ratePerSecond=0.1)
        emit(world, 3)
        world.advance(seconds=19)
        assert [at for at, _ in world.attempts()] == [0, 10]

    def test_queued_work_stays_on_the_agenda(self, world):
        world.subscribe(ratePerSecond=1, ordering="none")
        emit(world, 4)
        world.advance(seconds=0)
        assert len(world.all("agenda")) == 3
        assert len(world.http.sent) == 1

    def test_never_more_in_a_second_than_allowed(self, world):
        world.subscribe(ratePerSecond=7, ordering="none")
        emit(world, 30)
        world.advance(seconds=10)
        times = [at for at, _ in world.attempts()]
        assert len(times) == 30
        assert min(later - sooner for sooner, later in pairwise(times)) >= 1 / 7

    def test_retries_count_too(self, world):
        world.subscribe(ratePerSecond=0.5, ordering="none")
        world.answer(500, 500, 200)
        emit(world, 3)
        world.advance(seconds=30)
        assert world.attempts() == [(0, 500), (2, 500), (4, 200), (6, 200), (8, 200)]

    def test_strict_order_is_kept(self, world):
        world.subscribe(ratePerSecond=1)
        for number in range(4):
            world.emit(number=number)
        world.advance(seconds=10)
        assert [json.loads(r.body)["data"]["number"] for r in world.http.sent] == [0, 1, 2, 3]
        assert [at for at, _ in world.attempts()] == [0, 1, 2, 3]

    def test_a_retry_by_hand_does_not_jump_the_line(self, world):
        world.subscribe(ratePerSecond=0.1, ordering="none", retryPolicy={"preset": "none"})
        world.answer(500, 200)
        emit(world, 2)
        world.advance(seconds=1)
        failed = next(delivery for delivery in world.deliveries() if delivery["status"] == "exhausted")
        with world.workspace.transaction() as tx:
            again.retry(tx, failed)
        world.advance(seconds=40)
        assert world.attempts() == [(0, 500), (10, 200), (20, 200)]

    def test_a_question_that_blocks_does_not_wait_for_its_turn(self, world):
        webhook = world.subscribe("booking.requested", ratePerSecond=0.01, blocking={"enabled": True})
        for number in range(3):
            with world.workspace.transaction() as tx:
                asked = blocking.pose(tx, "booking.requested", {"id": f"b-{number}"}, {}, [webhook])
            assert len(asked) == 1

    def test_a_clock_put_back_does_not_make_the_line_wait_for_years(self, world):
        world.subscribe(ratePerSecond=1, ordering="none")
        emit(world, 3)
        world.advance(days=1)
        with world.workspace.transaction() as tx:
            tx.set_clock("frozen", tx.now() - timedelta(hours=20))
        world.emit(key="later")
        world.advance(seconds=1)
        assert len(world.http.sent) == 4


class TestMode:
    @pytest.mark.parametrize("mode", ["manual", "paused"])
    def test_what_is_due_stays_due(self, world, mode):
        dispatch(world, mode=mode)
        world.subscribe()
        emit(world, 3)
        world.advance(hours=1)
        assert world.http.sent == []
        assert [delivery["status"] for delivery in world.deliveries()] == ["pending"] * 3
        assert len(world.all("agenda")) == 3

    def test_other_work_goes_on(self, world):
        dispatch(world, mode="paused")
        webhook = world.subscribe()
        world.emit()
        with world.workspace.transaction() as tx:
            until = tx.now() + timedelta(hours=1)
            subscriptions.keep_secret(tx, webhook["id"], SECRET, until)
        world.advance(hours=2)
        assert world.all("webhook_secret")[0]["previous"] is None

    def test_resumed_it_leaves_in_order(self, world):
        dispatch(world, mode="paused")
        world.subscribe()
        for number in range(3):
            world.emit(number=number)
        world.advance(seconds=5)
        dispatch(world, mode="auto")
        world.live(all_arrived(world))
        assert [json.loads(r.body)["data"]["number"] for r in world.http.sent] == [0, 1, 2]

    def test_run_attempts_what_is_due_in_the_order_in_which_it_was_made(self, world):
        dispatch(world, mode="manual")
        world.subscribe(ordering="none")
        emit(world, 12)
        ran = run(world)
        assert (ran["delivered"], ran["failed"], ran["remaining"]) == (12, 0, 0)
        sent = [json.loads(request.body)["data"]["id"] for request in world.http.sent]
        assert sent == [f"r-{number}" for number in range(12)]

    def test_run_stops_at_its_limit(self, world):
        dispatch(world, mode="manual")
        world.subscribe(ordering="none")
        world.answer(500, 200)
        emit(world, 5)
        ran = run(world, 2)
        assert (ran["delivered"], ran["failed"], ran["remaining"]) == (1, 1, 3)
        assert [delivery["status"] for delivery in ran["deliveries"]] == ["retry_scheduled", "succeeded"]

    def test_run_goes_down_a_lane(self, world):
        dispatch(world, mode="manual")
        world.subscribe()
        for number in range(3):
            world.emit(number=number)
        assert run(world)["delivered"] == 3

    def test_run_of_a_paused_dispatcher_delivers_nothing(self, world):
        dispatch(world, mode="paused")
        world.subscribe()
        world.emit()
        assert run(world) == {"delivered": 0, "failed": 0, "remaining": 1, "deliveries": []}
        assert world.http.sent == []

    def test_run_does_not_send_what_an_answer_before_it_called_off(self, world):
        dispatch(world, mode="manual")
        world.subscribe(ordering="none")
        world.answer(410)
        emit(world, 3)
        ran = run(world)
        assert (ran["delivered"], ran["failed"], ran["remaining"]) == (0, 1, 0)
        assert len(world.http.sent) == 1

    def test_speed_shortens_the_waits_between_attempts(self, world):
        dispatch(world, speedFactor=10)
        world.subscribe()
        world.answer(500, 500, 500, 200)
        world.emit()
        world.advance(seconds=60)
        assert world.attempts() == [(0, 500), (0.5, 500), (2.5, 500), (10.5, 200)]
