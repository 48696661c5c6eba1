"""What the parts of a document refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Schema = dict[str, Any]


def referred(node: Any) -> Iterator[str]:
    """Names of the components that something refers to."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rpartition("/")[2]
        for value in node.values():
            yield from referred(value)
    elif isinstance(node, list):
        for value in node:
            yield from referred(value)


def closure(names: Iterable[str], schemas: Mapping[str, Schema]) -> list[str]:
    """These, and everything that they refer to, in the order in which it is first met."""
    met = dict.fromkeys(names)
    waiting = list(met)
    while waiting:
        for name in referred(schemas[waiting.pop()]):
            if name not in met:
                met[name] = None
                waiting.append(name)
    return list(met)


def drop_unused(document: dict[str, Any]) -> None:
    """Schemas that no operation leads to: each would be one more class in a generated client."""
    components = document["components"]
    schemas = components["schemas"]
    elsewhere = {key: value for key, value in components.items() if key != "schemas"}
    named = [*referred(document["paths"]), *referred(elsewhere)]
    used = set(closure((name for name in named if name in schemas), schemas))
    components["schemas"] = {name: schema for name, schema in schemas.items() if name in used}
