"""Which calls a fault hits: rules and the pure decision about one call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from sandbox.faults.effects import Aim, Draw, Effect, NoEffect
from sandbox.kernel.replies import Reply

Phase = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may ask about one exchange. `provider` names the mock that is called, if one is.

    Of a delivery: its subscription, and every name that its event goes by."""

    operation_id: str = ""
    method: str = ""
    path: str = ""
    credential_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    provider: str | None = None
    phase: Phase = "before"
    at: str = ""
    aim: Aim = "call"
    webhook_id: str = ""
    event_types: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def glob(pattern: str) -> re.Pattern[str]:
    """A path pattern: `*` within one segment, `**` across segments, `?` one character."""
    parts = re.split(r"(\*\*|\*|\?)", pattern)
    meaning = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts))


@dataclass(frozen=True, slots=True)
class Match:
    """Conditions; an empty one does not restrict, but spares the token endpoints."""

    operation_ids: tuple[str, ...] = ()
    path_pattern: str | None = None
    methods: tuple[str, ...] = ()
    credential_ids: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body_contains: str | None = None
    provider: str | None = None
    webhook_ids: tuple[str, ...] = ()
    event_types: tuple[str, ...] = ()

    def difference(self, facts: Facts) -> list[str]:
        """Why the call is not meant; empty when it is."""
        return list(self._differences(facts))

    def holds(self, facts: Facts) -> bool:
        """Whether the call is meant; stops at the first difference."""
        return next(self._differences(facts), None) is None

    def _differences(self, facts: Facts) -> Iterator[str]:
        if facts.provider != self.provider:
            yield f"provider is {facts.provider or 'none'}, not {self.provider or 'none'}"
        lists = (
            ("operationId", facts.operation_id, self.operation_ids),
            ("method", facts.method, self.methods),
            ("credential", facts.credential_id, self.credential_ids),
            ("webhook", facts.webhook_id, self.webhook_ids),
        )
        for what, have, wanted in lists:
            if wanted and have not in wanted:
                yield f"{what} is {have or 'none'}, not {' or '.join(wanted)}"
        if self.event_types and set(self.event_types).isdisjoint(facts.event_types):
            yield f"the event is not {' or '.join(self.event_types)}"
        yield from self._path_difference(facts.path)
        for name, value in self.headers.items():
            if facts.headers.get(name.lower()) != value:
                yield f"header {name} is not {value!r}"
        if self.body_contains and self.body_contains.encode() not in facts.body:
            yield f"the body does not contain {self.body_contains!r}"

    def _path_difference(self, path: str) -> Iterator[str]:
        if self.path_pattern and not glob(self.path_pattern).fullmatch(path):
            yield f"path {path} does not match {self.path_pattern}"
        if path.startswith("/oauth/") and not (self.operation_ids or self.path_pattern):
            yield "the token endpoints are meant only by name, so that a test can always recover"


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One fault. `sequence` gives each hit its own effect, over and over; without it all are alike."""

    id: str
    match: Match
    effect: Effect
    phase: Phase = "before"
    toxicity: float = 1.0
    times: int | None = None
    priority: int = 0
    sequence: tuple[Effect, ...] = ()
    hits: int = 0
    active_from: str = ""
    active_until: str = ""

    def turn(self) -> Effect:
        """The effect of the next hit."""
        return self.sequence[self.hits % len(self.sequence)] if self.sequence else self.effect

    def awake(self, at: str) -> bool:
        """Whether the rule counts at that instant and has hits left."""
        if self.times is not None and self.hits >= self.times:
            return False
        return self.active_from <= at and (not self.active_until or at < self.active_until)


MISS = NoEffect()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to do to one exchange: wait, then answer instead of the handler if the last effect does."""

    hits: tuple[str, ...] = ()
    seconds: float = 0.0
    effect: Effect = MISS

    def __bool__(self) -> bool:
        return bool(self.hits)

    def answer(self) -> Reply | None:
        """The reply to give, None for the real one; raises where the fault is an error of the catalogue."""
        return self.effect.answer(f"fault {self.hits[-1]}") if self.hits else None


UNTOUCHED = Outcome()


def hit_by(rules: Iterable[FaultRule], facts: Facts, chance: Draw) -> Iterator[FaultRule]:
    """The rules that strike: highest priority first, older first among equals."""
    for rule in sorted(rules, key=lambda rule: -rule.priority):
        if rule.effect.aim != facts.aim or rule.phase != facts.phase:
            continue
        if not rule.awake(facts.at) or not rule.match.holds(facts):
            continue
        if rule.toxicity >= 1.0 or chance().random() < rule.toxicity:
            yield rule


def decide(rules: Iterable[FaultRule], facts: Facts, chance: Draw) -> Outcome:
    """What the rules do to one exchange; waits add up until an effect answers."""
    hits: list[str] = []
    seconds = 0.0
    for rule in hit_by(rules, facts, chance):
        effect = rule.turn()
        hits.append(rule.id)
        seconds += effect.seconds(chance)
        if effect.ends:
            return Outcome(tuple(hits), seconds, effect)
    return Outcome(tuple(hits), seconds) if hits else UNTOUCHED
