"""From the credential on a request to its principal; a bad one is refused, never taken for anonymous."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from sandbox.identity import tokens
from sandbox.identity.judgement import (
    CHALLENGE,
    Registry,
    Verdict,
    home_of_key,
    judge_key,
    judge_token,
    lineage,
    may_act,
)
from sandbox.identity.keys import public_jwk
from sandbox.identity.principal import Principal
from sandbox.identity.roles import CONTROL
from sandbox.kernel.errors import (
    AuthenticationRequired,
    DomainError,
    InsufficientScope,
    InvalidToken,
    WorkspaceAccessDenied,
)
from sandbox.kernel.workspace import Workspace
from sandbox.kernel.workspaces import DEFAULT

CACHE_LIMIT = 4_096
REFUSED = 'Bearer realm="sandbox", error="invalid_token"'
ADMIN = Principal(
    "admin",
    "internal",
    CONTROL | {"webhooks:read", "webhooks:write"},  # what the console needs
    subject="admin",
    workspace_id=DEFAULT,
)

Headers = Mapping[bytes, bytes]
Caller = tuple[Headers, str]
"""What a call came with, and the address it came from."""


class Identity:
    """Authentication of one server: signing secret, issuer name, and a bounded memory of good credentials."""

    def __init__(self, secret: str, issuer: str, admin_key: str = "") -> None:
        self.secret = secret
        self.issuer = issuer.rstrip("/")
        self._admin_key = admin_key.encode()
        self._good: dict[tuple[str, bytes], Verdict] = {}
        self._homes: dict[bytes, str] = {}

    def authenticate(
        self, registry: Registry, headers: Headers, client_ip: str = "", workspace: Workspace | None = None
    ) -> Principal | None:
        """Who calls, None when no credential is presented; raises the error of a bad one.

        `workspace` is where the call acts; left out, where the credential lives. Raises WorkspaceAccessDenied
        for a good credential that may not act there. HTTP Basic is no credential here: it is for
        clients at the token endpoint."""
        bearer, key = headers.get(b"authorization"), _api_key(headers)
        if bearer is not None and bearer[:6].lower() == b"basic ":
            bearer = None
        caller = (headers, client_ip)
        principal = None if bearer is None else self._check(registry, bearer, caller, workspace)
        if key is None:
            return principal
        by_key = self._check_key(registry, key, caller, workspace)
        return by_key if principal is None else principal

    def home(self, headers: Headers) -> str:
        """Id of the workspace that the credential names, unverified; the default one if it names none.

        What is wrong with the credential is said when it is looked at."""
        bearer, key = headers.get(b"authorization"), _api_key(headers)
        if bearer is not None and bearer[:7].lower() == b"bearer ":
            return self._homes.get(bearer) or self._read_home(bearer)
        if key is None:
            return DEFAULT
        home = self._homes.get(key)
        if home is None:
            _bound(self._homes)
            home = self._homes[key] = home_of_key(_text(key))
        return home

    def _read_home(self, bearer: bytes) -> str:
        try:
            home = str(tokens.unverified_claims(_text(bearer[7:]).strip())["workspace"])
        except InvalidToken:
            return DEFAULT
        _bound(self._homes)
        self._homes[bearer] = home
        return home

    def _check_key(
        self, registry: Registry, key: bytes, caller: Caller, workspace: Workspace | None
    ) -> Principal:
        if self._admin_key and compare_digest(key, self._admin_key):
            return ADMIN
        return self._check(registry, b"\0" + key, caller, workspace)

    def _check(
        self, registry: Registry, raw: bytes, caller: Caller, workspace: Workspace | None
    ) -> Principal:
        slot = (workspace.id if workspace is not None else "", raw)
        verdict = self._good.get(slot)
        if verdict is None or not verdict.holds(registry):
            self._good.pop(slot, None)
            verdict = self._judge(registry, raw, workspace)
            if workspace is not None and not may_act(registry, verdict.principal, workspace):
                raise WorkspaceAccessDenied(details=f"the credential does not operate {workspace.id}")
            _bound(self._good)
            self._good[slot] = verdict
        if verdict.networks:
            verdict.check_address(caller[1])
        if verdict.origins:
            headers = caller[0]
            verdict.check_origin(headers.get(b"origin", b""), headers.get(b"host", b""))
        return verdict.principal

    def _judge(self, registry: Registry, raw: bytes, workspace: Workspace | None) -> Verdict:
        if raw[:1] == b"\0":
            return judge_key(registry, _text(raw[1:]), workspace)
        scheme, _, token = raw.partition(b" ")
        if scheme.lower() != b"bearer":
            raise AuthenticationRequired(details="use the Bearer scheme, or X-API-Key", headers=CHALLENGE)
        try:
            claims = tokens.verify(self.secret, _text(token).strip(), self.issuer)
            return judge_token(registry, claims, workspace)
        except DomainError as error:
            error.headers.setdefault("WWW-Authenticate", REFUSED)
            raise

    # issuing

    def claims(self, workspace: Workspace, grant: tokens.Grant, lifetime: int, jti: str) -> dict[str, Any]:
        """What a token of that workspace would say."""
        return tokens.claims_of(grant, workspace.id, self.issuer, workspace.now(), lifetime, jti)

    def sign(self, claims: dict[str, Any], tamper: str = "none") -> str:
        """The token for the claims, or one that is wrong in the way `tamper` says."""
        return tokens.tampered(self.secret, claims, tamper)

    def signed_claims(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that this server signed, whatever became of it since; None for any other."""
        try:
            return tokens.verify(self.secret, token, self.issuer)
        except DomainError:
            return None

    def active_claims(
        self, registry: Registry, token: str, workspace: Workspace | None
    ) -> dict[str, Any] | None:
        """The claims of a token that would be accepted now, with what they still open; None for any other."""
        claims = self.signed_claims(token)
        try:
            principal = judge_token(registry, claims, workspace).principal if claims else None
        except DomainError:
            return None
        if claims is None or principal is None:
            return None
        scopes = [scope for scope in claims["scope"].split() if scope in principal.scopes]
        return {**claims, "scope": " ".join(scopes), "roles": list(principal.roles)}

    def key_set(self, registry: Registry, workspace: Workspace) -> dict[str, Any]:
        """The public keys for tokens accepted there: its own and those of what it was forked from."""
        return {"keys": [public_jwk(self.secret, name) for name in lineage(registry, workspace)]}


def authorize(principal: Principal | None, needed: frozenset[str]) -> None:
    """Raises unless the principal was granted every scope; an empty set asks for any credential."""
    if principal is None or principal.client_type == "anonymous":
        raise AuthenticationRequired(headers=CHALLENGE)
    if missing := needed - principal.scopes:
        scope = " ".join(sorted(missing))
        challenge = f'Bearer realm="sandbox", error="insufficient_scope", scope="{scope}"'
        raise InsufficientScope(details=f"needs {scope}", headers={"WWW-Authenticate": challenge})


def _bound(memory: dict[Any, Any]) -> None:
    """Make room for one more."""
    if len(memory) >= CACHE_LIMIT:
        del memory[next(iter(memory))]


def _api_key(headers: Headers) -> bytes | None:
    key = headers.get(b"x-api-key")
    return headers.get(b"ocp-apim-subscription-key") if key is None else key


def _text(raw: bytes) -> str:
    return raw.decode("latin-1")
