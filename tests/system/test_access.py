"""Who may call what: every operation of both contracts, asked by every role, as the contract promises."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any, NamedTuple

import orjson
import pytest

from sandbox.contract.document import load, operations
from sandbox.control.minting import grant_for
from sandbox.identity.roles import ROLE_SCOPES
from tests.conftest import Api, Server

NOBODY = "00000000-0000-4000-8000-000000000000"
PATH_VALUES = {"milliseconds": "0", "statusCode": "200", "roleName": "staff"}
DEMOS = ("partner-demo", "clinic-demo", "internal-demo", "readonly-demo", "specialist-demo")
LET_IN = {"UNKNOWN_PARAMETER", "IDEMPOTENCY_KEY_REQUIRED"}
"""What is judged after access."""


class Operation(NamedTuple):
    """What the contract says of one operation."""

    name: str
    method: str
    path: str
    scopes: frozenset[str]
    open: bool


def _operations() -> Iterator[Operation]:
    for name in ("platform", "control"):
        for path, method, operation in operations(load(name)):
            security = operation["security"]
            scopes = frozenset(scope for each in security for scope in each.get("oauth2", ()))
            asked = re.sub(r"{(\w+)}", lambda found: PATH_VALUES.get(found[1], NOBODY), path)
            yield Operation(
                operation["operationId"], method.upper(), asked, scopes, not security or {} in security
            )


OPERATIONS = [each for each in _operations() if not each.path.startswith("/oauth")]
"""Those that answer in the usual format; the token endpoints speak a dialect of their own."""


class Caller:
    """Asks with one credential over one connection. Each call has a parameter that no operation knows, which
    is judged after access and before anything is done."""

    def __init__(self, server: Server, workspace_id: str, headers: dict[str, str]) -> None:
        self._connection = HTTPConnection("127.0.0.1", server.settings.port, timeout=30)
        self._headers = {"X-Sandbox-Workspace": workspace_id, **headers}

    def refusal(self, operation: Operation) -> str:
        """The code with which access was refused; empty if it was not."""
        self._connection.request(operation.method, operation.path + "?unheard=of", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        code: str = orjson.loads(body)["error"]["code"]
        return "" if code in LET_IN else code


def _credentials(api: Api) -> Iterator[tuple[str, frozenset[str], dict[str, str]]]:
    """(name, scopes, headers) of every role and every published client."""
    for role in ROLE_SCOPES:
        with api.workspace.transaction() as tx:
            grant, _ = grant_for(tx, {"persona": role})
        token = api.persona(role).headers["authorization"]
        yield role, frozenset(grant.scopes), {"Authorization": token}
    clients = {one["clientId"]: one for one in api.workspace.store.find("credential")}
    for name in DEMOS:
        yield (
            name,
            frozenset(clients[name]["scopes"]),
            {"Authorization": api.as_(name).headers["authorization"]},
        )


def _public_key(api: Api) -> tuple[str, frozenset[str], dict[str, str]]:
    """What stands in the page of a widget."""
    [key] = [one for one in api.workspace.store.find("credential") if one["clientType"] == "public"]
    return "public key", frozenset(key["scopes"]), {"X-API-Key": "pk_sandbox_widget_demo"}


def _expected(operation: Operation, scopes: frozenset[str] | None) -> str:
    if operation.open:
        return ""
    if scopes is None:
        return "AUTHENTICATION_REQUIRED"
    return "" if operation.scopes <= scopes else "INSUFFICIENT_SCOPE"


def test_every_operation_is_open_to_those_with_its_scopes_alone(api: Api, server: Server) -> None:
    everyone = [("anonymous", None, {}), _public_key(api), *_credentials(api)]
    wrong = []
    for name, scopes, headers in everyone:
        caller = Caller(server, api.workspace_id, headers)
        for operation in OPERATIONS:
            expected, found = _expected(operation, scopes), caller.refusal(operation)
            if expected != found:
                wrong.append(f"{name}: {operation.name} -> {found or 'let in'}, not {expected or 'let in'}")
    assert not wrong, "\n".join(wrong[:40])


def test_a_credential_of_one_workspace_is_nobody_in_another(api: Api, server: Server) -> None:
    stranger = server.sandbox.workspaces.fork("ws_default", "ws_of_others")
    issued = api.post("/sandbox/v1/credentials", json={"name": "ours", "kind": "api_key"}).json()
    try:
        at_home = Caller(server, api.workspace_id, {"X-API-Key": issued["apiKey"]})
        abroad = Caller(server, stranger.id, {"X-API-Key": issued["apiKey"]})
        [root] = [each for each in OPERATIONS if each.name == "listEvents"]
        assert at_home.refusal(root) == ""
        found = Counter(abroad.refusal(operation) for operation in OPERATIONS)
        assert found == {"WORKSPACE_ACCESS_DENIED": len(OPERATIONS)}
    finally:
        server.sandbox.workspaces.delete(stranger.id)


def _own(api: Api, user_id: str) -> dict[str, set[str]]:
    """Ids of what belongs to a person, by the collection it is listed in."""
    find = api.workspace.store.find
    mine = [one["id"] for one in find("registration") if one["userId"] == user_id]
    payments = [one for one in find("payment") if one["_userId"] == user_id]
    return {
        "registrations": set(mine),
        "payments": {one["id"] for one in payments},
        "refunds": {one["id"] for one in find("refund") if one["_userId"] == user_id},
    }


@pytest.mark.parametrize("persona", ["attendee", "attendee_other", "erasable"])
def test_people_see_their_own_rows_and_no_others(api: Api, persona: str) -> None:
    client, user_id = api.persona(persona), api.fixture(f"user.{persona}")
    for collection, own in _own(api, user_id).items():
        listed = _all(client, f"/api/v1/{collection}")
        assert own == listed, collection
        everything = _all(api, f"/api/v1/{collection}")
        for foreign in sorted(everything - own)[:15]:
            answer = client.get(f"/api/v1/{collection}/{foreign}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "RESOURCE_NOT_FOUND"), (
                collection
            )
        for mine in sorted(own)[:15]:
            assert client.get(f"/api/v1/{collection}/{mine}").status_code == 200, collection


def _all(client: Api, path: str) -> set[str]:
    found: set[str] = set()
    page: dict[str, Any] = {"pagination": {}}
    for number in range(1, 40):
        page = client.get(path, params={"page": number, "pageSize": 100}).json()
        found |= {one["id"] for one in page["data"]}
        if len(page["data"]) < 100:
            break
    return found
