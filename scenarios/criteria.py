"""Criteria of every type: simple, regex, jsonpath."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from jsonpath_rfc9535 import JSONPathSyntaxError
from jsonpath_rfc9535 import compile as compile_jsonpath

from scenarios.conditions import WrongCondition, parse_condition
from scenarios.expressions import Context, expressions_in
from scenarios.model import Criterion

Judge = Callable[[Context], str]


def parse_criterion(raw: Mapping[str, Any]) -> Criterion:
    """Raises WrongCondition; `raw` has a condition, and a context unless it is simple."""
    kind = raw.get("type", "simple")
    kind = kind.get("type") if isinstance(kind, Mapping) else kind
    condition, looked_at = str(raw["condition"]), raw.get("context")
    if kind == "simple":
        return Criterion(condition, parse_condition(condition).unmet)
    if kind not in ("regex", "jsonpath"):
        raise WrongCondition(f"criterion type {kind!r} is not supported; use simple, regex or jsonpath")
    if not looked_at:
        raise WrongCondition(f"{condition!r}: a criterion of type {kind} needs a context")
    judge = _regex(looked_at, condition) if kind == "regex" else _jsonpath(looked_at, condition)
    return Criterion(f"{looked_at} {kind} {condition}", judge)


def looks_at(raw: Mapping[str, Any]) -> list[str]:
    """The expressions a criterion asks for."""
    found = expressions_in(raw.get("context"))
    if raw.get("type", "simple") == "simple":
        found += parse_condition(str(raw["condition"])).expressions
    return found


def _regex(looked_at: str, condition: str) -> Judge:
    try:
        pattern = re.compile(condition)
    except re.error as fault:
        raise WrongCondition(f"{condition!r} is not a regular expression: {fault}") from None

    def judge(context: Context) -> str:
        text = str(context.value(looked_at))
        return (
            ""
            if pattern.search(text)
            else f"{looked_at} was {text[:300]!r}, which does not match {condition}"
        )

    return judge


def _jsonpath(looked_at: str, condition: str) -> Judge:
    """Met when the query finds something. Filter only arrays: engines differ on filtering an object."""
    try:
        query = compile_jsonpath(condition)
    except JSONPathSyntaxError as fault:
        raise WrongCondition(f"{condition!r} is not a JSONPath query: {fault}") from None

    def judge(context: Context) -> str:
        value = context.value(looked_at)
        return "" if query.find(value) else f"{condition} finds nothing in {looked_at}: {str(value)[:300]}"

    return judge
