"""Makes the requests that a listener is handed, against a receiver on this machine."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import typer

SHOWN_BODY = 64 * 1024
_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (TimeoutError, "timeout"),
    (socket.gaierror, "dns"),
    (ssl.SSLError, "tls"),
    (ConnectionResetError, "reset"),
    (http.client.RemoteDisconnected, "reset"),
)


@dataclass(frozen=True)
class Receiver:
    """Where requests go; redirects are not followed, as with every webhook."""

    url: str
    scheme: str
    host: str
    port: int | None
    path: str

    @classmethod
    def at(cls, url: str) -> Receiver:
        """The receiver of that address; raises BadParameter."""
        full = url if "://" in url else f"http://{url}"
        try:
            parts = urlsplit(full)
            port = parts.port
        except ValueError:
            raise typer.BadParameter("is not a URL", param_hint="--forward-to") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise typer.BadParameter("is not an http or https URL", param_hint="--forward-to")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(full, parts.scheme, parts.hostname, port, path)

    def deliver(self, delivery: dict[str, Any]) -> dict[str, Any]:
        """What it answered, or why it did not, in the words of the server."""
        started = perf_counter()
        try:
            answer = self._exchange(delivery)
        except (OSError, http.client.HTTPException, ValueError) as failure:
            word = next((word for kind, word in _WORDS if isinstance(failure, kind)), "connect")
            answer = {"status": None, "error": word, "detail": str(failure)[:500] or type(failure).__name__}
        return {**answer, "durationMs": round((perf_counter() - started) * 1000, 3)}

    def _exchange(self, delivery: dict[str, Any]) -> dict[str, Any]:
        timeout = float(delivery["timeoutSeconds"])
        connection = (
            http.client.HTTPSConnection(self.host, self.port, timeout=timeout)
            if self.scheme == "https"
            else http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        )
        try:
            body = base64.b64decode(delivery["bodyBase64"])
            connection.request(delivery["method"], self.path, body, delivery["headers"])
            answer = connection.getresponse()
            content = answer.read(SHOWN_BODY + 1)
        finally:
            connection.close()
        shown = content[:SHOWN_BODY]
        return {
            "status": answer.status,
            "headers": {name: value[:8192] for name, value in answer.getheaders()[:100]},
            "bodyBase64": base64.b64encode(shown).decode(),
            "truncated": len(content) > SHOWN_BODY,
        }
