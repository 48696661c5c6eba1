"""What the options before the command say: which server, which credential, which workspace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

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

        return ControlClient(server_address(self.url), self.api_key, self.workspace, self.authority)


def server_address(text: str) -> str:
    """The base address that was meant, `http://` where no scheme is said; raises BadParameter."""
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or any(letter <= " " for letter in url):
        raise typer.BadParameter(f"{text!r} is no address like {DEFAULT_URL}", param_hint="--url")
    return url.rstrip("/")


def session(context: typer.Context) -> Session:
    """The session of a command."""
    found = context.find_object(Session)
    return found if found is not None else Session()
