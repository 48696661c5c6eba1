"""Seeded draws for one collection: chance of its own, and text from Faker, which is woken only if need be.

Importing Faker and its locales takes longer than the whole start of the server may. So what Faker gave for
the default seed is kept on a tape; a call that differs from the tape wakes Faker, which catches up by
repeating the calls made so far. The tape can therefore save time but never change a value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableSequence, Sequence
from datetime import date, datetime
from hashlib import sha256
from itertools import accumulate
from typing import Any

from sandbox.kernel.chance import Chance

LOCALES = {"en_GB": 30, "en_US": 20, "pl_PL": 15, "de_DE": 15, "ja_JP": 8, "es_ES": 7, "ar_AA": 3, "cs_CZ": 2}
"""The locales of the world's people, by weight."""

_LOCALES, _WEIGHTS = list(LOCALES), list(accumulate(LOCALES.values()))

Call = tuple[str, str, tuple[Any, ...], dict[str, Any]]
Entry = tuple[str, Any]
"""One line of a tape: what was asked (`en_GB name()`), what came."""


def collection_seed(seed: int, collection: str) -> int:
    """The seed of one collection, so that rows added to one do not shift another."""
    return int.from_bytes(sha256(f"{seed}:{collection}".encode()).digest()[:8], "big")


def describe(call: Call) -> str:
    """A call as the tape names it."""
    locale, method, positional, named = call
    arguments = [*map(str, positional), *(f"{name}={value}" for name, value in sorted(named.items()))]
    return f"{locale} {method}({', '.join(arguments)})"


class Voice:
    """Answers Faker calls in order: from the tape while it fits, from Faker afterwards."""

    def __init__(
        self, seed: int, tape: Sequence[Entry] = (), record: MutableSequence[Entry] | None = None
    ) -> None:
        self._seed = seed
        self._tape = tape
        self._record = record
        self._calls: list[Call] = []
        self._fakers: dict[str, Any] | None = None

    def say(self, call: Call) -> Any:
        """The value of one call."""
        if self._fakers is None:
            position = len(self._calls)
            if position < len(self._tape) and self._tape[position][0] == describe(call):
                self._calls.append(call)
                return self._tape[position][1]
            self._fakers = {}
            for earlier in self._calls:
                self._ask(earlier)
        self._calls.append(call)
        value = _plain(self._ask(call))
        if self._record is not None:
            self._record.append((describe(call), value))
        return value

    def _ask(self, call: Call) -> Any:
        locale, path, positional, named = call
        target: Any = self._faker(locale)
        for name in path.split("."):
            target = getattr(target, name)
        return target(*positional, **named)

    def _faker(self, locale: str) -> Any:
        assert self._fakers is not None
        if locale not in self._fakers:
            from faker import Faker  # an import of 0.2 s that the default world never needs

            faker = self._fakers[locale] = Faker(locale, use_weighting=False)
            faker.seed_instance(self._seed)
        return self._fakers[locale]


def _plain(value: Any) -> Any:
    """A value as JSON would return it: what comes off the tape must equal what came from Faker."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return json.loads(json.dumps(value, default=str))


class SeededFaker:
    """What a room draws from: Faker's methods (`name()`, `company()`, `unique.city()`), as JSON values.

    Dates come as ISO strings and need absolute bounds, or the world would depend on the day it is built.
    """

    def __init__(self, voice: Voice, seed: int, locale: str = "en_GB", chance: Any = None) -> None:
        self._voice = voice
        self._seed = seed
        self.locale = locale
        self.random = Chance(seed).random("seeds", 0) if chance is None else chance

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Method(self._voice, self.locale, name)

    def localized(self) -> SeededFaker:
        """The same draws in a locale drawn by weight: take one per person, so that names fit together."""
        return self.in_locale(self.random.choices(_LOCALES, cum_weights=_WEIGHTS)[0])

    def in_locale(self, locale: str) -> SeededFaker:
        """The same draws in that locale."""
        return SeededFaker(self._voice, self._seed, locale, self.random)

    # chance: quick, and not on the tape

    def random_int(self, least: int, most: int, step: int = 1) -> int:
        """A whole number, both bounds included."""
        return self.random.randrange(least, most + 1, step)

    def boolean(self, chance_of_getting_true: int = 50) -> bool:
        """True in so many of a hundred."""
        return self.random.randrange(100) < chance_of_getting_true

    def random_element(self, elements: Any) -> Any:
        """One element; of a mapping, one key by its weight."""
        if isinstance(elements, Mapping):
            return self.random.choices(list(elements), list(elements.values()))[0]
        return self.random.choice(list(elements))

    def random_choices(self, elements: Any, length: int) -> list[Any]:
        """So many elements, with repetition."""
        return self.random.choices(list(elements), k=length)


class _Method:
    """One Faker method of one collection; a group such as `unique` reaches further."""

    __slots__ = ("_locale", "_path", "_voice")

    def __init__(self, voice: Voice, locale: str, path: str) -> None:
        self._voice = voice
        self._locale = locale
        self._path = path

    def __getattr__(self, name: str) -> _Method:
        return _Method(self._voice, self._locale, f"{self._path}.{name}")

    def __call__(self, *positional: Any, **named: Any) -> Any:
        return self._voice.say((self._locale, self._path, positional, named))
