"""Credentials: API keys and OAuth clients, their secrets, and tokens minted on request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from ipaddress import ip_network
from string import ascii_letters, digits
from typing import Any

from sandbox.identity.authentication import Identity
from sandbox.identity.judgement import client_type_of
from sandbox.identity.keys import fingerprint
from sandbox.identity.roles import SCOPES, granted
from sandbox.identity.tokens import Grant
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.errors import BusinessRuleViolation, InsufficientPermissions, QuotaExceeded
from sandbox.kernel.replies import Reply
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource, equals
from sandbox.seeds.people import PERSONAS

ALPHABET = ascii_letters + digits
LIMIT = 200
USER_LIFETIME = 900
CLIENT_LIFETIME = 3600
GUARDED = frozenset({"sandbox:specialist", "sandbox:admin"})
DEFAULT_SCOPES = sorted(scope for scope in SCOPES - GUARDED if ":" in scope)

LIFE = TransitionTable(
    "credential",
    {("active", "revoke"): "revoked", ("active", "expire"): "expired", ("active", "rotate"): "active"},
)


def _complete(call: Call, document: dict[str, Any], previous: Document | None) -> dict[str, Any]:
    """Refuses networks and scopes that make no sense, or that the caller may not hand out."""
    for cidr in document.get("ipAllowlist") or ():
        try:
            ip_network(cidr, strict=False)
        except ValueError as error:
            raise BusinessRuleViolation(details=f"{cidr} is not a network", target="/ipAllowlist") from error
    _check_grant(call, document.get("scopes") or ())
    return document


credentials = Resource(
    "credential",
    path="/sandbox/v1/credentials/{credentialId}",
    prefix="key_",
    indexes=("status", "kind", "clientId"),
    sorts=("name", "createdAt"),
    filters={"kind": equals("kind"), "status": equals("status")},
    prepare=_complete,
)

KINDS = [
    Kind("credential_secret", indexes=("credentialId",)),
    Kind("revoked_token"),
    Kind("user", indexes=("email", "status"), sorts=("displayName", "createdAt"), type_code="a1"),
]


def list_personas(call: Call) -> dict[str, Any]:
    return {"data": [_persona(persona.name) for persona in PERSONAS]}


def create_credential(call: Call, body: dict[str, Any]) -> Reply:
    if call.tx.count("credential") >= LIMIT:
        raise QuotaExceeded(details=f"a workspace has at most {LIMIT} credentials")
    stored, secret = issue(call.tx, _complete(call, body, None))
    return Reply(201, with_secret(stored, secret), {"Location": credentials.address(stored)})


def update_credential(call: Call, credential_id: str, body: dict[str, Any]) -> Document:
    stored = credentials.update(call, credential_id, body)
    _schedule_expiry(call.tx, stored)
    return stored


def delete_credential(call: Call, credential_id: str) -> None:
    credentials.delete(call, credential_id)
    for secret in call.tx.find("credential_secret", {"credentialId": credential_id}):
        call.tx.delete("credential_secret", secret["id"])
    call.tx.cancel("credential.expire", credential_id)


def rotate_credential(call: Call, credential_id: str, body: dict[str, Any] | None = None) -> Reply:
    LIFE.next(credentials.get(call, credential_id)["status"], "rotate")
    until = call.tx.now() + timedelta(hours=(body or {}).get("overlapHours", 24))
    for secret in call.tx.find("credential_secret", {"credentialId": credential_id}):
        call.tx.put("credential_secret", {**secret, "validUntil": instant(until)})
    call.tx.schedule(until, "credential.forget_secrets", credential_id)
    secret_text = _new_secret(call.tx, credentials.get(call, credential_id))
    hints = {"secretHint": secret_text[-4:], "previousSecretValidUntil": instant(until)}
    stored = credentials.act(call, credential_id, LIFE, "rotate", **hints)
    return Reply(200, with_secret(stored, secret_text))


def revoke_credential(call: Call, credential_id: str) -> Document:
    return credentials.act(call, credential_id, LIFE, "revoke")


def mint_token(call: Call, body: dict[str, Any]) -> Reply:
    grant, lifetime = _grant(call, body)
    _check_grant(call, grant.scopes)
    identity: Identity = call.server.facts["identity"]
    lifetime = body.get("expiresInSeconds", lifetime)
    claims = identity.claims(call.workspace, grant, lifetime, call.tx.new_id("token"))
    extra = body.get("claims") or {}
    if taken := extra.keys() & claims.keys():
        raise BusinessRuleViolation(details=f"{sorted(taken)[0]} is set by the server", target="/claims")
    claims |= extra
    token = identity.sign(claims, body.get("tamper", "none"))
    return Reply(201, token_response(token, claims, lifetime) | {"claims": claims})


def token_response(token: str, claims: Mapping[str, Any], lifetime: int) -> dict[str, Any]:
    """The answer of a token endpoint (RFC 6749, section 5.1)."""
    return {"access_token": token, "token_type": "Bearer", "expires_in": lifetime, "scope": claims["scope"]}


def issue(tx: Transaction, body: Mapping[str, Any]) -> tuple[Document, str]:
    """A new credential and its secret, which is not kept."""
    key = tx.new_id("credential")
    while tx.get("credential", key) is not None:  # a reset that kept credentials draws the same ids anew
        key = tx.new_id("credential")
    document = {**_blank(body["kind"]), **body, "id": key}
    if document["kind"] == "oauth_client":
        document["clientId"] = f"{tx.workspace.id}.{key[4:16]}"
    secret = _new_secret(tx, document)
    stored = credentials.insert(tx, {**document, "secretHint": secret[-4:]})
    _schedule_expiry(tx, stored)
    return stored, secret


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


def expire_credential(tx: Transaction, entry: Document) -> None:
    """Job: an API key or client reaches its expiresAt."""
    document = tx.get("credential", entry["subject"])
    if document is not None and document["status"] == "active":
        credentials.move(tx, document, LIFE, "expire")


def forget_secrets(tx: Transaction, entry: Document) -> None:
    """Job: the overlap after a rotation ended."""
    for secret in tx.find("credential_secret", {"credentialId": entry["subject"]}):
        if secret["validUntil"] is not None and secret["validUntil"] <= entry["due"]:
            tx.delete("credential_secret", secret["id"])


def forget_token(tx: Transaction, entry: Document) -> None:
    """Job: a revoked token would have expired by now."""
    tx.delete("revoked_token", entry["subject"])


JOBS = {
    "credential.expire": expire_credential,
    "credential.forget_secrets": forget_secrets,
    "token.forget": forget_token,
}


def _grant(call: Call, body: Mapping[str, Any]) -> tuple[Grant, int]:
    if ("persona" in body) == ("credentialId" in body):
        raise BusinessRuleViolation(details="name a persona or a credential, one of them", target="/persona")
    if "persona" in body:
        return _persona_grant(call, body["persona"], body.get("scopes")), USER_LIFETIME
    credential = call.tx.need("credential", body["credentialId"], "/credentialId")
    scopes = _subset(body.get("scopes"), credential["scopes"])
    subject = credential["clientId"] or credential["id"]
    roles = tuple(credential["roles"])
    grant = Grant(subject, subject, client_type_of(credential), scopes, roles, credential["id"])
    return grant, CLIENT_LIFETIME


def _persona_grant(call: Call, name: str, scopes: list[str] | None) -> Grant:
    if name not in {persona.name for persona in PERSONAS}:
        raise BusinessRuleViolation(details=f"there is no persona {name}", target="/persona")
    persona = _persona(name)
    call.tx.need("user", persona["userId"], "/persona")
    allowed = _subset(scopes, persona["defaultScopes"])
    return Grant(persona["userId"], "persona", "user", allowed, tuple(persona["roles"]))


def _subset(wanted: list[str] | None, available: Iterable[str]) -> tuple[str, ...]:
    available = set(available)
    if wanted is None:
        return tuple(sorted(available))
    if missing := set(wanted) - available:
        raise BusinessRuleViolation(details=f"{sorted(missing)[0]} was not granted", target="/scopes")
    return tuple(sorted(set(wanted)))


def _persona(name: str) -> dict[str, Any]:
    persona = next(persona for persona in PERSONAS if persona.name == name)
    return {
        "name": name,
        "description": persona.why,
        "userId": f"a1000000-0000-4000-8000-{persona.number:012d}",
        "roles": [persona.role],
        "defaultScopes": sorted(granted([persona.role])),
        "clientType": "user",
    }


def _blank(kind: str) -> dict[str, Any]:
    return {
        "clientId": None,
        "clientType": "partner",
        "grantTypes": ["client_credentials"] if kind == "oauth_client" else [],
        "redirectUris": [],
        "scopes": DEFAULT_SCOPES,
        "roles": [],
        "public": False,
        "allowLegacyFlows": False,
        "trusted": False,
        "ipAllowlist": [],
        "allowedOrigins": [],
        "rateTier": None,
        "notificationMode": "both",
        "expiresAt": None,
        "status": "active",
        "previousSecretValidUntil": None,
        "lastUsedAt": None,
        "metadata": {},
    }


def _new_secret(tx: Transaction, document: Mapping[str, Any]) -> str:
    random_part = tx.new_token(f"secret:{document['id']}", 32, ALPHABET)
    if document["kind"] == "api_key":
        secret = f"sk_sandbox_{tx.workspace.id.removeprefix('ws_')}_{random_part}"
        stored_as = fingerprint(secret)
    else:
        secret = f"cs_sandbox_{random_part}"
        stored_as = fingerprint(f"{document['clientId']}:{secret}")
    tx.put("credential_secret", {"id": stored_as, "credentialId": document["id"], "validUntil": None})
    return secret


def _schedule_expiry(tx: Transaction, document: Mapping[str, Any]) -> None:
    if document["expiresAt"] is None:
        tx.cancel("credential.expire", document["id"])
    else:
        tx.schedule(parse_instant(document["expiresAt"]), "credential.expire", document["id"])
