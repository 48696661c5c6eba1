"""The budget of a load run."""

from __future__ import annotations

from loadtests.budget import Budget, Measured, breaches

GOOD = Measured("book", 1000, 2, 80.0)


class TestBreaches:
    def test_a_good_run_has_none(self) -> None:
        assert breaches(GOOD, [GOOD], Budget()) == []

    def test_too_many_errors(self) -> None:
        assert breaches(GOOD._replace(failures=11), [GOOD], Budget()) == ["1.10 % errors, allowed are 1 %"]

    def test_one_slow_operation_is_named_even_if_the_total_is_quick(self) -> None:
        slow = Measured("search slots", 10, 0, 900.0)
        assert breaches(GOOD, [GOOD, slow], Budget()) == ["search slots: p95 900 ms, allowed are 500 ms"]

    def test_a_run_without_requests_never_passes(self) -> None:
        assert len(breaches(Measured("total", 0, 0, 0.0), [], Budget())) == 2

    def test_overselling_is_never_within_budget(self) -> None:
        assert breaches(GOOD, [GOOD], Budget(), ["25 seats, 26 sold"]) == ["oversold: 25 seats, 26 sold"]
