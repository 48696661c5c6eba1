"""The caller of one request, as everything behind the front door sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ClientType = Literal["anonymous", "user", "partner", "internal"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Shared between requests of the same credential, hence frozen.

    `credential_id` is who owns what was created: the credential of a machine, the user behind a user's token.
    `workspace_id` is where the credential lives, not necessarily where the call acts.
    """

    credential_id: str
    client_type: ClientType
    scopes: frozenset[str]
    roles: tuple[str, ...] = ()
    user_id: str | None = None
    subject: str = ""
    workspace_id: str = ""

    def has(self, scope: str) -> bool:
        """Whether the credential was granted the scope."""
        return scope in self.scopes


ANONYMOUS = Principal("", "anonymous", frozenset())
