"""Path and query parameters: from text to validated values, compiled once per operation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from sandbox.contract.faults import LONGEST, likely, told
from sandbox.contract.schemas import Schemas
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.errors import BY_CODE, DomainError, FieldError, InvalidParameter

REMEMBERED = 512
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_FAULTY = object()


def snake(name: str) -> str:
    """`eventId` -> `event_id`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Parameter:
    """One parameter: how its text becomes a value."""

    def __init__(self, schemas: Schemas, declared: Mapping[str, Any]) -> None:
        self.name: str = declared["name"]
        self.argument = snake(self.name)
        self.required: bool = declared.get("required", False)
        self.schema = schemas.resolve(declared["schema"])
        self.is_array = self.schema["type"] == "array"
        item = schemas.resolve(self.schema["items"]) if self.is_array else self.schema
        self._type: str = item["type"]
        self._cast = _CASTS[self._type]
        self._is_instant = item.get("format") == "date-time"
        self._schemas = schemas
        self._remembered: dict[str, Any] = {}

    def read_one(self, text: str) -> Any:
        """As `read`, for a path value; remembers the values it has already accepted."""
        value = self._remembered.get(text, _FAULTY)
        if value is _FAULTY:
            value = self.read([text])
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            self._remembered[text] = value
        return value

    def read(self, texts: list[str]) -> Any:
        """The value; raises InvalidParameter."""
        if self.is_array:
            value: Any = [self._cast(part) for text in texts for part in text.split(",")]
            faulty = _FAULTY in value
        else:
            value = self._cast(texts[0])
            faulty = value is _FAULTY
        validator = self._schemas.validator(self.schema)
        if len(texts) > 1 and not self.is_array:
            raise self._refusal("given more than once")
        if faulty:
            raise self._refusal(f'"{",".join(texts)[:100]}" is not of type "{self._type}"')
        if not validator.is_valid(value):
            hint = "; write + as %2B" if self._is_instant and " " in texts[0] else ""
            raise self._refusal(told(next(iter(validator.iter_errors(value))))[:LONGEST] + hint)
        return self._normalised(value) if self._is_instant else value

    def _refusal(self, words: str) -> DomainError:
        return InvalidParameter.of([FieldError("INVALID_PARAMETER", self.name, words)])

    def _normalised(self, value: Any) -> Any:
        try:
            return (
                [instant(parse_instant(v)) for v in value] if self.is_array else instant(parse_instant(value))
            )
        except (ValueError, OverflowError):
            raise self._refusal(f'"{value}" is not an instant that can be represented') from None


class Query:
    """All query parameters of an operation; remembers the queries it has already accepted."""

    def __init__(self, parameters: list[Parameter]) -> None:
        self._parameters = {parameter.name: parameter for parameter in parameters}
        self._required = [parameter.name for parameter in parameters if parameter.required]
        self._remembered: dict[bytes, dict[str, Any]] = {}

    def read(self, raw: bytes) -> dict[str, Any]:
        """Values by name; raises UnknownParameter, InvalidParameter or ValidationError, which list
        all that is wrong. Do not change the result.
        """
        known = self._remembered.get(raw)
        if known is None:
            known = self._read(raw)
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            self._remembered[raw] = known
        return known

    def _read(self, raw: bytes) -> dict[str, Any]:
        texts: dict[str, list[str]] = {}
        for name, text in _pairs(raw):
            texts.setdefault(name, []).append(text)
        faults = [self._unknown(name) for name in texts if name not in self._parameters]
        for name in self._required:
            if name not in texts:
                faults.append(FieldError("VALIDATION_ERROR", name, "this parameter is required"))
        values = {}
        for name in [name for name in texts if name in self._parameters]:
            try:
                values[name] = self._parameters[name].read(texts[name])
            except InvalidParameter as fault:
                faults += fault.errors
        if faults:
            raise BY_CODE[faults[0].code].of(faults)
        return values

    def _unknown(self, name: str) -> FieldError:
        words = f"unknown parameter{likely(name, self._parameters)}"
        return FieldError("UNKNOWN_PARAMETER", name[:100], words)


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError as fault:
        raise InvalidParameter(details=f"the query string cannot be read: {fault}", target="query") from None


def _integer(text: str) -> Any:
    return int(text) if _INTEGER.fullmatch(text) else _FAULTY


def _number(text: str) -> Any:
    return float(text) if _NUMBER.fullmatch(text) else _FAULTY


def _boolean(text: str) -> Any:
    return {"true": True, "false": False}.get(text, _FAULTY)


_CASTS: dict[str, Callable[[str], Any]] = {
    "string": lambda text: text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}
