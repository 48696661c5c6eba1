"""Whole responses go to the connection in one piece.

uvicorn takes two messages and looks at every header twice, which costs as much as all else in a small call.
It is gone round only in the version this was written for, and where nothing is special about the exchange.
"""

from __future__ import annotations

import logging
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from sandbox.gateway.response import Response
from sandbox.journal.headers import packed

KNOWN = uvicorn.__version__.startswith("0.54.")


def write_whole(send: Any, response: Response) -> bool:
    """Whether head and body were written; if not, nothing was."""
    cycle = getattr(send, "__self__", None)
    if type(cycle) is not RequestResponseCycle or not KNOWN or _is_special(cycle):
        return False
    head, lines = response.head, len(response.headers)
    if head.count(b"\n") != lines or head.count(b"\r") != lines:
        return False  # a header with a line break: uvicorn refuses it
    cycle.response_started = cycle.response_complete = True
    usual = packed(cycle.default_headers)
    cycle.transport.write(b"".join((STATUS_LINE[response.status], usual, head, b"\r\n", response.body)))
    cycle.message_event.set()
    cycle.on_response()
    return True


def _is_special(cycle: RequestResponseCycle) -> bool:
    return (
        cycle.response_started
        or cycle.disconnected
        or not cycle.keep_alive
        or (cycle.access_log and cycle.access_logger.isEnabledFor(logging.INFO))
        or cycle.flow.write_paused
        or cycle.scope["method"] == "HEAD"
    )
