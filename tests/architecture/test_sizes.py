"""The budgets that keep every file and function small enough to read at a glance."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.contract.document import load, operations
from sandbox.contract.parameters import snake

ROOT = Path(__file__).parents[2]
ROOMS = ("sandbox", "mocks", "scenarios", "loadtests", "benchmarks", "tests")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))

FILE_LINES = 350
TEST_FILE_LINES = 450
FUNCTION_LINES = 45
HANDLER_LINES = 10
PARAMETERS = 6
OPERATIONS = {
    snake(operation["operationId"])
    for name in ("platform", "control")
    for *_, operation in operations(load(name))
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[Function]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines from the signature to the end, the docstring not counted."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def parameters(function: Function) -> int:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return len([each for each in every if each.arg not in ("self", "cls")])


def is_test(path: Path) -> bool:
    return path.is_relative_to(ROOT / "tests")


def is_declarative(path: Path) -> bool:
    """A command's options are its parameters, and so is what a Resource declares."""
    return (
        path == ROOT / "sandbox" / "platform" / "resource.py"
        or path.is_relative_to(ROOT / "sandbox" / "commands")
        or path.name == "cli.py"
    )


def is_handler(path: Path, function: Function) -> bool:
    """Named like an operation, in one of the rooms where handlers are looked for."""
    rooms = (ROOT / "sandbox" / "platform", ROOT / "sandbox" / "control")
    return path.parent in rooms and function.name in OPERATIONS


@pytest.mark.parametrize("path", FILES, ids=name_of)
class TestBudgets:
    def test_the_file_is_short(self, path: Path) -> None:
        cap = TEST_FILE_LINES if is_test(path) else FILE_LINES

        assert len(path.read_text(encoding="utf-8").splitlines()) <= cap

    def test_its_functions_are_short(self, path: Path) -> None:
        long = {each.name: length(each) for each in functions(path) if length(each) > FUNCTION_LINES}

        assert {} == long

    def test_its_functions_take_few_parameters(self, path: Path) -> None:
        many = {each.name: parameters(each) for each in functions(path) if parameters(each) > PARAMETERS}

        assert is_test(path) or is_declarative(path) or not many, many

    def test_its_name_says_what_it_knows(self, path: Path) -> None:
        assert path.stem not in {"utils", "util", "helpers", "helper", "common", "manager", "misc"}

    def test_it_opens_by_saying_what_it_knows(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")

        assert not text.strip() or ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize(
    "path", [each for each in FILES if each.parent.parent == ROOT / "sandbox"], ids=name_of
)
def test_handlers_are_shorter_still(path: Path) -> None:
    long = {
        each.name: length(each)
        for each in functions(path)
        if is_handler(path, each) and length(each) > HANDLER_LINES
    }

    assert {} == long


@pytest.mark.parametrize(
    "package", sorted({each.parent for each in FILES if not is_test(each)}), ids=lambda path: name_of(path)
)
def test_a_package_says_what_it_is(package: Path) -> None:
    opening = package / "__init__.py"

    assert opening.exists()
    assert len((ast.get_docstring(ast.parse(opening.read_text(encoding="utf-8"))) or "").split("\n\n")) == 1
    assert ast.get_docstring(ast.parse(opening.read_text(encoding="utf-8")))
