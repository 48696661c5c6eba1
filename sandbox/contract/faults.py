"""What a validator found, in the words of the error format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from jsonschema_rs import ValidationError, ValidationErrorKind

from sandbox.contract.patterns import name_of
from sandbox.contract.schemas import Schema, Schemas
from sandbox.kernel.error_families import MOST_FAULTS
from sandbox.kernel.errors import BadRequest, DomainError, FieldError

LONGEST = 300
LONGEST_NAME = 40
"""What is longer was not mistyped."""
Faults = Iterable[ValidationError]


def field_errors(schemas: Schemas, schema: Schema, value: Any) -> list[FieldError]:
    """One for each fault of a value, at most 50."""
    faults = _unwrapped(schemas.validator(schema).iter_errors(value))
    return list(islice((said for fault in faults for said in _said(fault, schemas, schema)), MOST_FAULTS))


def faults_of(read: Callable[[], object]) -> Sequence[FieldError]:
    """What a part of a request is refused for as malformed, if it is."""
    try:
        read()
    except BadRequest as error:
        return error.errors or (FieldError(error.code, error.target or "/", error.details),)
    except DomainError:
        pass
    return ()


def pointer(*path: str | int) -> str:
    """A JSON pointer; the whole is `/`."""
    steps = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return steps[:LONGEST] or "/"


def likely(name: str, known: Iterable[str]) -> str:
    """What was probably meant, as the end of a sentence; nothing where nobody can tell."""
    from difflib import get_close_matches  # loaded for the first who mistypes

    names = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), names, 1, 0.7) if len(name) <= LONGEST_NAME else []
    return f"; did you mean {names[found[0]]}?" if found else ""


def _said(fault: ValidationError, schemas: Schemas, schema: Schema) -> Iterator[FieldError]:
    """Members that are missing or unknown stand at the end of the pointer, each by itself."""
    path, kind = fault.instance_path, fault.kind
    if isinstance(kind, ValidationErrorKind.AdditionalProperties):
        known = schemas.members_at(schema, fault.schema_path[:-1])
        for name in kind.unexpected:
            words = f"unknown member{likely(name, known)}"
            yield FieldError("VALIDATION_ERROR", pointer(*path, name), words)
        return
    if isinstance(kind, ValidationErrorKind.Required):
        path = [*path, kind.property]
    yield FieldError("VALIDATION_ERROR", pointer(*path), told(fault)[:LONGEST])


def _unwrapped(faults: Faults) -> Iterator[ValidationError]:
    """What is wrong with something that may also be null is what is wrong with it otherwise."""
    for fault in faults:
        ways = fault.kind.context if isinstance(fault.kind, ValidationErrorKind.AnyOf) else []
        others = [way for way in ways if not _wants_null(way, fault)]
        if len(ways) == 2 and len(others) == 1:
            yield from _unwrapped(others[0])
        else:
            yield fault


def _wants_null(way: list[ValidationError], fault: ValidationError) -> bool:
    kind = way[0].kind
    is_type = isinstance(kind, ValidationErrorKind.Type) and kind.types == ["null"]
    return is_type and way[0].instance_path == fault.instance_path


def told(fault: ValidationError) -> str:
    """The validator's words; what a value of the pattern is called; which of several members would do."""
    if isinstance(fault.kind, ValidationErrorKind.Pattern) and (name := name_of(fault.kind.pattern)):
        value = fault.message.removesuffix(f' does not match "{fault.kind.pattern}"')
        return f'{value} is not a "{name}"'
    if not isinstance(fault.kind, ValidationErrorKind.AnyOf):
        return fault.message
    ways = [[_wanted(each) for each in way] for way in fault.kind.context]
    if not all(map(all, ways)):
        return fault.message
    return "needs " + ", or ".join(" and ".join(way) for way in ways)


def _wanted(fault: ValidationError) -> str:
    if isinstance(fault.kind, ValidationErrorKind.Required):
        return fault.kind.property
    return str(fault.instance_path[-1]) if fault.instance_path else ""
