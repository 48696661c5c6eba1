"""The prebuilt documents, and the plans compiled from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
from connexion.operations import OpenAPIOperation
from connexion.resolver import Resolver
from connexion.spec import OpenAPISpecification

from sandbox.contract.plan import Handler, Plan
from sandbox.contract.schemas import Schemas

BUILT = Path(__file__).parent / "built"
METHODS = ("get", "post", "put", "patch", "delete")
Resolve = Callable[[str, str], Handler | None]
"""(tag, operationId) -> handler."""


class ContractMismatch(Exception):
    """Contract and code differ; every difference is named."""

    def __init__(self, missing: Iterable[str], orphaned: Iterable[str]) -> None:
        lines = [f"no handler for {name}" for name in sorted(missing)]
        lines += [f"no operation for {name}" for name in sorted(orphaned)]
        super().__init__("\n".join(["contract and code differ:", *lines]))


class _Checked(OpenAPISpecification):  # type: ignore[misc]  # connexion carries no types
    """A document that the build has validated, as it is: to check it again, copy it and resolve its
    references would cost most of a start. Plans resolve what they need.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._set_defaults(document)
        self._raw_spec = self._spec = document
        self._base_uri = ""


def load(name: str) -> dict[str, Any]:
    """The prebuilt document: `platform` or `control`."""
    document: dict[str, Any] = orjson.loads(prebuilt(name))
    return document


def prebuilt(name: str) -> bytes:
    """The same as JSON bytes, as it is served."""
    return (BUILT / f"{name}.json").read_bytes()


def source(name: str) -> bytes:
    """The document as YAML: made from the prebuilt form, so that an installed package needs no
    second copy.
    """
    import yaml  # asked for by people, once in a while: no start has to wait for it

    return yaml.dump(
        load(name), Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=110
    ).encode()


def operations(document: Mapping[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(path, method, operation) of all."""
    return [
        (path, method, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def compile_plans(document: dict[str, Any], resolve: Resolve, handlers: Iterable[str] = ()) -> list[Plan]:
    """One plan per operation, by way of Connexion's operation objects.

    `handlers` are the names (`tag.function`) the code offers. Raises ContractMismatch unless each operation
    has a handler and each handler an operation.
    """
    schemas = Schemas(document)
    specification = _Checked(document)
    plans, missing, served = [], [], set()
    for path, method, raw in operations(document):
        tag = raw["tags"][0]
        handler = resolve(tag, raw["operationId"])
        if handler is None:
            missing.append(f"{raw['operationId']} ({tag})")
            continue
        served.add(f"{tag}.{getattr(handler, '__name__', raw['operationId'])}")
        operation = OpenAPIOperation.from_spec(
            specification, path=path, method=method, resolver=Resolver(lambda _, handler=handler: handler)
        )
        plans.append(Plan(operation, raw, schemas, handler))
    orphaned = set(handlers) - served
    if missing or orphaned:
        raise ContractMismatch(missing, orphaned)
    return plans
