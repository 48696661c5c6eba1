"""The form dialect: `a[b][0][c]=x`, `a[]=x` and `a=x` become nested dictionaries of text."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_plus

Tree = dict[str, Any]

DEEPEST = 12
MOST_FIELDS = 2000
_STEP = re.compile(r"\[([^\[\]]*)\]")


class FormFault(ValueError):
    """The text cannot be read as a form; `param` is the name at fault."""

    def __init__(self, message: str, param: str) -> None:
        super().__init__(message)
        self.param = param


def parse_form(text: str) -> Tree:
    """The tree of a query string or a form body; lists stay dictionaries keyed by position."""
    tree: Tree = {}
    for pair in _pairs(text):
        name, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            name, value = unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict")
        if "[" in name:
            _insert(tree, name, value)
        elif isinstance(tree.get(name), dict):
            raise FormFault(f"Invalid object: {name} is used both as a value and as a hash", name)
        else:
            tree[name] = value
    return tree


def _pairs(text: str) -> list[str]:
    pairs = [pair for pair in text.split("&") if pair]
    if len(pairs) > MOST_FIELDS:
        raise FormFault("Too many parameters were sent.", "")
    return pairs


def flatten(tree: Any, prefix: str = "") -> list[tuple[str, str]]:
    """The pairs of a nested structure, as this dialect's clients send them."""
    if isinstance(tree, dict):
        items = [(f"{prefix}[{key}]" if prefix else str(key), value) for key, value in tree.items()]
    elif isinstance(tree, list | tuple):
        items = [(f"{prefix}[{position}]", value) for position, value in enumerate(tree)]
    elif isinstance(tree, bool):
        return [(prefix, "true" if tree else "false")]
    else:
        return [(prefix, "" if tree is None else str(tree))]
    return [pair for name, value in items for pair in flatten(value, name)]


def _insert(tree: Tree, name: str, value: str) -> None:
    steps = _steps(name)
    node = tree
    for step, following in zip(steps, steps[1:], strict=False):
        child = node.setdefault(_position(node, step, following), {})
        if not isinstance(child, dict):
            raise FormFault(f"Invalid object: {name} is used both as a value and as a hash", name)
        node = child
    node[_position(node, steps[-1], "")] = value


def _steps(name: str) -> list[str]:
    head, bracket, _ = name.partition("[")
    rest = name[len(head) :]
    steps = _STEP.findall(rest)
    if not head or "".join(f"[{step}]" for step in steps) != rest or len(steps) > DEEPEST:
        raise FormFault(f"Invalid parameter name: {name[:100]}", name[:100])
    return [head, *steps]


def _position(node: Tree, step: str, following: str) -> str:
    """The key of a step; an empty one appends, unless the last element still lacks the next member."""
    if step:
        return step
    last = str(len(node) - 1)
    if following and isinstance(node.get(last), dict) and following not in node[last]:
        return last
    return str(len(node))
