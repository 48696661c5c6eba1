"""What is said over a WebSocket: JSON messages, and close codes that say why it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson

from sandbox.gateway.streaming import PATIENCE, Receive, Send
from sandbox.kernel.errors import DomainError

NORMAL, AWAY = 1000, 1001
NOT_UNDERSTOOD, NOT_AUTHENTICATED, NOT_ALLOWED, NOT_THERE, SILENT = 4400, 4401, 4403, 4404, 4408
TOO_SLOW, USELESS_ID, RESET, TOO_MANY = 4409, 4410, 4412, 4429
BY_ENDING = {
    "server_stopping": AWAY,
    "workspace_reset": RESET,
    "workspace_deleted": NOT_THERE,
    "credential_refused": NOT_AUTHENTICATED,
    "events_missed": USELESS_ID,
}
BY_STATUS = {401: NOT_AUTHENTICATED, 403: NOT_ALLOWED, 404: NOT_THERE, 410: USELESS_ID, 429: TOO_MANY}
BY_CODE = {"INVALID_CURSOR": USELESS_ID}


class Left(Exception):
    """The other side is gone."""


class Closing(Exception):
    """The conversation ends, for a reason of ours."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Talk:
    """Messages in both directions."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    async def heard(self, within: float | None = None) -> Mapping[str, Any]:
        """The next message; raises Left, or Closing where it makes no sense or does not come."""
        try:
            async with asyncio.timeout(within):
                message = await self._receive()
        except TimeoutError:
            raise Closing(SILENT, "nothing was said for too long") from None
        if message["type"] == "websocket.disconnect":
            raise Left
        try:
            said = orjson.loads(message.get("text") or b"")
        except orjson.JSONDecodeError:
            raise Closing(NOT_UNDERSTOOD, "messages are JSON objects, as text") from None
        if not isinstance(said, dict) or not isinstance(said.get("type"), str):
            raise Closing(NOT_UNDERSTOOD, "messages are JSON objects with a type")
        return said

    async def say(self, **message: Any) -> None:
        """Raises TimeoutError where nobody reads."""
        text = orjson.dumps(message).decode()
        async with asyncio.timeout(PATIENCE):
            await self._send({"type": "websocket.send", "text": text})

    async def refuse(self, error: DomainError) -> None:
        """Say the error and end."""
        shown = {
            "code": error.code,
            "message": error.message,
            "details": error.details,
            "target": error.target,
        }
        await self.say(type="error", error=shown)
        code = BY_CODE.get(error.code) or BY_STATUS.get(error.status, NOT_UNDERSTOOD)
        await self.close(code, error.code)

    async def close(self, code: int, reason: str) -> None:
        """End; it is over as soon as that is sent."""
        closing = {"type": "websocket.close", "code": code, "reason": reason[:120]}
        async with asyncio.timeout(PATIENCE):
            await self._send(closing)
