"""One connection of HTTP: refuses what is no request, and does not wait for one for ever."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any, cast

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from sandbox.gateway.response import Response
from sandbox.gateway.upgrades import parser_behind_head, wrong_with_handshake
from sandbox.gateway.visit import LATE, too_late
from sandbox.kernel.errors import DomainError, PayloadTooLarge, ValidationError
from sandbox.platform.following import PATIENCE

LARGEST_HEAD = 128 * 1024
"""Bytes of target and headers that are waited for; who sends no more than one piece may send that."""

LISTENING = 5
"""Seconds that who has said all, and closed their side, is believed to wait for the answer."""
_name = itemgetter(0)
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(:\d*)?", re.ASCII)


class Connection(HttpToolsProtocol):
    """Refuses in the format of every other error; uvicorn would do it in plain text."""

    def __init__(self, refusal: Callable[[DomainError], Response], **given: Any) -> None:
        super().__init__(**given)
        self._refusal = refusal
        self._served: RequestResponseCycle | None = None
        """The call under way; uvicorn remembers the latest that came."""
        self._host: bytes | None = None
        """The latest that was found to be in order."""
        self._head: object = None
        self._head_size = 0

    def data_received(self, data: bytes) -> None:
        """As uvicorn does, but that an offer nobody takes changes nothing."""
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        try:
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as offer:
                self._consider(offer, memoryview(data))
        except HttpParserError as complaint:
            self.send_400_response(str(complaint))
        if self.cycle is None or self.scope is not self.cycle.scope:
            self._go_on_with_head(len(data))

    def on_chunk_header(self) -> None:
        """The body has begun: fields behind it are not of the head that the call was given."""
        self.headers = _Unread()

    def _should_upgrade(self) -> bool:
        """Another method than GET begins no WebSocket; it asks for what it says."""
        return bool(self.scope["method"] == "GET" and super()._should_upgrade())

    def _go_on_with_head(self, size: int) -> None:
        """There is more to come of it; what came together with what was before it is not counted."""
        if self._head is not self.scope:
            self._head, self._head_size = self.scope, 0
            return
        self._head_size += size
        if self._head_size > LARGEST_HEAD and not self.transport.is_closing():
            self._turn_away(PayloadTooLarge(details=f"its head alone has more than {LARGEST_HEAD} bytes"))

    def _consider(self, offer: HttpParserUpgrade | None, data: memoryview) -> None:
        while offer is not None:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
                return
            data = data[offer.args[0] :]
            self.cycle.more_body = True
            self.cycle.message_event.clear()  # nobody has looked at it yet
            self.parser = parser_behind_head(self)
            try:
                self.parser.feed_data(data)
                offer = None
            except HttpParserUpgrade as another:
                offer = another

    def send_400_response(self, msg: str) -> None:
        """Called while the parser's complaint is handled; whatever follows cannot be understood."""
        complaint = sys.exception()
        unread = isinstance(complaint, HttpParserCallbackError)  # uvicorn's own look at the target failed
        why = "its target cannot be read" if unread else str(complaint or msg)
        self._stop_reading(ValidationError(details=f"this is no HTTP request: {why}"))

    def handle_websocket_upgrade(self) -> None:
        """As uvicorn does, which says nothing to who does it wrong."""
        if error := wrong_with_handshake(self.scope["headers"]):
            self._stop_reading(error)
        else:
            super().handle_websocket_upgrade()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._served = cycle
        if not self._is_for_one_host(cycle.scope):
            self._turn_away(ValidationError(details="this is no HTTP request: it needs one Host header"))
            return  # it stays under way, so that nothing behind it begins
        task = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def _is_for_one_host(self, scope: Any) -> bool:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        names = [*map(_name, headers)]
        if names.count(b"host") != 1:
            return b"host" not in names and bool(scope["http_version"] == "1.0")
        host = headers[names.index(b"host")][1]
        if host != self._host and _HOST.fullmatch(host):
            self._host = host
        return host == self._host

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn always says no
        """Who has asked and closes their side is answered, unless it takes long: most have just left."""
        served = self._served
        if served is None or served.response_started or served.more_body or self.scheme != "http":
            return False
        self.cycle.keep_alive = False
        self.loop.call_later(LISTENING, self.transport.close)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """uvicorn tells the latest call of it; the one under way before it would never know."""
        served = self._served
        if served is not None and not served.response_complete:
            served.disconnected = True
            served.message_event.set()
            patience: asyncio.Timeout | None = cast(dict[str, Any], served.scope).get(PATIENCE)
            if patience is not None and not patience.expired():
                patience.reschedule(0)  # nobody is there to be waited for
        super().connection_lost(exc)

    @property
    def owed(self) -> object:
        """What the other side has to do next, the same until it is done; None if it is not its turn."""
        cycle = self.cycle
        if self._is_telling:  # take what it was sent
            return cycle, self.transport.get_write_buffer_size()
        if cycle is None:
            return self  # begin
        if self.pipeline:
            return None
        if cycle.response_complete:  # go on; uvicorn looks after who has not begun to
            return None if self.timeout_keep_alive_task is not None else cycle
        return cycle if cycle.more_body else None

    @property
    def _is_telling(self) -> bool:
        return self.transport.is_closing() or self.flow.write_paused

    def hurry(self, seconds: int) -> None:
        """End a request that has not come within that time, or what is left of the last one."""
        cycle = self.cycle
        if self._is_telling:
            self.transport.abort()
        elif cycle is not None and not cycle.response_complete:
            self._hurry_body(cast(dict[str, Any], cycle.scope), seconds)
        elif self.scope is (cycle.scope if cycle is not None else None):
            self.transport.close()  # nothing of a request has come that could be answered
        else:
            self._turn_away(too_late(seconds))

    def _hurry_body(self, scope: dict[str, Any], seconds: int) -> None:
        if LATE in scope:  # whoever reads the body was told, and does not care
            self.transport.abort()
        scope[LATE] = seconds
        self.cycle.keep_alive = False
        self.cycle.message_event.set()  # the reader goes on, and finds it late

    def _stop_reading(self, error: DomainError) -> None:
        """What came before it is answered, and nothing after that."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete and not cycle.more_body:
            cycle.keep_alive = False
        else:
            self._turn_away(error)

    def _turn_away(self, error: DomainError) -> None:
        response = self._refusal(error)
        headers = [*self.server_state.default_headers, *response.headers, (b"connection", b"close")]
        head = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(STATUS_LINE[response.status] + head + b"\r\n" + response.body)
        self.transport.close()


class _Unread(list[tuple[bytes, bytes]]):
    """Takes trailers and keeps none."""

    def append(self, _: object) -> None:
        """Nobody asks for them."""


class Watch:
    """Hurries connections whose other side owes the same thing at too many looks in a row, one a second.

    A look costs nothing to requests that are there, as a timer for each would. Who was kept waiting by a
    busy server is not blamed for it: meanwhile nobody looks.
    """

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._seen: dict[Connection, tuple[object, int]] = {}

    def look(self, connections: Iterable[Any]) -> None:
        """Call it once a second."""
        seen = {}
        for each in [each for each in connections if isinstance(each, Connection)]:
            owed = each.owed
            if owed is None:
                continue
            before, looks = self._seen.get(each, (None, 0))
            looks = looks + 1 if owed == before else 1
            if looks > self._seconds > 0:
                each.hurry(self._seconds)
                looks = 0
            seen[each] = owed, looks
        self._seen = seen
