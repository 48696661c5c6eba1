"""What a handler is told about one call."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sandbox.contract.plan import Plan
from sandbox.identity.principal import Principal
from sandbox.kernel.agenda import Agenda
from sandbox.kernel.ports import Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.kernel.workspaces import Workspaces

if TYPE_CHECKING:
    from sandbox.journal import Journals


class Server:
    """What outlives a call: made once by the composition root, the same for every call."""

    def __init__(
        self, workspaces: Workspaces, agenda: Agenda, ports: Ports, journals: Journals, facts: dict[str, Any]
    ) -> None:
        self.workspaces = workspaces
        self.agenda = agenda
        self.ports = ports
        self.journals = journals
        self.facts = facts
        """Named things that a room offers to handlers above it, such as fixtures or settings."""


class Call:
    """One call on its way through a handler. `tx` is open in synchronous handlers only."""

    tx: Transaction
    query: Mapping[str, Any] = MappingProxyType({})
    headers: Mapping[str, str] = MappingProxyType({})
    path = ""
    raw_query = b""
    body_bytes = b""
    correlation_id = ""
    traceparent = ""
    version = "1.2"
    client_ip = ""
    fault_ids: tuple[str, ...] = ()
    scope: MutableMapping[str, Any]
    """Of the request: what is left there, its connection finds."""
    gpc = False
    """Whether the person asked by Global Privacy Control not to be sold."""

    def __init__(self, server: Server, plan: Plan, workspace: Workspace, principal: Principal) -> None:
        self.server = server
        self.plan = plan
        self.workspace = workspace
        self.principal = principal

    def transaction(self) -> Transaction:
        """For asynchronous handlers: one transaction on behalf of the caller."""
        return self.workspace.transaction(self.correlation_id, self.actor)

    @property
    def actor(self) -> Mapping[str, Any]:
        """Who acts, for events and records."""
        principal = self.principal
        actor: dict[str, Any] = {
            "credentialId": principal.credential_id,
            "userId": principal.user_id,
            "type": principal.client_type,
        }
        if self.gpc:
            actor["gpc"] = True
        return actor

    @property
    def workspaces(self) -> Workspaces:
        """All workspaces of the server."""
        return self.server.workspaces

    @property
    def agenda(self) -> Agenda:
        """What runs due work."""
        return self.server.agenda

    @property
    def ports(self) -> Ports:
        """The ways out."""
        return self.server.ports
