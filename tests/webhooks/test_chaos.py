"""What goes wrong with deliveries on purpose: drawn from the seed, and told in the log."""

import json
from collections import Counter

import pytest

from sandbox.control.faults import BLANK
from sandbox.kernel.errors import FaultInvalid
from sandbox.webhooks import again, chaos
from sandbox.webhooks.chaos import compiled
from sandbox.webhooks.verification import verify
from tests.webhooks.conftest import SECRET, START


def fault(world, action, **members):
    """A rule about deliveries."""
    with world.workspace.transaction() as tx:
        rule = {**BLANK, "id": tx.new_id("fault"), "hits": 0, "createdAt": tx.stamp(), "action": action}
        return tx.put("fault", {**rule, **members})


def numbers(world):
    return [json.loads(request.body)["data"]["number"] for request in world.http.sent]


def emit(world, count):
    for number in range(count):
        world.emit(key=f"r-{number}", number=number)


def verdicts(world):
    return [
        verify(
            SECRET, {k.lower(): v for k, v in request.headers.items()}, request.body, int(START.timestamp())
        )
        for request in world.http.sent
    ]


def told(world):
    """What each attempt says went wrong with it."""
    found = sorted(world.all("delivery_attempt"), key=lambda attempt: (attempt["at"], attempt["id"]))
    return [[each["effect"] for each in attempt["chaos"]] for attempt in found]


class TestDrop:
    def test_is_logged_as_an_attempt_and_never_arrives(self, world):
        world.subscribe(chaos=[{"type": "drop_webhook"}])
        world.emit()
        world.advance(days=1)
        assert world.http.sent == []
        [delivery] = world.deliveries()
        assert (delivery["status"], delivery["attemptCount"]) == ("skipped", 1)
        [attempt] = world.all("delivery_attempt")
        assert (attempt["error"], attempt["chaos"]) == (
            "dropped",
            [{"effect": "drop_webhook", "by": "subscription"}],
        )

    def test_counts_against_nobody(self, world):
        world.subscribe(chaos=[{"type": "drop_webhook"}], disableAfterFailures=1)
        emit(world, 3)
        world.advance(seconds=1)
        [webhook] = world.all("webhook")
        assert (webhook["status"], webhook["consecutiveFailures"]) == ("active", 0)

    def test_does_not_hold_up_what_comes_after_it(self, world):
        world.subscribe()
        rule = fault(world, {"type": "drop_webhook"}, times=1)
        world.emit(number=1)
        world.emit(number=2)
        world.advance(seconds=0)
        assert numbers(world) == [2]
        assert world.all("fault")[0]["hits"] == 1
        assert world.deliveries()[0]["chaos"] == [{"effect": "drop_webhook", "by": rule["id"]}]

    def test_what_was_lost_can_be_sent_again(self, world):
        world.subscribe(chaos=[{"type": "drop_webhook"}])
        world.emit()
        world.advance(seconds=0)
        with world.workspace.transaction() as tx:
            again.retry(tx, world.deliveries()[0])
        world.advance(seconds=0)
        assert world.deliveries()[0]["status"] == "succeeded"


class TestDuplicate:
    def test_arrives_again_under_the_same_id(self, world):
        world.subscribe(chaos=[{"type": "duplicate_webhook", "copies": 2}])
        world.emit()
        world.advance(seconds=0)
        assert len(world.http.sent) == 3
        assert len({json.loads(request.body)["id"] for request in world.http.sent}) == 1
        assert sorted(delivery["trigger"] for delivery in world.deliveries()) == [
            "live",
            "simulated",
            "simulated",
        ]
        assert told(world) == [["duplicate_webhook"]] * 3

    def test_a_copy_has_no_copies(self, world):
        world.subscribe(chaos=[{"type": "duplicate_webhook"}])
        fault(world, {"type": "duplicate_webhook"})
        world.emit()
        world.advance(seconds=0)
        assert len(world.http.sent) == 2


class TestDelay:
    def test_leaves_late(self, world):
        world.subscribe(chaos=[{"type": "delay_webhook", "delaySeconds": 90}])
        world.emit()
        world.advance(minutes=5)
        assert world.attempts() == [(90, 200)]

    def test_holds_up_what_has_to_come_after_it(self, world):
        world.subscribe()
        fault(world, {"type": "delay_webhook", "delaySeconds": 60}, times=1)
        world.emit(number=1)
        world.emit(number=2)
        world.advance(minutes=5)
        assert numbers(world) == [1, 2]
        assert [at for at, _ in world.attempts()] == [60, 60]

    def test_is_drawn_from_the_seed(self, world):
        world.subscribe(chaos=[{"type": "delay_webhook", "delaySeconds": 10, "jitterSeconds": 20}])
        emit(world, 8)
        world.advance(minutes=1)
        waits = [at for at, _ in world.attempts()]
        assert all(10 <= wait <= 30 for wait in waits)
        assert len(set(waits)) == 8


class TestReorder:
    def test_a_batch_leaves_the_last_one_first(self, world):
        world.subscribe(chaos=[{"type": "reorder_webhooks", "batch": 3}])
        emit(world, 6)
        world.advance(seconds=0)
        first, second = ([n for n in numbers(world) if n // 3 == batch] for batch in (0, 1))
        assert (first, second) == ([2, 1, 0], [5, 4, 3])

    def test_whatever_the_subscription_says_about_order(self, world):
        world.subscribe(ordering="strict", chaos=[{"type": "reorder_webhooks"}])
        world.emit(number=1)
        world.emit(number=2)
        world.advance(seconds=0)
        assert numbers(world) == [2, 1]

    def test_one_that_waits_for_others_in_vain_leaves_alone(self, world):
        world.subscribe(chaos=[{"type": "reorder_webhooks", "withinSeconds": 7}])
        world.emit(number=1)
        world.advance(seconds=6)
        assert world.http.sent == []
        world.advance(seconds=1)
        assert world.attempts() == [(7, 200)]
        world.emit(number=2)
        world.emit(number=3)
        world.advance(seconds=0)
        assert numbers(world) == [1, 3, 2]

    def test_the_next_leaves_though_the_one_before_failed(self, world):
        world.subscribe(chaos=[{"type": "reorder_webhooks"}])
        world.answer(500, 200)
        emit(world, 2)
        world.advance(seconds=1)
        assert numbers(world) == [1, 0]
        world.advance(seconds=10)
        assert numbers(world) == [1, 0, 1]


class TestSignature:
    @pytest.mark.parametrize("part", ["signature", "body"])
    def test_is_corrupt(self, world, part):
        world.subscribe(chaos=[{"type": "corrupt_signature", "part": part}])
        world.emit()
        world.advance(seconds=0)
        assert [verdict["reason"] for verdict in verdicts(world)] == ["signature_mismatch"]
        assert told(world) == [["corrupt_signature"]]

    def test_is_of_long_ago(self, world):
        world.subscribe(chaos=[{"type": "stale_timestamp", "ageSeconds": 600}])
        world.emit()
        world.advance(seconds=0)
        assert [verdict["reason"] for verdict in verdicts(world)] == ["timestamp_too_old"]

    def test_is_drawn_anew_at_every_attempt(self, world):
        world.subscribe(retryPolicy={"maxAttempts": 16})
        fault(world, {"type": "corrupt_signature"}, probability=0.5)
        world.answer(500)
        world.emit()
        world.advance(days=30)
        effects = Counter(map(tuple, told(world)))
        assert set(effects) == {(), ("corrupt_signature",)}
        assert world.all("fault")[0]["hits"] == effects["corrupt_signature",]

    def test_what_a_trigger_spoiled_is_told_too(self, world):
        from sandbox.webhooks import triggers
        from sandbox.webhooks.catalogue import EVENT_TYPES

        webhook = world.subscribe()
        with world.workspace.transaction() as tx:
            triggers.send(
                tx, EVENT_TYPES["webhook.ping"], None, [webhook], triggers.Plan(corrupt="timestamp")
            )
        world.advance(seconds=0)
        [attempt] = world.all("delivery_attempt")
        assert attempt["chaos"] == [{"effect": "stale_timestamp", "by": "trigger", "ageSeconds": 3600}]


class TestRules:
    def test_hit_only_what_they_are_narrowed_to(self, world):
        one = world.subscribe(url="https://one.example/")
        world.subscribe(url="https://two.example/")
        match = {"webhookIds": [one["id"]], "eventTypes": ["booking.*"]}
        fault(world, {"type": "drop_webhook"}, match=match)
        world.emit("registration.confirmed")
        world.emit("booking.created", kind="booking", key="b-1")
        world.advance(seconds=0)
        assert sorted(request.url for request in world.http.sent) == [
            "https://one.example/",
            "https://two.example/",
            "https://two.example/",
        ]

    def test_more_than_one_can_strike(self, world):
        world.subscribe(chaos=[{"type": "stale_timestamp"}])
        rule = fault(world, {"type": "duplicate_webhook"})
        world.emit()
        world.advance(seconds=0)
        assert told(world) == [["duplicate_webhook", "stale_timestamp"]] * 2
        by = {each["by"] for attempt in world.all("delivery_attempt") for each in attempt["chaos"]}
        assert by == {"subscription", rule["id"]}

    @pytest.mark.parametrize(
        "members",
        [
            {"enabled": False},
            {"times": 1, "hits": 1},
            {"probability": 0.0},
            {"activeFrom": "2030-01-01T00:00:00.000Z"},
            {"activeUntil": "2020-01-01T00:00:00.000Z"},
        ],
        ids=str,
    )
    def test_rest_when_they_are_not_in_force(self, world, members):
        world.subscribe()
        fault(world, {"type": "drop_webhook"}, **members)
        world.emit()
        world.advance(seconds=0)
        assert len(world.http.sent) == 1

    def test_the_same_seed_and_calls_give_the_same_chaos(self, world):
        """In the order of causes, whenever and in whatever order attempts are made."""
        world.subscribe(chaos=[{"type": "drop_webhook", "probability": 0.5}])
        emit(world, 40)
        first = [delivery["_lost"] for delivery in world.deliveries()]
        assert {True, False} == set(first)
        store = world.workspace.store
        labels = [delivery["id"] for delivery in world.deliveries()]
        assert first == [
            world.workspace.chance.random(f"chaos:{label}", 1).random() < 0.5 for label in labels
        ]
        before = store.draws
        world.advance(seconds=1)
        assert store.draws == before

    def test_a_question_that_blocks_is_spared(self, world):
        from sandbox.webhooks import blocking

        webhook = world.subscribe(
            "booking.requested", chaos=[{"type": "drop_webhook"}], blocking={"enabled": True}
        )
        with world.workspace.transaction() as tx:
            posed = blocking.pose(tx, "booking.requested", {"id": "b-1"}, {}, [webhook])
        assert len(posed) == 1

    @pytest.mark.parametrize(
        "action",
        [
            {"type": "duplicate_webhook", "copies": 0},
            {"type": "delay_webhook", "delaySeconds": -1},
            {"type": "reorder_webhooks", "batch": 1},
            {"type": "corrupt_signature", "part": "header"},
            {"type": "stale_timestamp", "ageSeconds": 0},
            {"type": "drop_webhook", "copies": 2},
            {"type": "explode"},
        ],
        ids=str,
    )
    def test_what_makes_no_sense_is_refused(self, action):
        with pytest.raises(FaultInvalid):
            compiled(action)


class TestEarly:
    def test_is_told_once_to_who_answers_the_cause(self, world):
        world.subscribe(chaos=[{"type": "early_webhook"}])
        world.emit()
        [delivery] = world.deliveries()
        correlation = delivery["correlationId"]
        assert chaos.wanted_early(world.workspace, correlation) == [f"webhook.deliver:{delivery['id']}"]
        assert chaos.wanted_early(world.workspace, correlation) == []
