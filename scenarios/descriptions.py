"""The OpenAPI documents a scenario names: which operation is which request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `parameters` maps (name, place) to whether it is required."""

    id: str
    method: str
    path: str
    parameters: Mapping[tuple[str, str], bool]
    body_required: bool


@lru_cache(maxsize=16)
def load_description(path: Path) -> dict[str, Operation]:
    """The operations of an OpenAPI document by operationId."""
    text = path.read_text(encoding="utf-8")
    document = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=LOADER)
    return {operation.id: operation for operation in _operations(document)}


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in METHODS:
            raw = item.get(method)
            if raw is None or "operationId" not in raw:
                continue
            declared = [
                _follow(document, p) for p in [*item.get("parameters", ()), *raw.get("parameters", ())]
            ]
            body = _follow(document, raw.get("requestBody") or {})
            yield Operation(
                raw["operationId"],
                method.upper(),
                path,
                {(p["name"], p["in"]): bool(p.get("required")) for p in declared},
                bool(body.get("required")),
            )


def _follow(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        target: Any = document
        for step in node["$ref"][2:].split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times quicker where libyaml is there; contracts are long."""
