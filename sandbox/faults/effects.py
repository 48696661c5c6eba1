"""What a fault does: one frozen record of settings per type, in a registry by type name.

An effect carries settings only; whoever applies it waits `seconds` and then asks for the `answer`. A new one
is a record, its name in `decoding`, and its schema in the contract.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import exp
from typing import Any, ClassVar, Literal, Protocol

from sandbox.kernel.errors import BY_CODE, FieldError, SimulatedFault
from sandbox.kernel.replies import Reply


class Dice(Protocol):
    """What is drawn from: a generator of the workspace's chance."""

    def random(self) -> float:
        """From 0 up to 1."""

    def uniform(self, a: float, b: float) -> float:
        """From a to b."""

    def gauss(self, mu: float, sigma: float) -> float:
        """Around mu."""


Draw = Callable[[], Dice]
"""Asked for a generator only by who has to draw, so that a fixed fault costs no draw."""

LONGEST_DELAY_MS = 60_000
BODILESS = frozenset({204, 205, 304})

Aim = Literal["call", "delivery"]


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that goes wrong; what a kind of it leaves unsaid stays as it would have been."""

    type: ClassVar[str] = ""
    aim: ClassVar[Aim] = "call"
    """What it goes wrong with."""
    ends: ClassVar[bool] = False
    """Whether it replaces the real answer: no later rule is asked then."""

    def flaws(self) -> Iterator[FieldError]:
        """What is contradictory or out of bounds in the settings."""
        yield from ()

    def seconds(self, chance: Draw) -> float:
        """How long to wait before anything else happens."""
        return 0.0

    def answer(self, origin: str) -> Reply | None:
        """What to reply instead of the real answer; raises where that is an error of the catalogue."""
        return None


@dataclass(frozen=True, slots=True)
class NoEffect(Effect):
    """The miss: a rule's turn in which nothing goes wrong."""

    type: ClassVar[str] = "none"
    ends: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Respond(Effect):
    """Answers with an error of the catalogue (`errorCode`), a bare status, or a body of one's own."""

    type: ClassVar[str] = "respond"
    ends: ClassVar[bool] = True

    status: int | None = None
    errorCode: str | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def flaws(self) -> Iterator[FieldError]:
        """An answer needs a status or a code, a known one, and at most one kind of body."""
        if self.status is None and self.errorCode is None:
            yield FieldError("FAULT_INVALID", "/action", "a respond action needs status or errorCode")
        if self.errorCode is not None and self.errorCode not in BY_CODE:
            yield FieldError("FAULT_INVALID", "/action/errorCode", f"{self.errorCode} is not an error code")
        if self.errorCode is not None and self.body is not None:
            yield FieldError("FAULT_INVALID", "/action/body", "errorCode brings its own body")
        if self.body is not None and self.status in BODILESS:
            yield FieldError("FAULT_INVALID", "/action/body", f"a {self.status} has no body")
        for name, value in self.headers.items():
            if not name.isascii() or any(character in name + value for character in "\r\n\0"):
                yield FieldError("FAULT_INVALID", "/action/headers", f"{name!r} is not a header")

    def answer(self, origin: str) -> Reply | None:
        """The reply, or the error with this status and these headers."""
        kind = BY_CODE[self.errorCode] if self.errorCode else SimulatedFault
        status = self.status or kind.status
        if self.body is not None or status < 400:
            return Reply(status, self.body, dict(self.headers))
        error = kind(details=f"injected by {origin}", headers=dict(self.headers))
        error.status = status
        raise error


@dataclass(frozen=True, slots=True)
class Delay(Effect):
    """Waits: a fixed time, or one drawn anew for each call from a uniform or lognormal distribution."""

    type: ClassVar[str] = "delay"

    fixedMs: float | None = None
    uniform: Mapping[str, float] | None = None
    lognormal: Mapping[str, float] | None = None

    def flaws(self) -> Iterator[FieldError]:
        """Exactly one distribution, within a minute."""
        given = [self.fixedMs, self.uniform, self.lognormal]
        if sum(part is not None for part in given) != 1:
            yield FieldError(
                "FAULT_INVALID", "/action", "a delay needs exactly one of fixedMs, uniform, lognormal"
            )
        elif self.fixedMs is not None and not 0 <= self.fixedMs <= LONGEST_DELAY_MS:
            yield FieldError("FAULT_INVALID", "/action/fixedMs", f"is not within 0 … {LONGEST_DELAY_MS}")
        elif (
            self.uniform is not None
            and not 0 <= self.uniform["min"] <= self.uniform["max"] <= LONGEST_DELAY_MS
        ):
            yield FieldError("FAULT_INVALID", "/action/uniform", f"needs 0 ≤ min ≤ max ≤ {LONGEST_DELAY_MS}")
        elif self.lognormal is not None and not 0 < self.lognormal["medianMs"] <= LONGEST_DELAY_MS:
            yield FieldError("FAULT_INVALID", "/action/lognormal", f"needs 0 < medianMs ≤ {LONGEST_DELAY_MS}")

    def seconds(self, chance: Draw) -> float:
        """The wait; whatever the draw, at most a minute."""
        if self.fixedMs is not None:
            milliseconds = self.fixedMs
        elif self.uniform is not None:
            milliseconds = chance().uniform(self.uniform["min"], self.uniform["max"])
        else:
            shape = self.lognormal or {"medianMs": 0.0, "sigma": 0.0}
            milliseconds = shape["medianMs"] * exp(min(chance().gauss(0.0, shape["sigma"]), 20.0))
        return min(milliseconds, LONGEST_DELAY_MS) / 1000
