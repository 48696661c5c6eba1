"""Whose token is minted, and with which scopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.identity.judgement import client_type_of
from sandbox.identity.roles import granted
from sandbox.identity.tokens import Grant
from sandbox.kernel.errors import BusinessRuleViolation
from sandbox.kernel.workspace import Transaction
from sandbox.seeds.people import PERSONAS, Persona

USER_LIFETIME = 900
CLIENT_LIFETIME = 3600


def grant_for(tx: Transaction, body: Mapping[str, Any]) -> tuple[Grant, int]:
    """The grant that a mint request asks for, and how long such a token usually lives."""
    if ("persona" in body) == ("credentialId" in body):
        raise BusinessRuleViolation(details="name a persona or a credential, one of them", target="/persona")
    if "persona" in body:
        return _persona_grant(tx, body["persona"], body.get("scopes")), USER_LIFETIME
    credential = tx.need("credential", body["credentialId"], "/credentialId")
    if credential["clientType"] == "public":
        raise BusinessRuleViolation(details="a public key is used as it is", target="/credentialId")
    scopes = _subset(body.get("scopes"), credential["scopes"])
    subject, roles = credential["clientId"] or credential["id"], tuple(credential["roles"])
    grant = Grant(subject, subject, client_type_of(credential), scopes, roles, credential["id"])
    return grant, CLIENT_LIFETIME


def further_claims(claims: Mapping[str, Any], body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the request adds to the claims; raises for one that the server sets itself."""
    extra: Mapping[str, Any] = body.get("claims") or {}
    if taken := extra.keys() & claims.keys():
        raise BusinessRuleViolation(details=f"{sorted(taken)[0]} is set by the server", target="/claims")
    return extra


def describe_persona(persona: Persona) -> dict[str, Any]:
    """The public form of a persona."""
    return {
        "name": persona.name,
        "description": persona.why,
        "userId": f"a1000000-0000-4000-8000-{persona.number:012d}",
        "roles": [persona.role],
        "defaultScopes": sorted(granted([persona.role])),
        "clientType": "user",
    }


def _persona_grant(tx: Transaction, name: str, scopes: list[str] | None) -> Grant:
    found = next((persona for persona in PERSONAS if persona.name == name), None)
    if found is None:
        raise BusinessRuleViolation(details=f"there is no persona {name}", target="/persona")
    persona = describe_persona(found)
    roles = tx.need("user", persona["userId"], "/persona")["roles"]
    allowed = _subset(scopes, sorted(granted(roles)))
    return Grant(persona["userId"], "persona", "user", allowed, tuple(roles))


def _subset(wanted: list[str] | None, available: Iterable[str]) -> tuple[str, ...]:
    available = set(available)
    if wanted is None:
        return tuple(sorted(available))
    if missing := set(wanted) - available:
        raise BusinessRuleViolation(details=f"{sorted(missing)[0]} was not granted", target="/scopes")
    return tuple(sorted(set(wanted)))
