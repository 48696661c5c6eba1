"""A resource without rules is its declaration; only a rule is worth a function."""

from __future__ import annotations

import ast
import inspect
from types import FunctionType, ModuleType

import pytest

import sandbox.platform
from sandbox.platform.resource import Resource
from sandbox.rooms import Rooms

VERBS = ("list", "get", "create", "update", "replace", "delete")


def test_a_declaration_serves_every_verb() -> None:
    module = ModuleType("made_up.gadgets")
    vars(module)["gadgets"] = Resource("gadget", path="/api/v1/gadgets/{gadgetId}")
    rooms = Rooms()
    rooms.modules[module.__name__] = module

    for operation in ("listGadgets", *(f"{verb}Gadget" for verb in VERBS[1:])):
        assert rooms.handler("made_up", "Gadgets", operation) is not None, operation


@pytest.mark.parametrize("resource", Rooms(sandbox.platform).resources().values(), ids=lambda one: one.name)
def test_no_function_repeats_a_generic_verb(resource: Resource) -> None:
    repeated = [
        f"{module.__name__}.{name}"
        for module in Rooms(sandbox.platform).modules.values()
        if any(each is resource for each in vars(module).values())
        for name in resource.verbs()
        if _only_passes_on(vars(module).get(name))
    ]

    assert [] == repeated


def _only_passes_on(function: object) -> bool:
    """Whether all it does is `return things.verb(call, its own arguments)`."""
    if not isinstance(function, FunctionType):
        return False
    definition = ast.parse(inspect.getsource(function)).body[0]
    assert isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef)
    *before, last = definition.body
    plain = all(isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) for each in before)
    sent = last.value if isinstance(last, ast.Return | ast.Expr) else None
    return (
        plain
        and isinstance(sent, ast.Call)
        and isinstance(sent.func, ast.Attribute)
        and sent.func.attr in VERBS
        and not sent.keywords
        and [each.id for each in sent.args if isinstance(each, ast.Name)]
        == [each.arg for each in definition.args.args]
        and len(sent.args) == len(definition.args.args)
    )
