"""What a validator found, in the words of the error format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jsonschema_rs import ValidationError, ValidationErrorKind

from sandbox.kernel.errors import FieldError

MOST_FAULTS = 50
LONGEST = 300
Faults = Iterable[ValidationError]


def field_errors(faults: Faults, prefix: str = "") -> list[FieldError]:
    """One for each fault, at most 50; `prefix` is a JSON pointer to what was looked at."""
    found: list[FieldError] = []
    for fault in _unwrapped(faults):
        path = [*fault.instance_path, *_members(fault)]
        pointer = prefix + "".join(f"/{_escaped(step)}" for step in path)
        found.append(FieldError("VALIDATION_ERROR", pointer or "/", _told(fault)[:LONGEST]))
        if len(found) == MOST_FAULTS:
            break
    return found


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


def _members(fault: ValidationError) -> list[str]:
    """The member that is missing or too many stands at the end of the pointer."""
    kind = fault.kind
    if isinstance(kind, ValidationErrorKind.Required):
        return [kind.property]
    if isinstance(kind, ValidationErrorKind.AdditionalProperties):
        return [kind.unexpected[0]]
    return []


def _told(fault: ValidationError) -> str:
    """The validator's words; where any of several members would do, which."""
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


def _escaped(step: str | int) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")
