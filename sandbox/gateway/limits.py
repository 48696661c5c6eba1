"""The three limiters: quota per minute, burst, and requests under way; each caller has its own."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from sandbox.kernel.errors import BurstLimitExceeded, ConcurrencyLimitExceeded, RateLimitExceeded

WINDOW = 60


@dataclass(frozen=True, slots=True)
class Tier:
    """Requests per minute, burst capacity and concurrent requests of one kind of client."""

    limit: int
    burst: int
    concurrent: int


class Meter:
    """One caller's state under the three limiters; times are wall-clock seconds handed in."""

    __slots__ = ("_filled_at", "_tokens", "_window", "in_flight", "policy", "tier", "used")

    def __init__(self, tier: Tier, now: float) -> None:
        self.tier = tier
        self.policy: object = None
        """The document that the tier was last read from."""
        self.used = 0
        self.in_flight = 0
        self._window = int(now // WINDOW)
        self._tokens = float(tier.burst)
        self._filled_at = now

    def enter(self, now: float) -> None:
        """Count a request in; raises the error of the first limiter that trips, and then counts nothing."""
        tier = self.tier
        window = int(now // WINDOW)
        if window != self._window:
            self._window, self.used = window, 0
        passed, tokens = now - self._filled_at, self._tokens
        if passed > 0:  # a machine's clock may be set back: nobody is charged for that
            tokens = min(tier.burst, tokens + passed * tier.limit / WINDOW)
        self._filled_at, self._tokens = now, tokens
        if self.used >= tier.limit:
            raise RateLimitExceeded(
                details=f"{tier.limit} requests a minute", retry_after=self.seconds_left(now)
            )
        if tokens < 1:
            wait = max(1, ceil((1 - tokens) * WINDOW / tier.limit))
            raise BurstLimitExceeded(details=f"{tier.burst} requests at once", retry_after=wait)
        if self.in_flight >= tier.concurrent:
            raise ConcurrencyLimitExceeded(details=f"{tier.concurrent} requests under way", retry_after=1)
        self._tokens = tokens - 1
        self.used += 1
        self.in_flight += 1

    def leave(self) -> None:
        """A request that entered has ended."""
        self.in_flight -= 1

    def take_back(self) -> None:
        """A request that entered was another caller's."""
        self._tokens += 1
        self.used = max(self.used - 1, 0)
        self.leave()

    @property
    def remaining(self) -> int:
        """What the window has left."""
        return max(self.tier.limit - self.used, 0)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """What the caller is told on every response."""
        return [
            (b"x-ratelimit-limit", b"%d" % self.tier.limit),
            (b"x-ratelimit-remaining", b"%d" % self.remaining),
            (b"x-ratelimit-reset", b"%d" % self.reset),
        ]

    @property
    def reset(self) -> int:
        """When the window ends, in epoch seconds."""
        return (self._window + 1) * WINDOW

    def seconds_left(self, now: float) -> int:
        """Until the window ends, at least one."""
        return max(1, ceil(self.reset - now))
