"""Whether a credential is good, and what has to stay as it is for it to stay good.

The workspace that judges is the one the call acts in, if the credential lives there or in a workspace it was
forked from: its clock says whether a token expired, its documents whether a credential was revoked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Protocol
from weakref import ref

from sandbox.identity import tokens
from sandbox.identity.keys import fingerprint
from sandbox.identity.principal import ClientType, Principal
from sandbox.identity.roles import PERSONAL, granted
from sandbox.kernel.clock import from_epoch, instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    AccountSuspended,
    ApiKeyExpired,
    InvalidApiKey,
    InvalidToken,
    IpNotAllowed,
    OriginNotAllowed,
    TokenExpired,
    TokenRevoked,
)
from sandbox.kernel.workspace import PROPERTIES, Workspace
from sandbox.kernel.workspaces import DEFAULT

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="sandbox"'}
KEY_WITH_HOME = re.compile(r"[ps]k_sandbox_([0-9A-Za-z-]+)_[0-9A-Za-z]{32}")

TIERS: Mapping[str, ClientType] = {"internal": "internal", "public": "user"}

Watched = tuple[str, str, Document | None]
Network = IPv4Network | IPv6Network


class Registry(Protocol):
    """Where workspaces are found."""

    def get(self, workspace_id: str) -> Workspace | None:
        """The workspace, or None."""


@dataclass(slots=True, eq=False)
class Verdict:
    """A credential that was found good, and all that its goodness hangs on."""

    principal: Principal
    judge: ref[Workspace]
    """Not kept alive by this: a world may be gone long before its verdicts are."""
    watched: tuple[Watched, ...]
    not_before: float = 0.0
    expires: float | None = None
    """Seconds since the epoch, by the judge's clock."""
    networks: tuple[Network, ...] = ()
    origins: frozenset[bytes] = frozenset()
    generation: int = -1

    def holds(self, registry: Registry) -> bool:
        """Whether nothing changed: documents are replaced, never mutated, so identity tells."""
        judge = self.judge()
        if judge is None or registry.get(judge.id) is not judge:
            return False
        if self.generation != judge.generation:
            get = judge.store.get
            for kind, key, document in self.watched:
                if get(kind, key) is not document:
                    return False
            self.generation = judge.generation
        if self.expires is None:
            return True
        return self.not_before <= _seconds(judge) < self.expires

    def check_address(self, client_ip: str) -> None:
        """Raises IpNotAllowed for a caller outside the credential's networks."""
        try:
            address = ip_address(client_ip)
        except ValueError as error:
            raise IpNotAllowed(details="the caller's address is unknown") from error
        if not any(address in network for network in self.networks):
            raise IpNotAllowed(details=f"{client_ip} is not in the credential's ipAllowlist")

    def check_origin(self, origin: bytes, host: bytes) -> None:
        """Raises OriginNotAllowed for a page of another origin than the credential's; our own pages may call.

        Who sends no Origin is no page of somebody else's: browsers always name it there."""
        if origin and origin not in self.origins and origin.partition(b"://")[2] != host:
            shown = origin.decode("latin-1")[:200]
            raise OriginNotAllowed(details=f"{shown} is not in the credential's allowedOrigins")


def lineage(registry: Registry, workspace: Workspace) -> Iterator[str]:
    """Ids of the workspace and of all it was forked from."""
    current: Workspace | None = workspace
    while current is not None:
        yield current.id
        parent = current.properties.get("forkedFrom")
        current = registry.get(parent) if parent else None
        if parent and current is None:
            yield parent


def may_act(registry: Registry, principal: Principal, workspace: Workspace) -> bool:
    """Whether the credential may act there: in its own workspace, a fork of it, or any for a specialist."""
    if principal.has("sandbox:specialist") or principal.has("sandbox:admin"):
        return True
    return principal.workspace_id in lineage(registry, workspace)


def home_of_key(key: str) -> str:
    """The workspace that an API key names; published demo keys name none and live wherever admitted."""
    found = KEY_WITH_HOME.fullmatch(key)
    return f"ws_{found.group(1)}" if found else DEFAULT


def judge_key(registry: Registry, key: str, workspace: Workspace | None) -> Verdict:
    """The verdict on an API key; raises the error of a bad one."""
    stored_as = fingerprint(key)
    for judge in _judges_of(registry, home_of_key(key), workspace):
        secret = judge.store.get("credential_secret", stored_as)
        credential = judge.store.get("credential", secret["credentialId"]) if secret is not None else None
        if secret is not None and credential is not None:
            return _verdict_on_key(judge, secret, credential)
    raise InvalidApiKey(details="the API key is unknown here", headers=CHALLENGE)


def judge_token(registry: Registry, claims: Mapping[str, Any], workspace: Workspace | None) -> Verdict:
    """The verdict on a token whose signature holds; raises the error of a bad one."""
    judge = _judge_of(registry, claims["workspace"], workspace)
    if judge is None:
        raise InvalidToken(details="the token's workspace no longer exists")
    now, not_before = _seconds(judge), claims["nbf"] - tokens.LEEWAY
    if now >= claims["exp"]:
        raise TokenExpired(details=f"the token expired at {instant(from_epoch(claims['exp']))}")
    if now < not_before:
        raise InvalidToken(details="the token is not valid yet")
    watched = tuple(_watched_by(judge, claims))
    holder = watched[-1][2]
    principal = entitled(principal_of(claims), holder)
    return Verdict(principal, ref(judge), watched, not_before, claims["exp"], *_bounds(holder))


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """The caller that verified claims describe."""
    user_id = claims["sub"] if claims["client_type"] == "user" else None
    return Principal(
        credential_id=user_id or claims["credential"],
        client_type=claims["client_type"],
        scopes=frozenset(claims["scope"].split()),
        roles=tuple(claims["roles"]),
        user_id=user_id,
        subject=claims["sub"],
        workspace_id=claims["workspace"],
    )


def entitled(principal: Principal, user: Document | None) -> Principal:
    """The same without what the user's roles do not open any more; a role given since opens nothing new."""
    if principal.user_id is None or user is None:
        return principal
    roles = tuple(role for role in principal.roles if role in user["roles"])
    return replace(principal, roles=roles, scopes=principal.scopes & (granted(roles) | PERSONAL))


def is_admitted(judge: Workspace, credential: Document) -> bool:
    """Whether a published demo credential works in the workspace; any other does."""
    if not (credential.get("metadata") or {}).get("fixture"):
        return True
    return bool((judge.properties.get("settings") or {}).get("publicFixtureCredentials", True))


def client_type_of(credential: Document) -> ClientType:
    """The tier a credential belongs to. A public key acts for people without an account: no row is theirs."""
    return TIERS.get(credential["clientType"], "partner")


def _judge_of(registry: Registry, home_id: str, workspace: Workspace | None) -> Workspace | None:
    if workspace is not None and home_id in lineage(registry, workspace):
        return workspace
    return registry.get(home_id)


def _judges_of(registry: Registry, home_id: str, workspace: Workspace | None) -> Iterator[Workspace]:
    """A fork of the key's home has the last word; any other workspace may know a published key as well."""
    if workspace is not None:
        yield workspace
        if home_id in lineage(registry, workspace):
            return
    if (home := registry.get(home_id)) is not None:
        yield home


def _verdict_on_key(judge: Workspace, secret: Document, credential: Document) -> Verdict:
    _check_key(judge, secret, credential)
    principal = Principal(
        credential_id=credential["id"],
        client_type=client_type_of(credential),
        scopes=frozenset(credential["scopes"]),
        roles=tuple(credential["roles"]),
        subject=credential["clientId"] or credential["id"],
        workspace_id=judge.id,
    )
    watched = (
        ("credential_secret", secret["id"], secret),
        ("credential", credential["id"], credential),
        (PROPERTIES, PROPERTIES, judge.store.get(PROPERTIES, PROPERTIES)),
    )
    ends = [parse_instant(end).timestamp() for end in (secret["validUntil"], credential["expiresAt"]) if end]
    return Verdict(principal, ref(judge), watched, 0.0, min(ends, default=None), *_bounds(credential))


def _seconds(workspace: Workspace) -> float:
    """What the workspace's clock shows, without the price of a datetime: asked for every request."""
    setting = workspace.store.get("clock", "clock")
    if setting is None or setting["mode"] == "real":
        return workspace.wall()
    if setting["mode"] == "offset":
        return workspace.wall() + float(setting["offsetMilliseconds"]) / 1000
    return workspace.now().timestamp()


def _check_key(judge: Workspace, secret: Document, credential: Document) -> None:
    if not is_admitted(judge, credential):
        raise InvalidApiKey(details="published demo keys are shut out here", headers=CHALLENGE)
    if credential["status"] == "revoked":
        raise InvalidApiKey(details="the API key was revoked", headers=CHALLENGE)
    now = instant(judge.now())
    for end in (secret["validUntil"], credential["expiresAt"]):
        if end and now >= end:
            raise ApiKeyExpired(details=f"the API key expired at {end}", headers=CHALLENGE)
    if credential["status"] != "active":
        raise ApiKeyExpired(headers=CHALLENGE)


def _watched_by(judge: Workspace, claims: Mapping[str, Any]) -> Iterator[Watched]:
    """The documents a token depends on, the holder's last; raises if one of them refuses it already."""
    if judge.store.get("revoked_token", claims["jti"]) is not None:
        raise TokenRevoked(details="the token was revoked")
    yield "revoked_token", claims["jti"], None
    if claims["client_type"] == "user":
        yield "user", claims["sub"], _active_user(judge, claims["sub"])
        return
    credential = judge.store.get("credential", claims["credential"])
    if credential is None or credential["status"] != "active":
        raise TokenRevoked(details="the token's client was revoked")
    yield "credential", credential["id"], credential


def _active_user(judge: Workspace, user_id: str) -> Document:
    user = judge.store.get("user", user_id)
    if user is None:
        raise InvalidToken(details="the token's user does not exist")
    if user["status"] in ("suspended", "deactivated", "erased"):
        raise AccountSuspended(details=f"the user is {user['status']}")
    return user


def _bounds(holder: Document | None) -> tuple[tuple[Network, ...], frozenset[bytes]]:
    """From which networks and from pages of which origins a credential may be used; empty: from any."""
    document: Mapping[str, Any] = holder or {}
    networks = tuple(ip_network(cidr, strict=False) for cidr in document.get("ipAllowlist") or ())
    return networks, frozenset(each.encode() for each in document.get("allowedOrigins") or ())
