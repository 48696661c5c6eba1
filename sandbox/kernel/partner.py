"""The shape of a simulated partner, and how installed ones are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from sandbox.kernel.agenda import Effect, Rule
from sandbox.kernel.documents import Kind

GROUP = "sandbox.partners"


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner's whole simulation: its interface and what it keeps in the world.

    `blueprint` is a Flask blueprint, mounted at /mocks/<name>; it finds the workspace in the WSGI environment
    under `sandbox.workspace`. Names of kinds, jobs and effects begin with the partner's own
    (`stripe.refund`). `seed` puts the partner's side of the seed world; it gets the world being built,
    filled by the platform before.
    """

    name: str
    blueprint: Any
    kinds: Iterable[Kind] = ()
    jobs: Mapping[str, Rule] = field(default_factory=dict)
    effects: Mapping[str, Effect] = field(default_factory=dict)
    seed: Callable[[Any], None] | None = None


@cache
def installed_partners() -> tuple[Partner, ...]:
    """The partners that installed packages offer under the entry point group, by name."""
    found: list[Partner] = [entry.load() for entry in entry_points(group=GROUP)]
    return tuple(sorted(found, key=lambda partner: partner.name))
