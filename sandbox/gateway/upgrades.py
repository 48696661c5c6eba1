"""A request that offers another protocol than is spoken here is a request like any other.

The parser leaves what follows its head to the other protocol, and uvicorn drops that: the body, and the next
request. Clients that offer HTTP/2 to every server, as Java's does, would be lost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from httptools import HttpRequestParser

from sandbox.kernel.errors import DomainError, ValidationError

if TYPE_CHECKING:
    from sandbox.gateway.connection import Connection

FRAMING = (b"content-length", b"transfer-encoding")
SPOKEN = "13"
"""The one version of WebSocket there is."""
_KEY = re.compile(rb"[A-Za-z0-9+/]{22}==")


def parser_behind_head(connection: Connection) -> HttpRequestParser:
    """It has read the head of the connection's request once more, without the offer."""
    parser = HttpRequestParser(_Behind(connection))
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    framing = [b"%b: %b\r\n" % each for each in connection.headers if each[0] in FRAMING]
    parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n" % b"".join(framing))
    return parser


def wrong_with_handshake(headers: Iterable[tuple[bytes, bytes]]) -> DomainError | None:
    """What keeps a request for a WebSocket from beginning one."""
    said = dict(headers)
    why = ""
    if said.get(b"sec-websocket-version") != SPOKEN.encode():
        why = f"Sec-WebSocket-Version has to be {SPOKEN}"
    elif not _KEY.fullmatch(said.get(b"sec-websocket-key", b"")):
        why = "Sec-WebSocket-Key has to be 16 bytes in base64"
    elif b"host" not in said:
        why = "it needs one Host header"
    details = f"this is no WebSocket handshake: {why}"
    return ValidationError(details=details, headers={"Sec-WebSocket-Version": SPOKEN}) if why else None


class _Behind:
    """Tells a connection what comes behind a head that it knows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_known = True
        self.on_body = connection.on_body
        self.on_chunk_header = connection.on_chunk_header
        self.on_message_complete = connection.on_message_complete

    def on_message_begin(self) -> None:
        """Of the known request, or of the next."""
        if not self._is_known:
            self._connection.on_message_begin()

    def on_url(self, url: bytes) -> None:
        """In pieces, as it comes."""
        if not self._is_known:
            self._connection.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One after the other."""
        if not self._is_known:
            self._connection.on_header(name, value)

    def on_headers_complete(self) -> None:
        """From here on all is new."""
        if not self._is_known:
            self._connection.on_headers_complete()
        self._is_known = False
