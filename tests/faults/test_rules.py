"""Rules decide about one call, from facts and drawn chance alone."""

from __future__ import annotations

from random import Random

import pytest

from sandbox.faults.effects import Delay, NoEffect, Respond
from sandbox.faults.rules import UNTOUCHED, Facts, FaultRule, Match, decide, glob
from sandbox.kernel.errors import ServiceUnavailable, SlotUnavailable

FACTS = Facts("createBooking", "POST", "/api/v1/bookings", "key_1", {"x-test": "1"}, b'{"note": "boom"}')
DOWN = Respond(status=503)


def seeded() -> Random:
    return Random(7)


def no_chance() -> Random:
    raise AssertionError("nothing had to be drawn")


class TestMatch:
    def test_an_empty_match_means_every_call(self):
        assert Match().difference(FACTS) == []

    @pytest.mark.parametrize(
        ("match", "expected"),
        [
            (Match(operation_ids=("listEvents",)), "operationId is createBooking, not listEvents"),
            (Match(methods=("GET", "PUT")), "method is POST, not GET or PUT"),
            (Match(path_pattern="/api/v1/*/x"), "path /api/v1/bookings does not match /api/v1/*/x"),
            (Match(credential_ids=("key_2",)), "credential is key_1, not key_2"),
            (Match(headers={"X-Test": "2"}), "header X-Test is not '2'"),
            (Match(body_contains="bang"), "the body does not contain 'bang'"),
            (Match(provider="stripe"), "provider is none, not stripe"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_difference_is_said_in_words(self, match, expected):
        assert [expected] == match.difference(FACTS)
        assert not match.holds(FACTS)

    def test_every_condition_that_holds_is_no_difference(self):
        match = Match(("createBooking",), "/api/**", ("POST",), ("key_1",), {"X-Test": "1"}, "boom")
        assert match.holds(FACTS)

    def test_the_token_endpoints_are_meant_only_by_name(self):
        facts = Facts("issueToken", "POST", "/oauth/token")
        assert not Match(methods=("POST",)).holds(facts)
        assert Match(operation_ids=("issueToken",)).holds(facts)
        assert Match(path_pattern="/oauth/**").holds(facts)

    def test_a_star_stays_within_a_segment_and_two_stars_do_not(self):
        assert glob("/api/v1/*").fullmatch("/api/v1/events")
        assert not glob("/api/v1/*").fullmatch("/api/v1/events/1")
        assert glob("/api/v1/**").fullmatch("/api/v1/events/1")
        assert not glob("/api/v1/event.").fullmatch("/api/v1/events")


class TestDecide:
    def test_no_rule_leaves_the_call_untouched(self):
        assert UNTOUCHED is decide([], FACTS, no_chance)
        assert not UNTOUCHED

    def test_delays_add_up_until_a_rule_answers(self):
        slow = [FaultRule(f"slow{n}", Match(), Delay(fixedMs=100)) for n in range(2)]
        outcome = decide(
            [*slow, FaultRule("down", Match(), DOWN), FaultRule("late", Match(), DOWN)], FACTS, no_chance
        )
        assert outcome.hits == ("slow0", "slow1", "down")
        assert pytest.approx(outcome.seconds) == 0.2

    def test_the_highest_priority_comes_first(self):
        rules = [FaultRule("low", Match(), DOWN), FaultRule("high", Match(), DOWN, priority=1)]
        assert decide(rules, FACTS, no_chance).hits == ("high",)

    def test_a_rule_of_the_other_phase_waits_for_its_own(self):
        assert not decide([FaultRule("after", Match(), DOWN, phase="after")], FACTS, no_chance)

    def test_a_spent_rule_is_silent(self):
        assert not decide([FaultRule("once", Match(), DOWN, times=1, hits=1)], FACTS, no_chance)

    def test_a_rule_counts_only_within_its_time(self):
        rule = FaultRule("timed", Match(), DOWN, active_from="2026-01-02", active_until="2026-01-04")
        hits = [bool(decide([rule], Facts(at=f"2026-01-0{day}"), no_chance)) for day in range(1, 6)]
        assert hits == [False, True, True, False, False]

    def test_a_sequence_gives_each_hit_its_turn_and_begins_anew(self):
        turns = (DOWN, NoEffect())
        seen = [
            decide([FaultRule("f", Match(), DOWN, sequence=turns, hits=n)], FACTS, no_chance).effect
            for n in range(4)
        ]
        assert [DOWN, NoEffect(), DOWN, NoEffect()] == seen

    def test_toxicity_is_the_share_of_calls_hit(self):
        rule, chance = FaultRule("half", Match(), DOWN, toxicity=0.5), Random(1)
        hits = sum(bool(decide([rule], FACTS, lambda: chance)) for _ in range(1000))
        assert 450 < hits < 550

    def test_the_same_draws_give_the_same_wait(self):
        rule = FaultRule("noisy", Match(), Delay(lognormal={"medianMs": 200, "sigma": 1}))
        assert decide([rule], FACTS, seeded) == decide([rule], FACTS, seeded)


class TestAnswer:
    def test_a_code_is_raised_as_its_error_with_status_and_headers(self):
        with pytest.raises(SlotUnavailable) as caught:
            decide(
                [FaultRule("f", Match(), Respond(errorCode="SLOT_UNAVAILABLE", headers={"A": "b"}))],
                FACTS,
                seeded,
            ).answer()
        assert (caught.value.status, caught.value.headers) == (409, {"A": "b"})

    def test_a_status_overrides_that_of_the_code(self):
        with pytest.raises(ServiceUnavailable) as caught:
            Respond(status=500, errorCode="SERVICE_UNAVAILABLE").answer("a test")
        assert caught.value.status == 500
        assert ServiceUnavailable.status == 503

    def test_a_bare_status_is_a_simulated_fault(self):
        with pytest.raises(Exception) as caught:
            Respond(status=418).answer("fault flt_1")
        assert (caught.value.code, caught.value.status) == ("SIMULATED_FAULT", 418)

    def test_a_body_of_ones_own_is_a_reply(self):
        reply = Respond(status=502, body={"upstream": "gone"}).answer("a test")
        assert (reply.status, reply.body) == (502, {"upstream": "gone"})

    def test_a_miss_leaves_the_real_answer(self):
        assert NoEffect().answer("a test") is None
        assert UNTOUCHED.answer() is None
