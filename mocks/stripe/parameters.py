"""What an operation accepts: readers turn the text of a form into typed values, or refuse it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mocks.stripe.errors import StripeError, invalid, missing_parameter, unknown_parameters
from mocks.stripe.forms import Tree

Reader = Callable[[Any, str], Any]
Readers = Mapping[str, Reader]

LONGEST_TEXT = 5000
MOST_METADATA = 50
UNSET = ""
"""How a form says: take this member away."""

CURRENCIES = frozenset(
    re.findall(
        r"\w+",
        """
        aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad
        cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd
        hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl
        mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg
        qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah
        ugx usd uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw
        """,
    )
)


def text(value: Any, name: str) -> str:
    """Any text."""
    if isinstance(value, dict):
        raise invalid(f"Invalid string: {_shown(value)}", name)
    if len(value) > LONGEST_TEXT:
        raise invalid(f"Invalid string: must be at most {LONGEST_TEXT} characters", name)
    return str(value)


def filled(value: Any, name: str) -> str:
    """Text that must not be empty."""
    if value == UNSET:
        message = f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a"
        message = f"{message} parameter; however '{name}' cannot be unset."
        raise invalid(message, name, "parameter_invalid_empty")
    return text(value, name)


def integer(value: Any, name: str) -> int:
    """A whole number."""
    if isinstance(value, dict) or not re.fullmatch(r"-?\d{1,18}", value):
        raise invalid(f"Invalid integer: {_shown(value)}", name, "parameter_invalid_integer")
    return int(value)


def positive(value: Any, name: str) -> int:
    """A whole number from 1."""
    number = integer(value, name)
    if number < 1:
        raise invalid("This value must be greater than or equal to 1.", name, "parameter_invalid_integer")
    return number


def boolean(value: Any, name: str) -> bool:
    """`true` or `false`."""
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {_shown(value)}", name)
    return bool(value == "true")


def currency(value: Any, name: str) -> str:
    """A currency the vendor knows, in lower case."""
    code = filled(value, name).lower()
    if code not in CURRENCIES:
        listed = ", ".join(sorted(CURRENCIES))
        raise invalid(f"Invalid currency: {code}. Stripe currently supports these currencies: {listed}", name)
    return code


def one_of(*choices: str) -> Reader:
    """One of some words."""

    def read(value: Any, name: str) -> str:
        if value not in choices:
            raise invalid(f"Invalid {name}: must be one of {_alternatives(choices)}", name)
        return str(value)

    return read


def anything(value: Any, name: str) -> Any:
    """A documented parameter that is accepted and kept, not simulated; lists by position become lists."""
    if not isinstance(value, dict):
        return text(value, name)
    if value and all(key.isdigit() for key in value):
        return [anything(value[key], name) for key in sorted(value, key=int)]
    return {key: anything(member, name) for key, member in value.items()}


def metadata(value: Any, name: str) -> dict[str, str] | str:
    """Strings by key; an empty value takes a key away, an empty text all of them."""
    if value == UNSET:
        return UNSET
    if not isinstance(value, dict):
        raise invalid("Invalid object", name)
    if len(value) > MOST_METADATA:
        raise invalid(f"Metadata can have up to {MOST_METADATA} keys", name)
    for key, member in value.items():
        _check_metadatum(key, member, f"{name}[{key}]")
    return dict(value)


def listing(item: Reader) -> Reader:
    """A list, sent by position."""

    def read(value: Any, name: str) -> Any:
        if value == UNSET:
            return UNSET
        if not isinstance(value, dict) or not all(key.isdigit() for key in value):
            raise invalid("Invalid array", name)
        return [item(value[key], f"{name}[{key}]") for key in sorted(value, key=int)]

    return read


def shape(**members: Reader) -> Reader:
    """An object with known members."""

    def read(value: Any, name: str) -> Any:
        if value == UNSET:
            return UNSET
        if not isinstance(value, dict):
            raise invalid("Invalid object", name)
        return read_parameters(members, value, within=name)

    return read


def span(value: Any, name: str) -> dict[str, int]:
    """A filter by second: one value, or `gt`, `gte`, `lt`, `lte`."""
    if not isinstance(value, dict):
        second = integer(value, name)
        return {"gte": second, "lte": second}
    return read_parameters(dict.fromkeys(("gt", "gte", "lt", "lte"), integer), value, within=name)


def accepted(names: str) -> dict[str, Reader]:
    """Documented parameters without an effect here."""
    return dict.fromkeys(names.split(), anything)


ADDRESS = shape(**dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), text))
BILLING = shape(address=ADDRESS, email=text, name=text, phone=text, tax_id=text)
SHIPPING = shape(address=ADDRESS, carrier=text, name=text, phone=text, tracking_number=text)


def read_parameters(
    readers: Readers, tree: Tree, required: Iterable[str] = (), within: str = ""
) -> dict[str, Any]:
    """The typed values of a form; refuses what is unknown, missing or malformed."""
    if unknown := [_named(name, within) for name in tree if name not in readers]:
        raise unknown_parameters(unknown)
    for name in required:
        if name not in tree:
            raise missing_parameter(_named(name, within))
    return {name: readers[name](value, _named(name, within)) for name, value in tree.items()}


def merged_metadata(before: Mapping[str, str], change: Any) -> dict[str, str]:
    """Keys are merged one by one; an empty value deletes its key."""
    if change is None:
        return dict(before)
    if change == UNSET:
        return {}
    return {key: value for key, value in {**before, **change}.items() if value != UNSET}


def _check_metadatum(key: str, value: Any, name: str) -> None:
    fault: StripeError | None = None
    if isinstance(value, dict):
        fault = invalid("Invalid string: metadata values must be strings", name)
    elif len(key) > 40:
        fault = invalid("Metadata keys must be at most 40 characters", name)
    elif len(value) > 500:
        fault = invalid("Metadata values must be at most 500 characters", name)
    if fault is not None:
        raise fault


def _named(name: str, within: str) -> str:
    return f"{within}[{name}]" if within else name


def _shown(value: Any) -> str:
    return "{...}" if isinstance(value, dict) else str(value)[:200]


def _alternatives(choices: tuple[str, ...]) -> str:
    if len(choices) < 3:
        return " or ".join(choices)
    return f"{', '.join(choices[:-1])}, or {choices[-1]}"
