"""An Arazzo document as the runner works with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from scenarios.answers import Body, Parameter
from scenarios.expressions import Context, Unresolved


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that must be so. `unmet` gives the reason, or an empty string."""

    text: str
    judge: Any
    """(context) -> reason; made by `criteria.parse_criterion`."""

    def unmet(self, context: Context) -> str:
        """Empty when met."""
        try:
            reason: str = self.judge(context)
        except Unresolved as missing:
            return str(missing)
        return reason


@dataclass(frozen=True, slots=True)
class Action:
    """What to do next when all of its criteria are met."""

    name: str
    type: Literal["end", "goto", "retry"]
    step: str = ""
    workflow: str = ""
    after: float = 0.0
    limit: int = 1
    criteria: tuple[Criterion, ...] = ()

    def applies(self, context: Context) -> bool:
        """Whether every criterion is met."""
        return not any(criterion.unmet(context) for criterion in self.criteria)


@dataclass(frozen=True, slots=True)
class Step:
    """One call of an operation, or of another workflow."""

    id: str
    description: str = ""
    operation: str = ""
    """`<source>.<operationId>`."""
    workflow: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    criteria: tuple[Criterion, ...] = ()
    on_success: tuple[Action, ...] = ()
    on_failure: tuple[Action, ...] = ()
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workflow:
    """Steps in order. `inputs` are the defaults."""

    id: str
    summary: str = ""
    description: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One document: `id` is the file's name, `why` one sentence a partner can read."""

    id: str
    path: Path
    title: str
    why: str
    sources: dict[str, Path]
    workflows: dict[str, Workflow]
