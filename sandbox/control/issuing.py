"""How a credential comes into being, gets secrets, and ends: rules without a caller."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from string import ascii_letters, digits
from typing import Any

from sandbox.identity.keys import fingerprint
from sandbox.identity.roles import SCOPES, VISITOR
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction

ALPHABET = ascii_letters + digits
GUARDED = frozenset({"sandbox:specialist", "sandbox:admin"})
"""Scopes of an operator, which only an operator hands out."""
DEFAULT_SCOPES = sorted(scope for scope in SCOPES - GUARDED if ":" in scope)

LIFE = TransitionTable(
    "credential",
    {("active", "revoke"): "revoked", ("active", "expire"): "expired", ("active", "rotate"): "active"},
    by_itself=("expire",),
)

KINDS = [Kind("credential_secret", indexes=("credentialId",)), Kind("revoked_token")]


def issue(tx: Transaction, body: Mapping[str, Any]) -> tuple[Document, str]:
    """A new credential and its secret, which is not kept."""
    key = tx.new_id("credential")
    document = {**_blank(body), **body, "id": key}
    if document["kind"] == "oauth_client":
        document["clientId"] = f"{tx.workspace.id}.{key[4:16]}"
    secret = add_secret(tx, document)
    stamp = tx.stamp()
    born = {"version": 1, "createdAt": stamp, "updatedAt": stamp, "secretHint": secret[-4:]}
    stored = tx.put("credential", {**document, **born})
    schedule_expiry(tx, stored)
    return stored, secret


def add_secret(tx: Transaction, document: Mapping[str, Any]) -> str:
    """A further secret of the credential; only its fingerprint is stored."""
    random_part = tx.new_token(f"secret:{document['id']}", 32, ALPHABET)
    if document["kind"] == "api_key":
        mark = "pk" if document["clientType"] == "public" else "sk"
        secret = f"{mark}_sandbox_{tx.workspace.id.removeprefix('ws_')}_{random_part}"
        stored_as = fingerprint(secret)
    else:
        secret = f"cs_sandbox_{random_part}"
        stored_as = fingerprint(f"{document['clientId']}:{secret}")
    tx.put("credential_secret", {"id": stored_as, "credentialId": document["id"], "validUntil": None})
    return secret


def end_secrets(tx: Transaction, credential_id: str, until: datetime) -> None:
    """The secrets there are go on working until then."""
    for secret in tx.find("credential_secret", {"credentialId": credential_id}):
        tx.put("credential_secret", {**secret, "validUntil": instant(until)})
    tx.schedule(until, "credential.forget_secrets", credential_id)


def schedule_expiry(tx: Transaction, document: Mapping[str, Any]) -> None:
    """Put the end of the credential on the agenda, or take it off."""
    if document["expiresAt"] is None:
        tx.cancel("credential.expire", document["id"])
    else:
        tx.schedule(parse_instant(document["expiresAt"]), "credential.expire", document["id"])


def forget(tx: Transaction, credential_id: str) -> None:
    """Remove what belongs to a deleted credential."""
    for secret in tx.find("credential_secret", {"credentialId": credential_id}):
        tx.delete("credential_secret", secret["id"])
    tx.cancel("credential.expire", credential_id)
    tx.cancel("credential.forget_secrets", credential_id)


def expire_credential(tx: Transaction, entry: Document) -> None:
    """Job: a credential reaches its expiresAt."""
    document = tx.get("credential", entry["subject"])
    if document is not None and document["status"] == "active":
        tx.revise("credential", document, status=LIFE.next("active", "expire"))


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


def _blank(body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "clientId": None,
        "clientType": "partner",
        "grantTypes": ["client_credentials"] if body["kind"] == "oauth_client" else [],
        "scopes": sorted(VISITOR) if body.get("clientType") == "public" else DEFAULT_SCOPES,
        "roles": [],
        "ipAllowlist": [],
        "allowedOrigins": [],
        "expiresAt": None,
        "status": "active",
        "previousSecretValidUntil": None,
        "metadata": {},
    }
