"""What the parameters of a query restrict a list to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.platform.call import Call
from sandbox.platform.filters import Filter, Predicate


def restrictions(
    call: Call, kind: str, filters: Mapping[str, Filter]
) -> tuple[dict[str, Any], list[Predicate]]:
    """Members to look up, and tests of each row."""
    wanted: dict[str, Any] = {}
    tests: list[Predicate] = []
    for name, restricts in filters.items():
        if name not in call.query:
            continue
        if restricts.texts:
            wanted["id"] = call.tx.containing(kind, restricts.texts, call.query[name])
        elif restricts.predicate is None:
            wanted[restricts.member] = call.query[name]
        else:
            tests.append(restricts.predicate(call.query[name]))
    return wanted, tests
