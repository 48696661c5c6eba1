"""Keeps a run going: what changes the rules for everybody happens in a workspace of its own."""

from __future__ import annotations

import os
from itertools import count
from typing import Any

import schemathesis

APART = {"setRateLimits": "fuzz-limits", "resetWorkspace": "fuzz-reset", "setClock": "fuzz-clock"}
SAMPLE = int(os.environ.get("FUZZ_SAMPLE", "1"))
NUMBERS = count()


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Limits, resets and clocks of one's own."""
    case.headers["X-Sandbox-Run"] = APART.get(case.operation.definition.raw.get("operationId", ""), "fuzz")


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    """`fields` leaves members out on purpose, required ones included."""
    if isinstance(query, dict):
        query.pop("fields", None)
    return query


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Large worlds are asked for elsewhere: each takes seconds to generate."""
    if isinstance(body, dict):
        if body.get("profile") == "load":
            body["profile"] = "minimal"
        if isinstance(body.get("scale"), int) and 2 < body["scale"] <= 50:
            body["scale"] = 2
    return body


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """The short profile tries a sample of the boundary values; the long one tries them all."""
    if SAMPLE == 1 or "coverage" not in str(case.meta.phase.name).lower():
        return True
    return next(NUMBERS) % SAMPLE == 0
