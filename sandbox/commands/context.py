"""What the options before the command say: which server, which credential, which workspace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sandbox.commands.client import ControlClient

DEFAULT_URL = "http://127.0.0.1:8080"


@dataclass
class Session:
    """The chosen server; the client is made when a command needs it."""

    url: str = DEFAULT_URL
    api_key: str = ""
    workspace: str = ""
    as_json: bool = False
    authority: str = ""

    @cached_property
    def client(self) -> ControlClient:
        """The control API of the server."""
        from sandbox.commands.client import ControlClient  # HTTP takes time to load; `serve` needs none

        return ControlClient(self.url, self.api_key, self.workspace, self.authority)


def session(context: typer.Context) -> Session:
    """The session of a command."""
    found = context.find_object(Session)
    return found if found is not None else Session()
