"""What a validator found, in the words of the error format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from jsonschema_rs import ValidationError, ValidationErrorKind

from sandbox.contract.patterns import FORMATS, name_of
from sandbox.contract.schemas import Schema, Schemas
from sandbox.kernel.error_families import MOST_FAULTS
from sandbox.kernel.errors import BadRequest, DomainError, FieldError

LONGEST = 300
MORE = " other candidates"
NOT_YOURS = "is not set by callers here: leave it out"
LONGEST_NAME = 40
"""What is longer was not mistyped."""
Faults = Iterable[ValidationError]
Ways = Sequence[Sequence[ValidationError]]


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
        shown = () if path else schemas.members_shown(schema)
        for name in kind.unexpected:
            words = NOT_YOURS if name in shown else f"unknown member{likely(name, known)}"
            yield FieldError("VALIDATION_ERROR", pointer(*path, name), words)
        return
    if isinstance(kind, ValidationErrorKind.Required):
        path = [*path, kind.property]
    yield FieldError("VALIDATION_ERROR", pointer(*path), told(fault)[:LONGEST])


def _unwrapped(faults: Faults) -> Iterator[ValidationError]:
    """What is wrong with something that may also be null is what is wrong with it otherwise; and with one of
    several kinds, what is wrong with the kind that it says it is."""
    for fault in faults:
        meant = _meant(fault)
        yield from [fault] if meant is None else _unwrapped(meant)


def _meant(fault: ValidationError) -> Sequence[ValidationError] | None:
    """Faults of the way to be right that was taken, where that is clear."""
    kind = fault.kind
    if isinstance(kind, ValidationErrorKind.OneOfNotValid):
        others = set(map(id, _naming(kind.context)))
        left = [way for way in kind.context if others.isdisjoint(map(id, way))]
    elif isinstance(kind, ValidationErrorKind.AnyOf) and len(kind.context) == 2:
        left = [way for way in kind.context if not _wants_null(way, fault)]
    else:
        return None
    return left[0] if len(left) == 1 else None


def _naming(ways: Ways) -> list[ValidationError]:
    """Faults of the member that says which kind it is: where most kinds want another word."""
    choices = [fault for fault in chain(*ways) if isinstance(fault.kind, ValidationErrorKind.Enum)]
    places = [fault.instance_path for fault in choices]
    return [fault for fault in choices if fault.instance_path == max(places, key=places.count)]


def _wants_null(way: list[ValidationError], fault: ValidationError) -> bool:
    kind = way[0].kind
    is_type = isinstance(kind, ValidationErrorKind.Type) and kind.types == ["null"]
    return is_type and way[0].instance_path == fault.instance_path


def told(fault: ValidationError) -> str:
    """The validator's words; what a value of the pattern or format is called; all that would do."""
    kind, words = fault.kind, fault.message
    if isinstance(kind, ValidationErrorKind.Pattern) and (name := name_of(kind.pattern)):
        value = words.removesuffix(f' does not match "{kind.pattern}"')
        return f'{value} is not a "{name}"'
    if isinstance(kind, ValidationErrorKind.Format):
        return words.removesuffix(f'"{kind.format}"') + f'"{FORMATS.get(kind.format, kind.format)}"'
    if isinstance(kind, ValidationErrorKind.OneOfNotValid) and (choices := _naming(kind.context)):
        return _none_of(choices)
    if isinstance(kind, ValidationErrorKind.Enum) and words.endswith(MORE):
        return _none_of([fault])
    return _ways(fault, kind) if isinstance(kind, ValidationErrorKind.AnyOf) else words


def _none_of(choices: list[Any]) -> str:
    """As the validator says it where there are few."""
    value = choices[0].message.rpartition(" is not one of ")[0]
    *others, last = [f'"{each}"' for fault in choices for each in fault.kind.options if each is not None]
    return f"{value} is not one of {', '.join(others)} or {last}"


def _ways(fault: ValidationError, kind: ValidationErrorKind.AnyOf) -> str:
    """Which of several members would do."""
    ways = [[_wanted(each) for each in way] for way in kind.context]
    if not all(map(all, ways)):
        return fault.message
    return "needs " + ", or ".join(" and ".join(way) for way in ways)


def _wanted(fault: ValidationError) -> str:
    if isinstance(fault.kind, ValidationErrorKind.Required):
        return fault.kind.property
    return str(fault.instance_path[-1]) if fault.instance_path else ""
