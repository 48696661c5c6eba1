"""Request bodies: from bytes to a validated, normalised value, or the error that says what is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import orjson

from sandbox.contract.faults import faults_of, field_errors, pointer
from sandbox.contract.schemas import Schema, Schemas
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.errors import (
    DomainError,
    FieldError,
    MalformedJson,
    UnsupportedMediaType,
    ValidationError,
)

DEEPEST = 64
JSON_TYPES = ("application/json", "application/merge-patch+json")
FORM = "application/x-www-form-urlencoded"
Shaper = Callable[[Any], Any]

_KEY = re.compile(rb'"[ \t\r\n]*:')
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_CONTAINERS = frozenset((dict, list))
_CONTROL = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f]")


class Body:
    """The body of one operation: accepted media types, schema, defaults and date-times."""

    def __init__(self, schemas: Schemas, request_body: Mapping[str, Any]) -> None:
        content: Mapping[str, Any] = request_body["content"]
        self.required: bool = request_body.get("required", False)
        self.media_types = tuple(content)
        self._open = "*/*" in content
        self._schemas = schemas
        self._by_type = {media: content[media].get("schema", {}) for media in content}
        self._shapers = {media: shaper(schemas, schema) for media, schema in self._by_type.items()}

    def read(self, body: bytes, content_type: str) -> Any:
        """The value; raises MalformedJson, UnsupportedMediaType or ValidationError."""
        if not body:
            return self._absent()
        media = content_type.split(";", 1)[0].strip().lower() or "application/json"
        schema = self._by_type.get(media)
        if schema is None:
            if self._open:
                return body
            accepted = ", ".join(self.media_types)
            raise UnsupportedMediaType(
                details=f"'{media}' is not accepted here; send {accepted}", target="Content-Type"
            )
        value = parse_form(body) if media == FORM else parse_json(body) if media in JSON_TYPES else body
        if media not in JSON_TYPES and media != FORM:
            return value
        validator = self._schemas.validator(schema)
        if not validator.is_valid(value):
            raise ValidationError.of(field_errors(self._schemas, schema, value))
        shape = self._shapers[media]
        return shape(value) if shape is not None else value

    def _absent(self) -> None:
        if self.required:
            raise ValidationError(
                details="a request body is required",
                target="/",
                errors=[FieldError("VALIDATION_ERROR", "/", "a request body is required")],
            )


def parse_json(body: bytes) -> Any:
    """Strict JSON: UTF-8, no repeated member names, at most 64 levels deep, text in NFC without control
    characters.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise MalformedJson(details=str(fault), target="/") from None
    if body.count(b"{") + body.count(b"[") > DEEPEST:
        _refuse_depth(value)
    if _names_twice(body, value):
        raise MalformedJson(details="an object names a member twice", target="/")
    if b"\\" in body and (faults := list(_controlled(value))):
        raise ValidationError.of(faults)
    return value if body.isascii() and b"\\u" not in body else _normalised(value)


def parse_form(body: bytes) -> dict[str, str]:
    """A form whose fields each come once."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=1000)
    except ValueError as fault:
        raise MalformedJson(details=f"the form cannot be read: {fault}", target="/") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise MalformedJson(details="the form names a field twice", target="/")
    return fields


def _names_twice(body: bytes, value: Any) -> bool:
    """Whether the text has more members than the value that was read from it.

    Without escapes every colon of the text comes again when the value is written, unless a member was lost:
    that is quicker to see than to count the members."""
    if b"\\" not in body and body.count(b":") == orjson.dumps(value).count(b":"):
        return False
    names = _count_names(value)
    return names != len(_KEY.findall(body)) and names != len(_KEY.findall(_STRING.sub(b'""', body)))


def _count_names(value: Any) -> int:
    """How many members all objects have that the text was read into."""
    names, rest = 0, [value]
    while rest:
        node = rest.pop()
        if type(node) is dict:
            names += len(node)
            rest += [member for member in node.values() if type(member) in _CONTAINERS]
        elif type(node) is list:
            rest += [item for item in node if type(item) in _CONTAINERS]
    return names


def _refuse_depth(value: Any) -> None:
    depth, level = 0, [value]
    while level:
        depth += 1
        if depth > DEEPEST:
            raise MalformedJson(details=f"nested deeper than {DEEPEST} levels", target="/")
        containers = [node for node in level if type(node) in _CONTAINERS]
        level = [member for node in containers for member in (node.values() if type(node) is dict else node)]


def _normalised(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        members = {_normalised(name): _normalised(member) for name, member in value.items()}
        if len(members) != len(value):
            raise MalformedJson(details="an object names a member twice", target="/")
        return members
    if isinstance(value, list):
        return [_normalised(item) for item in value]
    return value


def _controlled(value: Any, *path: str | int) -> Iterator[FieldError]:
    """A fault for each text with a control character: they only come escaped."""
    if isinstance(value, str):
        if _CONTROL.search(value):
            yield FieldError("VALIDATION_ERROR", pointer(*path), "holds a control character")
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _controlled(name, *path, name)
            yield from _controlled(member, *path, name)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _controlled(item, *path, place)


def shaper(schemas: Schemas, schema: Schema) -> Shaper | None:
    """What turns a valid value into the stored form: instants in UTC, defaults filled in. None: nothing to
    do.
    """
    schema = schemas.resolve(schema)
    if schema.get("format") == "date-time":
        return _to_instant
    if schema.get("type") == "array":
        return _array_shaper(shaper(schemas, schema.get("items", {})))
    for combined in ("allOf", "oneOf", "anyOf"):
        if len(schema.get(combined, [])) == 1:
            return shaper(schemas, schema[combined][0])
    return _object_shaper(schemas, schema)


def _array_shaper(each: Shaper | None) -> Shaper | None:
    if each is None:
        return None

    def shape(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        try:
            return list(map(each, value))
        except ValidationError as fault:
            place = next(place for place, item in enumerate(value) if faults_of(partial(each, item)))
            raise _below(place, fault) from None

    return shape


def _object_shaper(schemas: Schemas, schema: Schema) -> Shaper | None:
    properties: dict[str, Schema] = schema.get("properties", {})
    defaults = {name: member["default"] for name, member in properties.items() if "default" in member}
    inner = {
        name: each for name, member in properties.items() if (each := shaper(schemas, member)) is not None
    }
    if not defaults and not inner:
        return None

    def shape(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        shaped = {**defaults, **value}
        try:
            for name, each in inner.items():
                if name in shaped:
                    shaped[name] = each(shaped[name])
        except ValidationError as fault:
            raise _below(name, fault) from None
        return shaped

    return shape


def _to_instant(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return instant(parse_instant(value))
    except (ValueError, OverflowError):
        words = f'"{value[:40]}" is not an instant that can be represented'
        raise ValidationError.of([FieldError("VALIDATION_ERROR", "/", words)]) from None


def _below(step: str | int, fault: DomainError) -> DomainError:
    """The same fault, seen from one level up."""
    [said] = fault.errors
    return ValidationError.of([replace(said, target=(pointer(step) + said.target).rstrip("/"))])
