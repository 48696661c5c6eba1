"""The canonical JSON form of RFC 8785, over which the signature inside the body is computed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any

from msgspec.json import Encoder

_encode = Encoder(order="sorted").encode

# What the compiled encoder may write differently: names beyond U+E000, fractions, huge integers.
_NEEDS_CARE = re.compile(rb"[\xee-\xff]|[:,\[]-?(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d{16,})[,}\]]")


def canonical(value: Any) -> bytes:
    """UTF-8 bytes that every conforming implementation derives from the same JSON object or array."""
    encoded = _encode(value)
    return _text(value).encode() if _NEEDS_CARE.search(encoded) else encoded


def _text(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None or value is True or value is False:
        return _LITERALS[value]
    if isinstance(value, Mapping):
        members = sorted(value.items(), key=_utf16)
        return (
            "{" + ",".join([f"{encode_basestring(name)}:{_text(member)}" for name, member in members]) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ",".join([_text(element) for element in value]) + "]"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _number(value)
    raise ValueError(f"{type(value).__name__} has no JSON form")


_LITERALS = {None: "null", True: "true", False: "false"}
LARGEST_INTEGER = 2**53


def _utf16(member: tuple[str, Any]) -> bytes:
    """Members are ordered by UTF-16 code units, which differs from code points beyond U+FFFF."""
    return member[0].encode("utf-16-be")


def _integer(value: int) -> str:
    """A number beyond the exact range is the double that a reader would make of it."""
    return str(value) if -LARGEST_INTEGER <= value <= LARGEST_INTEGER else _number(float(value))


def _number(value: float) -> str:
    """A double as ECMAScript prints it: shortest digits, exponents only from 1e21 and below 1e-6."""
    if not math.isfinite(value):
        return "null"
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    point = len(whole) + int(exponent or 0)
    digits = (whole + fraction).lstrip("0")
    point -= len(whole + fraction) - len(digits)
    return ("-" if value < 0 else "") + _place(digits.rstrip("0"), point)


def _place(digits: str, point: int) -> str:
    """Digits with the decimal point after `point` of them."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    mantissa = digits[0] + (f".{digits[1:]}" if digits[1:] else "")
    return f"{mantissa}e{point - 1:+d}"
