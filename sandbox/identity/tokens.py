"""Access tokens (RFC 9068): minted and verified on the workspace's clock, byte for byte reproducible."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jwt
from joserfc._rfc7515.model import JWSAlgModel
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from sandbox.identity.keys import key_id, signing_key
from sandbox.kernel.errors import InvalidToken

AUDIENCE = "https://api.eventmanagement.example"
LEEWAY = 60
"""Seconds a token may be ahead of the clock."""
TAMPERINGS = ("none", "bad_signature", "wrong_issuer", "wrong_audience", "alg_none", "future_nbf")


class ReproducibleES256(JWSAlgModel):
    """ES256 with the nonce of RFC 6979, so that the same claims give the same token."""

    name = "ES256"
    description = "ECDSA using P-256 and SHA-256, deterministic"
    recommended = True
    key_type = "EC"
    _stock = JWSRegistry.algorithms["ES256"]

    def check_key(self, key: Any) -> None:
        """Only keys on P-256."""
        self._stock.check_key(key)

    def sign(self, msg: bytes, key: Any) -> bytes:
        """r and s, 32 bytes each."""
        signature = key.get_op_key("sign").sign(msg, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(signature)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def verify(self, msg: bytes, sig: bytes, key: Any) -> bool:
        """As every ES256."""
        return self._stock.verify(msg, sig, key)


class _Registry(JWSRegistry):
    algorithms: dict[str, JWSAlgModel] = {"ES256": ReproducibleES256()}


_REGISTRY = _Registry(algorithms=["ES256"])


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token says about its holder."""

    subject: str
    client_id: str
    client_type: str
    scopes: tuple[str, ...]
    roles: tuple[str, ...] = ()
    credential_id: str = ""


def claims_of(
    grant: Grant, workspace_id: str, iss: str, now: datetime, lifetime: int, jti: str
) -> dict[str, Any]:
    """The claims of an access token that lives `lifetime` seconds; negative: it expired that long ago.

    An expired one was issued an hour before it ended, as a real one would have been."""
    seconds = int(now.timestamp())
    issued = seconds if lifetime > 0 else seconds + lifetime - 3600
    return {
        "iss": iss,
        "aud": AUDIENCE,
        "sub": grant.subject,
        "client_id": grant.client_id,
        "credential": grant.credential_id,
        "client_type": grant.client_type,
        "scope": " ".join(grant.scopes),
        "roles": list(grant.roles),
        "workspace": workspace_id,
        "iat": issued,
        "nbf": issued,
        "exp": seconds + lifetime,
        "jti": jti,
    }


def sign(secret: str, claims: Mapping[str, Any]) -> str:
    """The token for the claims, signed with the key of the workspace they name."""
    workspace_id = claims["workspace"]
    header = {"alg": "ES256", "kid": key_id(workspace_id), "typ": "at+jwt"}
    return jwt.encode(header, dict(claims), signing_key(secret, workspace_id), registry=_REGISTRY)


def token_response(token: str, claims: Mapping[str, Any], lifetime: int) -> dict[str, Any]:
    """The answer of a token endpoint (RFC 6749, section 5.1)."""
    return {"access_token": token, "token_type": "Bearer", "expires_in": lifetime, "scope": claims["scope"]}


def tampered(secret: str, claims: dict[str, Any], how: str) -> str:
    """A token that is wrong in one way (one of TAMPERINGS)."""
    if how == "wrong_issuer":
        return sign(secret, {**claims, "iss": "https://attacker.example"})
    if how == "wrong_audience":
        return sign(secret, {**claims, "aud": "https://another-api.example"})
    if how == "future_nbf":
        return sign(secret, {**claims, "nbf": claims["nbf"] + 86_400, "exp": claims["exp"] + 86_400})
    if how == "alg_none":
        header = _encoded({"alg": "none", "typ": "at+jwt"})
        return f"{header}.{_encoded(claims)}."
    token = sign(secret, claims)
    if how == "bad_signature":
        head, signature = token.rsplit(".", 1)
        return f"{head}.{signature[:-4]}{'AAAA' if signature[-4:] != 'AAAA' else 'BBBB'}"
    return token


def unverified_claims(token: str) -> dict[str, Any]:
    """The claims as they stand there, trusted by nobody yet; raises InvalidToken for what is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidToken(details="the token is not a JWT")
    try:
        payload = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError) as error:
        raise InvalidToken(details="the token is not a JWT") from error
    if not isinstance(payload, dict) or not isinstance(payload.get("workspace"), str):
        raise InvalidToken(details="the token names no workspace")
    return payload


def verify(secret: str, token: str, iss: str) -> dict[str, Any]:
    """The claims of a token that this server signed for this API, whatever the time; raises InvalidToken."""
    workspace_id = unverified_claims(token)["workspace"]
    try:
        decoded = jwt.decode(token, signing_key(secret, workspace_id), registry=_REGISTRY)
    except (JoseError, ValueError) as error:
        raise InvalidToken(details="the token's signature does not hold") from error
    claims = dict(decoded.claims)
    if decoded.header.get("typ") != "at+jwt":
        raise InvalidToken(details="the token is not an access token")
    if claims.get("iss") != iss:
        raise InvalidToken(details="the token comes from another issuer")
    if claims.get("aud") != AUDIENCE:
        raise InvalidToken(details="the token is for another audience")
    return claims


def _encoded(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()
