"""The operations of the API, performed on behalf of a caller: by batches, exports and schedules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from sandbox.contract.plan import Plan
from sandbox.identity.authentication import authorize
from sandbox.identity.principal import Principal
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import DomainError
from sandbox.kernel.replies import Reply
from sandbox.kernel.workspace import Workspace
from sandbox.platform.call import Call, Server
from sandbox.platform.resource import Resource

JSON = "application/json"
Explain = Callable[[DomainError, str, str], dict[str, Any]]
"""The error object of an answer, for an error, its correlation id and when it happened."""


class Operations:
    """Every operation by its id, with the validators and the handler that serve it over HTTP."""

    def __init__(
        self, server: Server, plans: Mapping[str, Plan], resources: Mapping[str, Resource], explain: Explain
    ) -> None:
        self.server = server
        self.explain = explain
        self._plans = plans
        self._resources = resources

    @property
    def ids(self) -> Collection[str]:
        """Of all."""
        return self._plans.keys()

    def plan(self, operation_id: str) -> Plan | None:
        """None when there is no such operation."""
        return self._plans.get(operation_id)

    def address(self, call: Call, kind: str, key: str) -> str | None:
        """Where the document is read, None for what cannot be read by itself."""
        schema = "".join(part.capitalize() for part in kind.split("_"))
        resource, document = self._resources.get(schema), call.tx.get(kind, key)
        return resource.address(document) if resource and resource.path and document else None

    def call(
        self, workspace: Workspace, operation_id: str, principal: Principal, correlation_id: str
    ) -> Call:
        """A call of the operation by the principal; raises InsufficientScope."""
        plan = self._plans[operation_id]
        authorize(principal, plan.scopes)
        call = Call(self.server, plan, workspace, principal)
        call.path = plan.path
        call.scope = {}
        call.correlation_id = correlation_id
        return call

    def shown(self, call: Call, document: Document) -> dict[str, Any]:
        """What the caller is shown of an item of the list that the operation returns."""
        resource = self._resources.get(call.plan.returns.removesuffix("List"))
        if resource is None:
            return dict(document)
        return resource.shown(document if resource.present is None else resource.present(call, document))


def arguments(call: Call, path: Mapping[str, str], query: Mapping[str, Any], body: Any) -> dict[str, Any]:
    """The handler's arguments, checked as those of a request are; raises DomainError."""
    plan = call.plan
    call.path = plan.path.format(**path)
    call.query = query_of(plan, query)
    if plan.body is not None:
        call.body_bytes = b"" if body is None else orjson.dumps(body)
        body = plan.body.read(call.body_bytes, JSON)
    return plan.arguments(path, call.query, body)


def query_of(plan: Plan, query: Mapping[str, Any]) -> Mapping[str, Any]:
    """Query parameters given as JSON values, checked as those of a request are; raises DomainError."""
    texts = {name: _text(value) for name, value in query.items() if value is not None}
    return plan.query.read(urlencode(texts).encode())


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(_text(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def operations_of(call: Call) -> Operations:
    """All operations of the server that a call came to."""
    found: Operations = call.server.facts["operations"]
    return found


def id_of(done: Any) -> str | None:
    """Of the resource that a handler returned."""
    shown = done.body if isinstance(done, Reply) else done
    return shown.get("id") if isinstance(shown, Mapping) else None
