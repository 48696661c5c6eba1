"""Signing keys: one ES256 key per workspace, derived from the server's secret instead of kept."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha512
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def fingerprint(secret: str) -> str:
    """What is stored of an API key or client secret."""
    return sha512(secret.encode()).hexdigest()[:64]


def key_id(workspace_id: str) -> str:
    """The `kid` of a workspace's tokens."""
    return f"{workspace_id}.1"


@lru_cache(maxsize=512)
def signing_key(secret: str, workspace_id: str) -> ECKey:
    """The private key; the same secret and workspace give the same key everywhere, for ever."""
    digest = sha512(f"{secret}|token-signing|{workspace_id}".encode()).digest()
    scalar = int.from_bytes(digest, "big") % (P256_ORDER - 1) + 1
    key = ec.derive_private_key(scalar, ec.SECP256R1())
    return ECKey(key, key, {"kid": key_id(workspace_id), "use": "sig", "alg": "ES256"})


def public_jwk(secret: str, workspace_id: str) -> dict[str, Any]:
    """The public half as a JSON Web Key."""
    return dict(signing_key(secret, workspace_id).as_dict(private=False))
