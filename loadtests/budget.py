"""What a load run must keep to, and whether it did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Budget(NamedTuple):
    """Limits of a run. `error_percent` counts 5xx and answers that the suite did not expect."""

    error_percent: float = 1.0
    p95_ms: float = 500.0
    least_requests: int = 50


class Profile(NamedTuple):
    """How many users, how quickly they come, for how long."""

    users: int
    spawn_rate: float
    seconds: int
    budget: Budget = Budget()


PROFILES = {
    "quick": Profile(5, 5, 10),
    "smoke": Profile(5, 5, 60),
    "baseline": Profile(50, 10, 600, Budget(least_requests=5000)),
    "spike": Profile(300, 10, 60, Budget(least_requests=5000)),
    "soak": Profile(30, 5, 3600, Budget(least_requests=50000)),
}


class Measured(NamedTuple):
    """One line of a run's statistics."""

    name: str
    requests: int
    failures: int
    p95_ms: float


def breaches(
    total: Measured, lines: Iterable[Measured], budget: Budget, oversold: Iterable[str] = ()
) -> list[str]:
    """Everything that was outside the budget; empty when the run is good."""
    found = [f"oversold: {what}" for what in oversold]
    if total.requests < budget.least_requests:
        found.append(f"only {total.requests} requests, at least {budget.least_requests} make a measurement")
    percent = 100 * total.failures / total.requests if total.requests else 100.0
    if percent > budget.error_percent:
        found.append(f"{percent:.2f} % errors, allowed are {budget.error_percent:g} %")
    found += [
        f"{line.name}: p95 {line.p95_ms:.0f} ms, allowed are {budget.p95_ms:g} ms"
        for line in lines
        if line.p95_ms > budget.p95_ms
    ]
    return found
