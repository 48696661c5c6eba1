"""JSON values as XML 1.0: an element for every member, `item` for what is in a list, `nil` for null."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import xmltodict

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml(schema: str, value: Any) -> bytes:
    """A document whose root is named after the schema: `EventList` becomes `eventList`, of `event`s."""
    root = _lower(schema) or "answer"
    item = root.removesuffix("List") if root.endswith("List") else "item"
    text: str = xmltodict.unparse({root: _element(value, item)}, short_empty_elements=False)
    return text.encode()


def _element(value: Any, item: str = "item") -> Any:
    """As xmltodict writes it; `item` names the entries of `data`, which a list answers with."""
    if isinstance(value, Mapping):
        return _members(value, item)
    if isinstance(value, list):
        return {"item": [_element(each) for each in value]} if value else ""
    if value is None:
        return {"@nil": "true"}
    if isinstance(value, bool):
        return "true" if value else "false"
    return _FORBIDDEN.sub("\ufffd", str(value))


def _members(value: Mapping[str, Any], item: str) -> Any:
    """A member whose name no element can have becomes a `member` with a `name`."""
    elements: dict[str, Any] = {}
    odd = []
    for name, each in value.items():
        if not _NAME.fullmatch(name):
            element = _element(each)
            named = element if isinstance(element, dict) else {"#text": element}
            odd.append({"@name": _FORBIDDEN.sub("\ufffd", name), **named})
        elif name == "data" and isinstance(each, list):
            elements[name] = {item: [_element(one) for one in each]} if each else ""
        else:
            elements[name] = _element(each)
    if odd:
        elements["member"] = odd if "member" not in elements else [elements["member"], *odd]
    return elements or ""


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
