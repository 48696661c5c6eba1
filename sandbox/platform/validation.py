"""Validation: calls that change nothing and show whether a client is set up rightly."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any

from sandbox.contract.document import load, operations
from sandbox.contract.faults import field_errors
from sandbox.identity.principal import Principal
from sandbox.journal.redaction import redacted_headers
from sandbox.kernel.errors import ResourceNotFound, SimulatedFault, ValidationError
from sandbox.kernel.replies import Reply
from sandbox.platform.call import Call
from sandbox.webhooks.verification import verify

BODILESS = (204, 205, 304)


def ping(call: Call) -> dict[str, Any]:
    """The workspace's time."""
    return {"pong": True, "at": call.tx.stamp(), "delayedMs": None}


def return_status(call: Call, status_code: int) -> Reply:
    """Errors in the usual format; what has no body by its status has none."""
    if status_code >= 400:
        raise SimulatedFault(status_code, details=f"{status_code} was asked for")
    if status_code in BODILESS:
        return Reply(status_code)
    return Reply(status_code, ping(call))


async def return_after_delay(call: Call, milliseconds: int) -> dict[str, Any]:
    """Nothing is held meanwhile."""
    await asyncio.sleep(milliseconds / 1000)
    with call.transaction() as tx:
        return {"pong": True, "at": tx.stamp(), "delayedMs": milliseconds}


def check_auth(call: Call) -> dict[str, Any]:
    """The caller as the platform sees it."""
    return {**_described(call.principal), "workspace": call.workspace.id}


def echo(call: Call, body: Any = None) -> dict[str, Any]:
    """The request as it arrived."""
    return {
        "method": call.plan.method,
        "path": call.path,
        "query": call.raw_query.decode("latin-1"),
        "headers": redacted_headers(call.headers.items()),
        "body": body,
        "contentType": call.headers.get("content-type"),
        "bytes": len(call.body_bytes),
    }


def validate_payload(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    """Every fault of the payload, in the words that the operation itself would use."""
    schema = _schema_of(call, body)
    faults = field_errors(call.plan.schemas, schema, body["payload"])
    shown = [{"code": fault.code, "target": fault.target, "message": fault.message} for fault in faults]
    return {"valid": not shown, "errors": shown}


def validate_webhook_signature(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    """As the inspector judges deliveries, by the workspace's clock."""
    headers = {name.lower(): value for name, value in body["headers"].items()}
    now = int(call.tx.now().timestamp())
    return verify(body["secret"], headers, body["rawBody"].encode(), now)


def _schema_of(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    """The schema asked for by its own name or by the operation whose body it describes."""
    if ("schema" in body) == ("operationId" in body):
        raise ValidationError(details="send schema or operationId, one of them", target="/schema")
    if "schema" in body:
        found = call.plan.schemas.components.get(body["schema"])
    else:
        found = _bodies().get((body["operationId"], body["direction"]))
    if found is None:
        raise ResourceNotFound(details="the contract has no such schema", target="/schema")
    return found


@cache
def _bodies() -> dict[tuple[str, str], dict[str, Any]]:
    """Schemas of JSON bodies by operation and direction."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for _, _, operation in operations(load("platform")):
        bodies = {"request": operation.get("requestBody", {})}
        bodies["response"] = next((r for code, r in operation["responses"].items() if code[0] == "2"), {})
        for direction, body in bodies.items():
            if schema := body.get("content", {}).get("application/json", {}).get("schema"):
                found[operation["operationId"], direction] = schema
    return found


def _described(principal: Principal) -> dict[str, Any]:
    return {
        "authenticated": principal.client_type != "anonymous",
        "credentialId": principal.credential_id,
        "clientType": principal.client_type,
        "subject": principal.subject or None,
        "userId": principal.user_id,
        "scopes": sorted(principal.scopes),
        "roles": list(principal.roles),
        "warnings": []
        if principal.scopes
        else ["the credential has no scopes: most operations will refuse it"],
    }
