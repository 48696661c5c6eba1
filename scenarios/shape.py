"""The closed shape of an Arazzo 1.0.1 document: which keys, of which type, which of them required."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Fault = tuple[str, str]
"""Where (JSON pointer) and what."""

IDENTIFIER = re.compile(r"^[A-Za-z0-9_-]+$")
ANY = object


class Keys(dict[str, Any]):
    """A closed object: key -> type, Keys or [element]; a trailing `!` marks required keys."""


ACTION = Keys(
    {"name!": str, "type!": str, "workflowId": str, "stepId": str, "criteria": [], "reference": str}
)
RETRY = Keys({**ACTION, "retryAfter": (int, float), "retryLimit": int})
PARAMETER = Keys({"name": str, "in": str, "value": ANY, "reference": str})
CRITERION = Keys({"condition!": str, "context": str, "type": (str, dict)})
ACTION["criteria"] = RETRY["criteria"] = [CRITERION]
REFERENCE = Keys({"reference!": str, "value": ANY})
STEP = Keys(
    {
        "stepId!": str,
        "description": str,
        "operationId": str,
        "operationPath": str,
        "workflowId": str,
        "parameters": [PARAMETER],
        "requestBody": Keys({"contentType": str, "payload": ANY, "replacements": [dict]}),
        "successCriteria": [CRITERION],
        "onSuccess": [(ACTION, REFERENCE)],
        "onFailure": [(RETRY, REFERENCE)],
        "outputs": dict,
    }
)
WORKFLOW = Keys(
    {
        "workflowId!": str,
        "summary": str,
        "description": str,
        "inputs": dict,
        "dependsOn": [str],
        "steps!": [STEP],
        "successActions": [(ACTION, REFERENCE)],
        "failureActions": [(RETRY, REFERENCE)],
        "outputs": dict,
        "parameters": [PARAMETER],
    }
)
DOCUMENT = Keys(
    {
        "arazzo!": str,
        "info!": Keys({"title!": str, "summary": str, "description": str, "version!": str}),
        "sourceDescriptions!": [Keys({"name!": str, "url!": str, "type": str})],
        "workflows!": [WORKFLOW],
        "components": Keys(
            {"inputs": dict, "parameters": dict, "successActions": dict, "failureActions": dict}
        ),
    }
)


def shape_faults(value: Any, shape: Any = DOCUMENT, place: str = "#") -> Iterator[Fault]:
    """Every place where a value departs from the shape."""
    if isinstance(shape, tuple) and any(isinstance(part, Keys) for part in shape):
        yield from shape_faults(value, _which(value, shape), place)
    elif isinstance(shape, Keys):
        yield from (
            _key_faults(value, shape, place) if isinstance(value, Mapping) else [(place, "must be an object")]
        )
    elif isinstance(shape, list):
        yield from _list_faults(value, shape, place)
    elif shape is not ANY and (not isinstance(value, shape) or isinstance(value, bool)):
        yield place, f"must be {_called(shape)}, not {type(value).__name__}"


def _which(value: Any, shapes: tuple[Any, ...]) -> Any:
    return shapes[1] if isinstance(value, Mapping) and "reference" in value else shapes[0]


def _list_faults(value: Any, shape: list[Any], place: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield place, "must be a list"
        return
    for n, element in enumerate(value):
        yield from shape_faults(element, shape[0], f"{place}/{n}")


def _key_faults(value: Mapping[str, Any], shape: Keys, place: str) -> Iterator[Fault]:
    known = {key.rstrip("!"): part for key, part in shape.items()}
    for key in shape:
        if key.endswith("!") and key[:-1] not in value:
            yield place, f"{key[:-1]} is missing"
    for key, part in value.items():
        if key in known:
            yield from shape_faults(part, known[key], f"{place}/{key}")
        elif not str(key).startswith("x-"):
            yield f"{place}/{key}", f"is not a key here; there are {', '.join(known)}"


def _called(shape: Any) -> str:
    names = {str: "text", int: "a whole number", float: "a number", dict: "an object"}
    return " or ".join(names[part] for part in (shape if isinstance(shape, tuple) else (shape,)))
