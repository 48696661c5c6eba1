"""One login: who it is, where they act, and how their files become calls of the API."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

import orjson

from sandbox.exchange import tree
from sandbox.exchange.front_door import Application, post
from sandbox.exchange.intake import request_of
from sandbox.identity.authentication import Identity
from sandbox.identity.principal import Principal
from sandbox.kernel.errors import DomainError
from sandbox.kernel.workspace import Workspace
from sandbox.kernel.workspaces import DEFAULT, Workspaces
from sandbox.platform.operations import Operations

FORM = "application/x-www-form-urlencoded"
BATCHES = frozenset(("batch:read", "batch:write"))


class House:
    """What every login of a server shares."""

    def __init__(
        self, application: Application, identity: Identity, workspaces: Workspaces, operations: Operations
    ) -> None:
        self.application = application
        self.identity = identity
        self.workspaces = workspaces
        self.operations = operations

    async def enter(self, user: str, password: str, client_ip: str) -> Session | None:
        """A session for an API key as the password, or for the id and secret of an OAuth client.

        The user may name the workspace to act in: `ws_…`, or `anyone@ws_…`. None for who may not."""
        name, _, named = user.rpartition("@") if "@ws_" in user else (user, "", "")
        named = named or (user if user.startswith("ws_") else "")
        session = self._session({"X-API-Key": password}, named, client_ip)
        if session is not None or password.startswith("sk_"):
            return session
        token = await self._token(name, password, named, client_ip)
        return self._session(token, named, client_ip) if token else None

    def _session(self, headers: dict[str, str], named: str, client_ip: str) -> Session | None:
        raw = {name.lower().encode(): value.encode("latin-1", "replace") for name, value in headers.items()}
        workspace = self.workspaces.get(named or self.identity.home(raw)) or self.workspaces.get(DEFAULT)
        if workspace is None or (named and workspace.id != named):
            return None
        try:
            principal = self.identity.authenticate(self.workspaces, raw, client_ip, workspace)
        except DomainError:
            return None
        if principal is None or not BATCHES & principal.scopes:
            return None
        headers = {**headers, "X-Sandbox-Workspace": workspace.id}
        return Session(self, workspace, principal, (headers, client_ip))

    async def _token(self, name: str, secret: str, named: str, client_ip: str) -> dict[str, str]:
        """The header of a fresh access token; empty if the client gets none."""
        form = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
        headers = {"Content-Type": FORM, **({"X-Sandbox-Workspace": named} if named else {})}
        answer = await post(self.application, "/oauth/token", headers, urlencode(form).encode(), client_ip)
        if answer.status != 200:
            return {}
        return {"Authorization": f"Bearer {orjson.loads(answer.body)['access_token']}"}


class Session:
    """A credential in a workspace."""

    def __init__(
        self, house: House, workspace: Workspace, principal: Principal, caller: tuple[dict[str, str], str]
    ) -> None:
        self.house = house
        self.workspace_id = workspace.id
        self.owner = principal.credential_id
        self._headers, self._client_ip = caller

    @property
    def workspace(self) -> Workspace:
        """As it is now; raises ResourceNotFound once it is deleted."""
        return self.house.workspaces.need(self.workspace_id)

    async def received(self, name: str, content: bytes) -> None:
        """A whole file has come in: keep it, and do what it asks for."""
        with self.workspace.transaction() as tx:
            tree.store(tx, self.owner, name, content)
        if tree.is_partial(name):
            return
        outcome = await self._submit(name, content)
        with self.workspace.transaction() as tx:
            tree.store(tx, self.owner, name, content, **outcome)

    async def _submit(self, name: str, content: bytes) -> dict[str, Any]:
        try:
            request = request_of(name, content, self.house.operations)
        except DomainError as error:
            with self.workspace.transaction() as tx:
                explained = self.house.operations.explain(error, tx.new_id("correlation"), tx.stamp())
            return {"refusal": {"error": explained}}
        same_file = blake2b(name.encode() + b"\n" + content, digest_size=16).hexdigest()
        headers = {
            **self._headers,
            "Content-Type": "application/json",
            "Idempotency-Key": f"file-{same_file}",
        }
        answer = await post(self.house.application, request.path, headers, request.body, self._client_ip)
        told = orjson.loads(answer.body)
        return {"jobId": told["id"]} if answer.status == 202 else {"refusal": told}
