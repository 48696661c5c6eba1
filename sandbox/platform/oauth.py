"""OAuth: tokens for machines by client credentials, their revocation and introspection, public documents."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

from sandbox.identity.authentication import Identity
from sandbox.identity.judgement import client_type_of, is_admitted
from sandbox.identity.keys import fingerprint
from sandbox.identity.principal import Principal
from sandbox.identity.roles import SCOPES
from sandbox.identity.tokens import Grant, token_response
from sandbox.kernel.clock import from_epoch, instant
from sandbox.kernel.documents import Document
from sandbox.kernel.replies import Reply
from sandbox.kernel.workspace import Workspace
from sandbox.platform.call import Call

LIFETIME = 3600
GRANT_TYPES = ("client_credentials",)

ENDPOINTS = {
    "token_endpoint": "/oauth/token",
    "revocation_endpoint": "/oauth/revoke",
    "introspection_endpoint": "/oauth/introspect",
    "jwks_uri": "/.well-known/jwks.json",
}
ABILITIES: dict[str, list[str]] = {
    "grant_types_supported": list(GRANT_TYPES),
    "response_types_supported": [],
    "scopes_supported": sorted(SCOPES),
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
}


class OAuthRefusal(Exception):
    """A refusal in the words of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description

    def reply(self) -> Reply:
        """The answer; a failed client authentication is challenged."""
        body = {"error": self.error, "error_description": self.description}
        if self.error == "invalid_client":
            return Reply(401, body, {"WWW-Authenticate": 'Basic realm="sandbox"'})
        return Reply(400, body)


async def issue_token(call: Call, body: dict[str, Any]) -> Reply | dict[str, Any]:
    try:
        return _issue(call, body)
    except OAuthRefusal as fault:
        return fault.reply()


async def revoke_token(call: Call, body: dict[str, Any]) -> Reply:
    try:
        _revoke(call, body)
    except OAuthRefusal as fault:
        return fault.reply()
    return Reply(200)


async def introspect_token(call: Call, body: dict[str, Any]) -> Reply | dict[str, Any]:
    try:
        _, workspace = _client(call, body)
    except OAuthRefusal as fault:
        return fault.reply()
    claims = _identity(call).active_claims(call.workspaces, body.get("token", ""), workspace)
    return (
        {"active": False} if claims is None else {"active": True, "token_type": "Bearer", **_public(claims)}
    )


def get_jwks(call: Call) -> dict[str, Any]:
    return _identity(call).key_set(call.workspaces, call.workspace)


def get_oauth_metadata(call: Call) -> dict[str, Any]:
    base = call.ports.public_url
    endpoints = {name: f"{base}{path}" for name, path in ENDPOINTS.items()}
    return {"issuer": _identity(call).issuer, **endpoints, **ABILITIES}


def _identity(call: Call) -> Identity:
    """What signs and verifies this server's tokens."""
    identity: Identity = call.server.facts["identity"]
    return identity


def _issue(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    if "grant_type" not in body:
        raise OAuthRefusal("invalid_request", "grant_type is missing")
    if body["grant_type"] not in GRANT_TYPES:
        raise OAuthRefusal("unsupported_grant_type", f"use one of {', '.join(GRANT_TYPES)}")
    client, workspace = _client(call, body)
    if body["grant_type"] not in client["grantTypes"]:
        raise OAuthRefusal("unauthorized_client", "the client may not use this grant type")
    scopes = _scopes(client, body.get("scope", ""))
    name, roles = client["clientId"], tuple(client["roles"])
    grant = Grant(name, name, client_type_of(client), scopes, roles, client["id"])
    with workspace.transaction(call.correlation_id) as tx:
        claims = _identity(call).claims(workspace, grant, LIFETIME, tx.new_id("token"))
    return token_response(_identity(call).sign(claims), claims, LIFETIME)


def _revoke(call: Call, body: dict[str, Any]) -> None:
    client, workspace = _client(call, body)
    if body.get("token_type_hint", "access_token") not in ("access_token", "refresh_token"):
        raise OAuthRefusal("unsupported_token_type", "only access tokens are issued here")
    claims = _identity(call).signed_claims(body.get("token", ""))
    if claims is None:
        return
    if claims["credential"] != client["id"]:
        raise OAuthRefusal("unauthorized_client", "the token was issued to another client")
    with workspace.transaction(call.correlation_id) as tx:
        expires = from_epoch(claims["exp"])
        tx.put("revoked_token", {"id": claims["jti"], "expiresAt": instant(expires)})
        tx.schedule(expires, "token.forget", claims["jti"])


def _client(call: Call, body: dict[str, Any]) -> tuple[Document, Workspace]:
    """The client that authenticates, and where it lives: in the call's workspace or the one its id names.

    From then on it is who calls."""
    client_id, secret = _presented(call, body)
    named = call.workspaces.get(client_id.partition(".")[0])
    for workspace in filter(None, (call.workspace, named)):
        client = _known_client(workspace, client_id, secret)
        if client is not None:
            call.principal = Principal(client["id"], client_type_of(client), frozenset())
            return client, workspace
    raise OAuthRefusal("invalid_client", "the client is unknown, its secret is wrong, or it was revoked")


def _known_client(workspace: Workspace, client_id: str, secret: str) -> Document | None:
    kept = workspace.store.get("credential_secret", fingerprint(f"{client_id}:{secret}"))
    client = workspace.store.get("credential", kept["credentialId"]) if kept is not None else None
    if kept is None or client is None or client["status"] != "active" or not is_admitted(workspace, client):
        return None
    now = instant(workspace.now())
    ended = any(end and now >= end for end in (kept["validUntil"], client["expiresAt"]))
    return None if ended else client


def _presented(call: Call, body: dict[str, Any]) -> tuple[str, str]:
    header = call.headers.get("authorization", "")
    in_form = body.get("client_id"), body.get("client_secret")
    if header[:6].lower() != "basic ":
        if not all(in_form):
            raise OAuthRefusal("invalid_client", "authenticate by HTTP Basic, or client_id and client_secret")
        return str(in_form[0]), str(in_form[1])
    if in_form[1] is not None:
        raise OAuthRefusal("invalid_request", "authenticate in one way only")
    try:
        client_id, colon, secret = base64.b64decode(header[6:], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OAuthRefusal("invalid_client", "the Basic credentials cannot be read") from error
    if not colon:
        raise OAuthRefusal("invalid_client", "the Basic credentials have no colon")
    return unquote_plus(client_id), unquote_plus(secret)


def _scopes(client: Document, wanted: str) -> tuple[str, ...]:
    granted = set(client["scopes"])
    asked = set(wanted.split())
    if missing := asked - granted:
        raise OAuthRefusal("invalid_scope", f"{sorted(missing)[0]} was not granted to the client")
    return tuple(sorted(asked or granted))


def _public(claims: dict[str, Any]) -> dict[str, Any]:
    names = ("scope", "client_id", "exp", "iat", "nbf", "sub", "aud", "iss", "jti", "workspace")
    return {name: claims[name] for name in names}
