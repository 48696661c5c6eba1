"""Validation: calls that change nothing and show whether a client is set up rightly."""

from __future__ import annotations

from typing import Any

from sandbox.identity.principal import Principal
from sandbox.journal.redaction import redacted_headers
from sandbox.platform.call import Call


def ping(call: Call) -> dict[str, Any]:
    """The workspace's time."""
    return {"pong": True, "at": call.tx.stamp(), "delayedMs": None}


def check_auth(call: Call) -> dict[str, Any]:
    """The caller as the platform sees it."""
    return {**_described(call.principal), "workspace": call.workspace.id}


def echo(call: Call, body: Any = None) -> dict[str, Any]:
    """The request as it arrived."""
    return {
        "method": call.plan.method,
        "path": call.path,
        "query": call.raw_query.decode("latin-1"),
        "headers": redacted_headers(call.headers),
        "body": body,
        "contentType": call.headers.get("content-type"),
        "bytes": len(call.body_bytes),
    }


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
