"""Calls of our own API from inside: the same door, rules, limits and records as for everybody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, NamedTuple

Application = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]],
    Awaitable[None],
]


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes


async def post(
    application: Application, path: str, headers: Mapping[str, str], body: bytes, client_ip: str
) -> Answer:
    """One POST."""
    sent = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "sftp",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [*sent, (b"content-length", b"%d" % len(body))],
        "server": ("127.0.0.1", 0),
        "client": (client_ip, 0),
    }
    began: dict[str, Any] = {"status": 500}
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            began.update(message)
        else:
            parts.append(message.get("body", b""))

    await application(scope, receive, send)
    return Answer(began["status"], b"".join(parts))
