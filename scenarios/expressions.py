"""Arazzo runtime expressions: `$statusCode`, `$response.body#/id`, `$steps.book.outputs.bookingId` …"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scenarios.answers import Answer

EMBEDDED = re.compile(r"\{(\$[^{}]+)\}")
_SIMPLE = ("$url", "$method", "$statusCode")
_MESSAGE = re.compile(r"^\$(request|response)\.(?:(header|query|path)\.(.+)|body(#.*)?)$")
_STEP = re.compile(r"^\$steps\.([\w-]+)\.outputs\.([\w.-]+?)(#.*)?$")
_WORKFLOW = re.compile(r"^\$workflows\.([\w-]+)\.(inputs|outputs)\.([\w.-]+?)(#.*)?$")
_NAMED = re.compile(r"^\$(inputs|outputs)\.([\w.-]+?)(#.*)?$")
_SOURCE = re.compile(r"^\$sourceDescriptions\.([\w-]+)\.([\w.-]+)$")
_FORMS = (_MESSAGE, _STEP, _WORKFLOW, _NAMED, _SOURCE)


class Unresolved(Exception):
    """An expression has no value here."""

    def __init__(self, expression: str, reason: str) -> None:
        super().__init__(f"{expression} has no value: {reason}")


@dataclass(frozen=True, slots=True)
class References:
    """What an expression points at, for checking before anything runs."""

    step: str = ""
    output: str = ""
    input: str = ""
    workflow: str = ""
    source: str = ""


@dataclass(slots=True)
class Context:
    """What expressions of one workflow run can see; `answer` is the step's own exchange."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    steps: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    workflows: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    answer: Answer | None = None

    def value(self, expression: str) -> Any:
        """The value of one expression; raises Unresolved."""
        if expression in _SIMPLE:
            return self._exchange(expression, expression[1:])
        if match := _MESSAGE.match(expression):
            return self._message(expression, *match.groups())
        if match := _STEP.match(expression):
            step, name, pointer = match.groups()
            return _point(
                expression, _member(expression, self.steps, step, "the step has not run"), name, pointer
            )
        if match := _WORKFLOW.match(expression):
            workflow, part, name, pointer = match.groups()
            ran = _member(expression, self.workflows, workflow, "the workflow has not run")
            return _point(expression, ran[part], name, pointer)
        if match := _NAMED.match(expression):
            part, name, pointer = match.groups()
            return _point(expression, self.inputs if part == "inputs" else self.outputs, name, pointer)
        if match := _SOURCE.match(expression):
            return _point(
                expression, _member(expression, self.sources, match[1], "no such source"), match[2], None
            )
        raise Unresolved(expression, "it is not a runtime expression")

    def fill(self, template: Any) -> Any:
        """A payload or value with its expressions replaced; a whole-string expression keeps its type."""
        if isinstance(template, str):
            if template.startswith("$") and is_expression(template):
                return self.value(template)
            return EMBEDDED.sub(lambda match: _text(self.value(match[1])), template)
        if isinstance(template, Mapping):
            return {name: self.fill(value) for name, value in template.items()}
        if isinstance(template, list):
            return [self.fill(value) for value in template]
        return template

    def _exchange(self, expression: str, part: str) -> Any:
        if self.answer is None:
            raise Unresolved(expression, "no request has been made")
        return {"url": self.answer.url, "method": self.answer.method, "statusCode": self.answer.status}[part]

    def _message(
        self, expression: str, side: str, place: str | None, name: str | None, pointer: str | None
    ) -> Any:
        answer = self.answer
        if answer is None:
            raise Unresolved(expression, "no request has been made")
        if place is None:
            body = answer.body if side == "response" else answer.request_body
            return point(expression, body, (pointer or "#")[1:])
        if side == "response":
            values = answer.headers if place == "header" else {}
        else:
            values = answer.sent.get(place, {})
        wanted = (name or "").lower() if place == "header" else name or ""
        found = {key.lower() if place == "header" else key: value for key, value in values.items()}
        return _member(expression, found, wanted, f"there is no such {place}")


def is_expression(text: str) -> bool:
    """Whether the text is a runtime expression of a known form."""
    return text in _SIMPLE or any(form.match(text) for form in _FORMS)


def references(expression: str) -> References:
    """What the expression points at."""
    if match := _STEP.match(expression):
        return References(step=match[1], output=match[2])
    if (match := _NAMED.match(expression)) and match[1] == "inputs":
        return References(input=match[2])
    if match := _WORKFLOW.match(expression):
        return References(workflow=match[1])
    if match := _SOURCE.match(expression):
        return References(source=match[1])
    return References()


def expressions_in(template: Any) -> list[str]:
    """Every expression a value, payload or string holds."""
    if isinstance(template, str):
        if template.startswith("$"):
            return [template]
        return EMBEDDED.findall(template)
    children = (
        template.values() if isinstance(template, Mapping) else template if isinstance(template, list) else ()
    )
    return [expression for child in children for expression in expressions_in(child)]


def point(expression: str, document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) finds; raises Unresolved naming the first step that fails."""
    value = document
    for raw in pointer.split("/")[1:]:
        step = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise Unresolved(expression, f"there is no {step!r} in {_glimpse(value)}")
    return value


def _member(expression: str, values: Mapping[str, Any], name: str, reason: str) -> Any:
    if name not in values:
        raise Unresolved(expression, reason)
    return values[name]


def _point(expression: str, values: Mapping[str, Any], name: str, pointer: str | None) -> Any:
    value = _member(expression, values, name, f"nothing is called {name!r}")
    return point(expression, value, pointer[1:]) if pointer else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _glimpse(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= 120 else text[:117] + "..."
