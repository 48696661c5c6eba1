"""Credentials: API keys and OAuth clients, their secrets, and tokens minted on request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from sandbox.control.issuing import GUARDED, LIFE, add_secret, end_secrets, forget, issue, schedule_expiry
from sandbox.control.minting import describe_persona, further_claims, grant_for
from sandbox.identity.authentication import Identity
from sandbox.identity.roles import SCOPES, VISITOR
from sandbox.identity.tokens import token_response
from sandbox.kernel.clock import from_epoch, instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation, InsufficientPermissions, QuotaExceeded
from sandbox.kernel.replies import Reply
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource, equals
from sandbox.seeds.people import PERSONAS

LIMIT = 200


def _complete(call: Call, document: dict[str, Any], previous: Document | None) -> dict[str, Any]:
    """Refuses networks and scopes that make no sense, or that the caller may not hand out."""
    for cidr in document.get("ipAllowlist") or ():
        try:
            ip_network(cidr, strict=False)
        except ValueError as error:
            raise BusinessRuleViolation(details=f"{cidr} is not a network", target="/ipAllowlist") from error
    _check_grant(call, document.get("scopes") or ())
    if document.get("clientType") == "public":
        _check_public(document)
    return document


def _check_public(document: Mapping[str, Any]) -> None:
    """Raises for what must not stand in a page: a client's secret, or more than a visitor may do."""
    if document["kind"] != "api_key":
        raise BusinessRuleViolation(details="only an api_key can be public", target="/clientType")
    if document.get("roles"):
        raise BusinessRuleViolation(details="a public key has no roles", target="/roles")
    if excess := set(document.get("scopes") or ()) - VISITOR:
        raise BusinessRuleViolation(details=f"{sorted(excess)[0]} is not for the public", target="/scopes")


def _shown(call: Call, document: Mapping[str, Any]) -> dict[str, Any]:
    """With the wall time of its last use, which only the journal knows."""
    used = call.server.journals.of(call.workspace.id).last_use(document["id"])
    return {**document, "lastUsedAt": None if used is None else instant(from_epoch(used))}


credentials = Resource(
    "credential",
    path="/sandbox/v1/credentials/{credentialId}",
    prefix="key_",
    indexes=("status", "kind", "clientId"),
    sorts=("name", "createdAt"),
    filters={"kind": equals("kind"), "status": equals("status")},
    prepare=_complete,
    present=_shown,
)


def list_personas(call: Call) -> dict[str, Any]:
    return {"data": [describe_persona(persona) for persona in PERSONAS]}


def create_credential(call: Call, body: dict[str, Any]) -> Reply:
    if call.tx.count("credential") >= LIMIT:
        raise QuotaExceeded(details=f"a workspace has at most {LIMIT} credentials")
    stored, secret = issue(call.tx, _complete(call, body, None))
    return Reply(201, with_secret(stored, secret), {"Location": credentials.address(stored)})


def update_credential(call: Call, credential_id: str, body: dict[str, Any]) -> Document:
    before = credentials.get(call, credential_id)
    expires = body.get("expiresAt", before["expiresAt"])
    revived = before["status"] == "expired" and (expires is None or expires > call.tx.stamp())
    stored = credentials.update(call, credential_id, body, **({"status": "active"} if revived else {}))
    schedule_expiry(call.tx, stored)
    return stored


def delete_credential(call: Call, credential_id: str) -> None:
    credentials.delete(call, credential_id)
    forget(call.tx, credential_id)


def rotate_credential(call: Call, credential_id: str, body: dict[str, Any] | None = None) -> Reply:
    before = credentials.get(call, credential_id)
    LIFE.next(before["status"], "rotate")
    until = call.tx.now() + timedelta(hours=(body or {}).get("overlapHours", 24))
    end_secrets(call.tx, credential_id, until)
    secret = add_secret(call.tx, before)
    hints = {"secretHint": secret[-4:], "previousSecretValidUntil": instant(until)}
    return Reply(200, with_secret(credentials.act(call, credential_id, LIFE, "rotate", **hints), secret))


def revoke_credential(call: Call, credential_id: str) -> Document:
    return credentials.act(call, credential_id, LIFE, "revoke")


def mint_token(call: Call, body: dict[str, Any]) -> Reply:
    grant, usual = grant_for(call.tx, body)
    _check_grant(call, grant.scopes)
    identity: Identity = call.server.facts["identity"]
    lifetime = body.get("expiresInSeconds", usual)
    claims = identity.claims(call.workspace, grant, lifetime, call.tx.new_id("token"))
    claims |= further_claims(claims, body)
    token = identity.sign(claims, body.get("tamper", "none"))
    return Reply(201, token_response(token, claims, lifetime) | {"claims": claims})


def with_secret(document: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """The only representation that shows the secret."""
    member = "apiKey" if document["kind"] == "api_key" else "clientSecret"
    return {**credentials.shown(document), member: secret}


def _check_grant(call: Call, scopes: Iterable[str]) -> None:
    """Raises for unknown scopes and for those of an operator, which only an operator hands out."""
    wanted = set(scopes)
    if unknown := wanted - SCOPES:
        raise BusinessRuleViolation(details=f"{sorted(unknown)[0]} is not a scope", target="/scopes")
    if missing := (wanted & GUARDED) - call.principal.scopes:
        raise InsufficientPermissions(
            details=f"only who has {sorted(missing)[0]} hands it out", target="/scopes"
        )
