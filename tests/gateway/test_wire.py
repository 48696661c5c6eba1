"""What is written to the connection in one piece is what uvicorn would have written in two."""

from __future__ import annotations

import re
import socket

import pytest

from sandbox.gateway import wire
from tests.conftest import Api

KEY = "sk_sandbox_partner_demo"

EVENT = "/api/v1/events/e1000000-0000-4000-8000-000000000001"
HOLD = {
    "assignmentId": "c4000000-0000-4000-8000-000000000001",
    "offeringId": "c5000000-0000-4000-8000-000000000001",
    "startsAt": "2026-11-23T08:00:00.000Z",
}
CALLS = {
    "one": f"GET {EVENT}",
    "unchanged": f"GET {EVENT} If-None-Match: *",
    "list": "GET /api/v1/events?pageSize=2",
    "nothing there": "GET /api/v1/events/none",
    "head": "HEAD /api/v1/events?pageSize=2",
    "options": "OPTIONS /api/v1/events",
    "a method that is not there": "PATCH /api/v1/events",
    "no route": "GET /nowhere",
    "as a calendar": f"GET {EVENT}?format=ics",
    "without a body": "DELETE /api/v1/slot-holds/{hold}",
}
CHANGING = re.compile(
    rb"(?im)^(date|x-correlation-id|x-sandbox-clock|x-ratelimit-[a-z]+): .*\r$"
    rb'|"(timestamp|correlationId)":"[^"]*"|^DTSTAMP:.*\r$'
)


def sent(api: Api, *calls: str) -> bytes:
    """All that comes back over one connection for calls sent together; the last one closes it."""
    common = f"Host: sandbox\r\nX-API-Key: {KEY}\r\nX-Sandbox-Workspace: {api.workspace_id}\r\n"
    heads = []
    for method, path, *header in (call.split(" ", 2) for call in calls):
        heads.append(f"{method} {path} HTTP/1.1\r\n{common}" + "".join(f"{one}\r\n" for one in header))
    request = "\r\n".join(heads) + "Connection: close\r\n\r\n"
    settings = api.server.settings
    with socket.create_connection((settings.host, settings.port), timeout=30) as connection:
        connection.sendall(request.encode())
        with connection.makefile("rb") as answer:
            return answer.read()


class TestWire:
    @pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
    def test_bytes_are_those_of_uvicorn(self, api: Api, call: str, monkeypatch: pytest.MonkeyPatch) -> None:
        hold = api.post("/api/v1/slot-holds", json=HOLD).json()["id"] if "{hold}" in call else ""
        calls = [call.format(hold=hold), "GET /health/live"]
        own = sent(api, *calls)
        monkeypatch.setattr(wire, "KNOWN", False)
        assert CHANGING.sub(b"", own) == CHANGING.sub(b"", sent(api, *calls))
        assert own.count(b"HTTP/1.1 ") == len(calls)

    def test_this_version_of_uvicorn_is_the_known_one(self) -> None:
        assert wire.KNOWN, "look whether uvicorn's cycle is still what wire.py takes it for"

    @pytest.mark.parametrize("call", [CALLS["unchanged"], CALLS["without a body"]])
    def test_where_no_body_may_be_none_has_a_length(self, api: Api, call: str) -> None:
        hold = api.post("/api/v1/slot-holds", json=HOLD).json()["id"]
        head = sent(api, call.format(hold=hold)).lower()
        assert head.startswith((b"http/1.1 204 ", b"http/1.1 304 "))
        assert b"content-length" not in head
