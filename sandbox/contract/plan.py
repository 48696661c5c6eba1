"""One Plan per operation: everything a request needs, compiled from Connexion's operation objects at
start.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from connexion.operations import OpenAPIOperation

from sandbox.contract.bodies import Body
from sandbox.contract.faults import faults_of
from sandbox.contract.parameters import Parameter, Query
from sandbox.contract.schemas import Schema, Schemas
from sandbox.kernel.errors import FieldError

Handler = Callable[..., Any]


class Plan:
    """What the contract says of one operation, in the form that costs least per request."""

    def __init__(
        self, operation: OpenAPIOperation, raw: Mapping[str, Any], schemas: Schemas, handler: Handler
    ) -> None:
        self.method = operation.method.upper()
        self.path: str = operation.path
        self.largest_body: int = raw.get("x-largest-body", 0)
        """In bytes; 0 for as much as any."""
        self.id: str = raw["operationId"]
        self.tag: str = raw["tags"][0]
        self.handler = handler
        self.is_async = inspect.iscoroutinefunction(handler)
        self.schemas = schemas
        self.raw = raw
        parameters = [_resolved(schemas, raw_parameter, operation) for raw_parameter in raw["parameters"]]
        declared = [Parameter(schemas, p) for p in parameters if p["in"] in ("path", "query")]
        places = {p["name"]: p["in"] for p in parameters}
        self.path_parameters = [p for p in declared if places[p.name] == "path"]
        self.can_be_brief = "Prefer" in places
        self.query = Query([p for p in declared if places[p.name] == "query"])
        self.body = Body(schemas, raw["requestBody"]) if "requestBody" in raw else None
        self._set_security(raw["security"])
        self._set_policies(raw)
        self._set_success(raw["responses"])
        self._set_arguments(handler, declared)

    def arguments(self, path: Mapping[str, str], query: Mapping[str, Any], body: Any) -> dict[str, Any]:
        """Keyword arguments for the handler; path values are checked here, the rest is already."""
        found: dict[str, Any] = {}
        for parameter in self.path_parameters:
            value = parameter.read_one(path[parameter.name])
            if parameter.argument in self._wanted:
                found[parameter.argument] = value
        for name, argument in self._query_arguments:
            if name in query:
                found[argument] = query[name]
        if self._takes_body:
            found["body"] = body
        return found

    def faults(
        self, path: Mapping[str, str], raw_query: bytes, body: bytes, content_type: str
    ) -> list[FieldError]:
        """All that is malformed in a request, in the order in which it is looked at."""
        reads: list[Callable[[], object]] = [partial(self.query.read, raw_query)]
        if self.body is not None:
            reads.append(partial(self.body.read, body, content_type))
        reads += [partial(each.read_one, path[each.name]) for each in self.path_parameters]
        return [fault for read in reads for fault in faults_of(read)]

    def _set_security(self, security: list[dict[str, list[str]]]) -> None:
        """`scopes`: what a caller needs; `open`: works without a credential."""
        self.scopes = frozenset(scope for option in security for scope in option.get("oauth2", []))
        self.open = not security or {} in security

    def _set_policies(self, raw: Mapping[str, Any]) -> None:
        self.idempotency: str = raw.get("x-idempotency", "no")
        self.cache_control: str = raw.get("x-cache-control", "no-store")
        shared = self.cache_control.startswith("max-age")
        self.cache_for_anyone = (f"public, {self.cache_control}" if shared else self.cache_control).encode()
        self.cache_for_one = (f"private, {self.cache_control}" if shared else self.cache_control).encode()
        self.pagination: str = raw.get("x-pagination", "")
        self.sorts: list[str] = raw.get("x-sorts", [])
        self.expands: Mapping[str, str] = raw.get("x-expands", {})
        """Related resource -> the scope that reading it takes."""
        self.formats: tuple[str, ...] = tuple(raw.get("x-formats", ("json",)))
        """Forms of the answer; the first is the usual one."""
        self.is_control = self.path.startswith("/sandbox/")
        self.major = "v1" if self.path.startswith("/api/v1/") else ""
        """The version of the platform that the operation belongs to."""
        self.audited = self.method != "GET" or not (self.open or self.is_control)
        """Whether each call is kept in the audit log: what changes something or is not for everybody."""

    def _set_success(self, responses: Mapping[str, Any]) -> None:
        statuses = [int(code) for code in responses if code.isdigit() and 200 <= int(code) < 300]
        self.status = min(statuses, default=200)
        content: Mapping[str, Any] = responses.get(str(self.status), {}).get("content", {})
        self.media_types = tuple(content)
        self.response_schema: Schema | None = content.get("application/json", {}).get("schema")
        reference: str = (self.response_schema or {}).get("$ref", "")
        self.returns = reference.rpartition("/")[2]

    def _set_arguments(self, handler: Handler, declared: list[Parameter]) -> None:
        signature = inspect.signature(handler).parameters
        takes_all = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in signature.values())
        self._wanted = {p.argument for p in declared if takes_all or p.argument in signature}
        path = {p.argument for p in self.path_parameters}
        self._query_arguments = [
            (p.name, p.argument) for p in declared if p.argument in self._wanted and p.argument not in path
        ]
        self._takes_body = "body" in signature or takes_all


def _resolved(
    schemas: Schemas, parameter: Mapping[str, Any], operation: OpenAPIOperation
) -> Mapping[str, Any]:
    reference = parameter.get("$ref")
    if reference is None:
        return parameter
    found: Mapping[str, Any] = operation.components["parameters"][reference.rpartition("/")[2]]
    return found
