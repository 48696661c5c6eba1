"""Personal data taken out of a copy of a document: the same value always gets the same stand-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

StandIn = Callable[[str, Any], Any]


def _person(mark: str, _: Any) -> str:
    return f"Person {mark[:6].upper()}"


def _address(mark: str, _: Any) -> str:
    return f"anon-{mark}@anonymous.invalid"


def _mark(mark: str, _: Any) -> str:
    return f"anon-{mark}"


def _year(_: str, value: Any) -> str:
    return f"{str(value)[:4]}-01-01"


def _nothing(_: str, __: Any) -> None:
    return None


def _empty(_: str, __: Any) -> dict[str, Any]:
    return {}


STAND_INS: Mapping[str, StandIn] = {
    **dict.fromkeys(("name", "badgeName", "displayName", "givenName", "familyName"), _person),
    **dict.fromkeys(("email", "receiptEmail", "contactEmail"), _address),
    **dict.fromkeys(("code", "ticketCode", "nationalId", "externalRef", "ip"), _mark),
    **dict.fromkeys(("birthDate", "dateOfBirth"), _year),
    **dict.fromkeys(("phone", "company", "jobTitle", "street", "postalCode", "vatId", "address"), _nothing),
    **dict.fromkeys(("notes", "note", "comment", "internalNote", "reason", "cancellationReason"), _nothing),
    **dict.fromkeys(("gender", "clientSecret", "photoUrl"), _nothing),
    **dict.fromkeys(("metadata", "answers", "customFields"), _empty),
}
"""Members that say who somebody is, wherever they stand."""


def anonymised(document: Mapping[str, Any], resource: str, key: bytes) -> dict[str, Any]:
    """A copy without personal data. `key` ties the stand-ins to one workspace; events are nobody's."""
    if resource == "events":
        return {**document, "metadata": {}}
    return _object(document, key)


def _object(document: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    return {member: _member(member, value, key) for member, value in document.items()}


def _member(name: str, value: Any, key: bytes) -> Any:
    stand_in = STAND_INS.get(name)
    if stand_in is None or value is None or (isinstance(value, dict | list) and stand_in is not _empty):
        return _value(value, key)
    return stand_in(blake2b(str(value).casefold().encode(), key=key, digest_size=5).hexdigest(), value)


def _value(value: Any, key: bytes) -> Any:
    if isinstance(value, Mapping):
        return _object(value, key)
    if isinstance(value, list):
        return [_value(each, key) for each in value]
    return value
