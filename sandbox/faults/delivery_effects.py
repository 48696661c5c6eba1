"""What goes wrong with webhook deliveries on purpose: one frozen record of settings per type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from sandbox.faults.effects import Aim, Draw, Effect
from sandbox.kernel.errors import FieldError

LONGEST_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class DeliveryEffect(Effect):
    """What all have in common: they are no answer to a call, and do not exclude one another."""

    aim: ClassVar[Aim] = "delivery"
    at_attempts: ClassVar[bool] = False
    """Whether it is decided anew at every attempt, not once for the message."""

    def drawn(self, chance: Draw) -> dict[str, Any]:
        """The settings as they apply to one message."""
        return {}


@dataclass(frozen=True, slots=True)
class DropWebhook(DeliveryEffect):
    """The message is lost on its way and never tried again."""

    type: ClassVar[str] = "drop_webhook"


@dataclass(frozen=True, slots=True)
class DuplicateWebhook(DeliveryEffect):
    """The message arrives again, under the same id."""

    type: ClassVar[str] = "duplicate_webhook"

    copies: int = 1

    def flaws(self) -> Iterator[FieldError]:
        """A few copies."""
        yield from _bounds("copies", self.copies, 1, 10)

    def drawn(self, chance: Draw) -> dict[str, Any]:
        """How many more."""
        return {"copies": self.copies}


@dataclass(frozen=True, slots=True)
class DelayWebhook(DeliveryEffect):
    """The message leaves late, and what has to come after it waits as well."""

    type: ClassVar[str] = "delay_webhook"

    delaySeconds: float = 0
    jitterSeconds: float = 0

    def flaws(self) -> Iterator[FieldError]:
        """At most a day."""
        yield from _bounds("delaySeconds", self.delaySeconds, 0, LONGEST_SECONDS)
        yield from _bounds("jitterSeconds", self.jitterSeconds, 0, LONGEST_SECONDS)

    def drawn(self, chance: Draw) -> dict[str, Any]:
        """How long, to the millisecond."""
        more = chance().uniform(0, self.jitterSeconds) if self.jitterSeconds else 0
        return {"delaySeconds": round(self.delaySeconds + more, 3)}


@dataclass(frozen=True, slots=True)
class ReorderWebhooks(DeliveryEffect):
    """Messages are held until a batch is complete, or too old, and leave the last one first."""

    type: ClassVar[str] = "reorder_webhooks"

    batch: int = 2
    withinSeconds: float = 5

    def flaws(self) -> Iterator[FieldError]:
        """At least two."""
        yield from _bounds("batch", self.batch, 2, 20)
        yield from _bounds("withinSeconds", self.withinSeconds, 1, LONGEST_SECONDS)

    def drawn(self, chance: Draw) -> dict[str, Any]:
        """How many, and how long the first of them waits at most."""
        return {"batch": self.batch, "withinSeconds": self.withinSeconds}


@dataclass(frozen=True, slots=True)
class CorruptSignature(DeliveryEffect):
    """An attempt carries a wrong signature, or another body under a right one."""

    type: ClassVar[str] = "corrupt_signature"
    at_attempts: ClassVar[bool] = True

    part: str = "signature"

    def flaws(self) -> Iterator[FieldError]:
        """One of two parts."""
        if self.part not in ("signature", "body"):
            yield FieldError("FAULT_INVALID", "/action/part", "is neither signature nor body")

    def drawn(self, chance: Draw) -> dict[str, Any]:
        """What is spoiled."""
        return {"part": self.part}


@dataclass(frozen=True, slots=True)
class StaleTimestamp(DeliveryEffect):
    """An attempt is signed for a time long past."""

    type: ClassVar[str] = "stale_timestamp"
    at_attempts: ClassVar[bool] = True

    ageSeconds: int = 3600

    def flaws(self) -> Iterator[FieldError]:
        """At most a day, and at least a second."""
        yield from _bounds("ageSeconds", self.ageSeconds, 1, LONGEST_SECONDS)

    def drawn(self, chance: Draw) -> dict[str, Any]:
        """How old."""
        return {"ageSeconds": self.ageSeconds}


@dataclass(frozen=True, slots=True)
class EarlyWebhook(DeliveryEffect):
    """The message is delivered before the call that caused it is answered."""

    type: ClassVar[str] = "early_webhook"


def _bounds(name: str, value: float, least: float, most: float) -> Iterator[FieldError]:
    if not least <= value <= most:
        yield FieldError("FAULT_INVALID", f"/action/{name}", f"is not within {least} … {most}")


DELIVERY_EFFECTS: dict[str, type[DeliveryEffect]] = {
    effect.type: effect
    for effect in (
        DropWebhook,
        DuplicateWebhook,
        DelayWebhook,
        ReorderWebhooks,
        CorruptSignature,
        StaleTimestamp,
        EarlyWebhook,
    )
}
