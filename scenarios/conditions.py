"""Simple conditions such as `$statusCode == 201`, with a reason when one is not met."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scenarios.expressions import Context, Unresolved, is_expression

_TOKEN = re.compile(
    r"\s*(?:(?P<operator>&&|\|\||==|!=|<=|>=|<|>|!|\(|\))"
    r"|'(?P<string>(?:[^']|'')*)'"
    r"|(?P<word>-?\d+(?:\.\d+)?(?=[\s)&|<>=!]|$)|true\b|false\b|null\b)"
    r"|(?P<expression>\$[^\s()&|<>=!]+))"
)
_WORDS = {"true": True, "false": False, "null": None}

Test = Callable[[Context], Any]


class WrongCondition(ValueError):
    """A condition that cannot be read."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A simple condition, read once. `expressions` are those it looks at."""

    text: str
    test: Test
    expressions: tuple[str, ...]

    def unmet(self, context: Context) -> str:
        """Empty when met; else the condition and what its expressions were."""
        if self.test(context):
            return ""
        seen = ", ".join(f"{name} was {_show(context, name)}" for name in dict.fromkeys(self.expressions))
        return f"{self.text} is not so: {seen}" if seen else f"{self.text} is not so"


def parse_condition(text: str) -> Condition:
    """Raises WrongCondition with the place where reading stopped."""
    reader = _Reader(text)
    test = reader.alternatives()
    if reader.token is not None:
        raise WrongCondition(f"{text!r}: did not expect {reader.token[1]!r}")
    return Condition(text, test, tuple(reader.expressions))


class _Reader:
    """Recursive descent over `||`, `&&`, `!`, one comparison, parentheses."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.expressions: list[str] = []
        self.token: tuple[str, str] | None = None
        self.step()

    def step(self) -> tuple[str, str] | None:
        """Take the current token and move on."""
        taken, self.token = self.token, next(self.tokens, None)
        return taken

    def at(self, *operators: str) -> bool:
        """Whether the current token is one of these operators."""
        return self.token is not None and self.token[0] == "operator" and self.token[1] in operators

    def alternatives(self) -> Test:
        tests = [self.conjunction()]
        while self.at("||"):
            self.step()
            tests.append(self.conjunction())
        return tests[0] if len(tests) == 1 else lambda context: any(test(context) for test in tests)

    def conjunction(self) -> Test:
        tests = [self.comparison()]
        while self.at("&&"):
            self.step()
            tests.append(self.comparison())
        return tests[0] if len(tests) == 1 else lambda context: all(test(context) for test in tests)

    def comparison(self) -> Test:
        left = self.operand()
        if not self.at(*_COMPARE):
            return left
        compare = _COMPARE[self.step()[1]]  # type: ignore[index]
        right = self.operand()
        return lambda context: compare(left(context), right(context))

    def operand(self) -> Test:
        taken = self.step()
        if taken is None:
            raise WrongCondition(f"{self.text!r} ends too early")
        form, text = taken
        if form == "operator":
            return self.group(text)
        if form == "expression":
            return self.expression(text)
        literal = text.replace("''", "'") if form == "string" else _WORDS.get(text, text)
        value = float(text) if form == "word" and text not in _WORDS else literal
        return lambda context: value

    def group(self, operator: str) -> Test:
        if operator == "!":
            negated = self.operand()
            return lambda context: not negated(context)
        if operator != "(":
            raise WrongCondition(f"{self.text!r}: did not expect {operator!r}")
        inner = self.alternatives()
        if not self.at(")"):
            raise WrongCondition(f"{self.text!r}: a ')' is missing")
        self.step()
        return inner

    def expression(self, text: str) -> Test:
        if not is_expression(text):
            raise WrongCondition(f"{self.text!r}: {text} is not a runtime expression")
        self.expressions.append(text)
        return lambda context: _value(context, text)


def _tokens(text: str) -> Any:
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise WrongCondition(f"{text!r}: cannot read {text[position:].strip()!r}")
        position = match.end()
        yield match.lastgroup, match[match.lastgroup or 0]


def _value(context: Context, expression: str) -> Any:
    """A missing value compares as null: that something is absent can be asserted."""
    try:
        return context.value(expression)
    except Unresolved:
        return None


def _show(context: Context, expression: str) -> str:
    try:
        text = repr(context.value(expression))
    except Unresolved as missing:
        return f"nothing ({str(missing).partition(': ')[2]})"
    return text if len(text) <= 300 else text[:297] + "..."


def _equal(left: Any, right: Any) -> bool:
    """Strings compare without regard to case, as Arazzo says; a boolean is no number."""
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compared(left: Any, right: Any) -> bool:
        comparable = (
            isinstance(left, str) == isinstance(right, str) and left is not None and right is not None
        )
        return comparable and compare(left, right)

    return compared


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
}
