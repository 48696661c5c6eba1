"""Requests that do not come: nobody holds a connection by saying little or nothing."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from sandbox.gateway.connection import Connection
from tests.conftest import KEYS, Api, Server

PATH = "/api/v1/customers"
GOOD = b'{"givenName": "Maria", "email": "maria@sandbox.example"}'


def until(condition: Callable[[], bool]) -> None:
    """Returns when the server has come so far."""
    for _ in range(3000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("the server did not come so far")


class Caller:
    """A connection seen from both ends."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.socket = socket.create_connection(("127.0.0.1", server.settings.port), timeout=30)

    def say(self, raw: bytes, heard: Callable[[Connection], bool] = lambda _: True) -> None:
        """Returns when the server has it."""
        self.socket.sendall(raw)
        until(lambda: any(heard(each) for each in self.theirs()))

    def theirs(self) -> Iterator[Connection]:
        """Its end on the server."""
        ours = self.socket.getsockname()
        for each in list(self.server.listener.server_state.connections):
            if isinstance(each, Connection) and each.client == ours:
                yield each

    def time_passes(self, seconds: int = 61) -> None:
        """So many, as the server counts them."""

        async def pass_by() -> None:
            for tenth in range(10 * seconds):
                await self.server.listener.on_tick(tenth)

        for theirs in self.theirs():
            asyncio.run_coroutine_threadsafe(pass_by(), theirs.loop).result(30)

    def answer(self) -> tuple[bytes, bytes]:
        """Its head and body, and what else comes until the server closes."""
        head, _, body = self.all().partition(b"\r\n\r\n")
        return head, body

    def all(self) -> bytes:
        """What comes until the connection is over."""
        said = bytearray()
        with suppress(ConnectionError):
            while piece := self.socket.recv(65_536):
                said += piece
        return bytes(said)


@pytest.fixture(name="caller")
def _caller(server: Server) -> Iterator[Caller]:
    caller = Caller(server)
    with caller.socket:
        yield caller


def begun(api: Api, call: str = f"POST {PATH}", connection: str = "close") -> bytes:
    """A request up to its last header."""
    headers = {"Content-Type": "application/json", **api.headers, "Host": "x", "Connection": connection}
    return f"{call} HTTP/1.1\r\n".encode() + b"".join(f"{n}: {v}\r\n".encode() for n, v in headers.items())


def has_head(theirs: Connection) -> bool:
    return theirs.cycle is not None


class TestBodies:
    @pytest.mark.parametrize(
        "rest",
        [
            b"Content-Length: 1000000\r\n\r\n",
            b"Content-Length: 1000000\r\n\r\n" + GOOD,
            b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(GOOD), GOOD),
            b"Content-Length: 56\r\nExpect: 100-continue\r\n\r\n",
        ],
        ids=["none of it", "a part of it", "without its last chunk", "after all asked for"],
    )
    def test_that_do_not_come_are_not_waited_for(self, api: Api, caller: Caller, rest: bytes) -> None:
        before = api.get(PATH).json()["pagination"]["totalItems"]
        caller.say(begun(api) + rest, has_head)
        caller.time_passes()
        head, body = caller.answer()
        if b"Expect" in rest:
            assert b"HTTP/1.1 100 Continue" == head
            head, _, body = body.partition(b"\r\n\r\n")
        error = json.loads(body)["error"]
        assert head.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in head
        assert ("WAIT_TIMEOUT", "the request was not all there after 60 seconds") == (
            error["code"],
            error["details"],
        )
        assert before == api.get(PATH).json()["pagination"]["totalItems"]
        recorded = api.control.get("/sandbox/v1/journal", params={"correlationId": error["correlationId"]})
        assert [408] == [each["status"] for each in recorded.json()["data"]]

    def test_that_come_late_are_taken(self, api: Api, caller: Caller) -> None:
        head = begun(api) + b"Content-Length: %d\r\n\r\n" % len(GOOD)
        caller.say(head + GOOD[:9], has_head)
        caller.time_passes(30)
        caller.socket.sendall(GOOD[9:])
        assert caller.answer()[0].startswith(b"HTTP/1.1 201 ")

    def test_of_calls_that_wait_for_others_are_not_late(self, api: Api, caller: Caller) -> None:
        """The second cannot be read before the first is over, and that is when its world is."""
        first = begun(api.control, "GET /sandbox/v1/stream", "keep-alive")
        raw = first + b"\r\n" + begun(api) + b"Content-Length: 1000000\r\n\r\n"
        caller.say(raw, lambda theirs: bool(theirs.pipeline))
        caller.time_passes(200)
        assert [False] == [each.transport.is_closing() for each in caller.theirs()]


class TestNonsense:
    """What follows a call and is none itself, as where a length was counted in letters instead of bytes."""

    @pytest.mark.parametrize(
        ("short", "status", "says"),
        [(0, b"201", b'"id"'), (9, b"400", b"MALFORMED_JSON")],
        ids=["whole", "short"],
    )
    def test_does_not_answer_for_the_call_before_it(
        self, api: Api, caller: Caller, short: int, status: bytes, says: bytes
    ) -> None:
        head = begun(api, connection="keep-alive") + b"Content-Length: %d\r\n\r\n" % (len(GOOD) - short)
        caller.socket.sendall(head + GOOD + b"NONSENSE\r\n\r\n")
        head, body = caller.answer()
        assert head.startswith(b"HTTP/1.1 %s " % status)
        assert b"connection: close" in head
        assert says in body
        assert b"HTTP/1.1" not in body

    def test_does_not_come_into_a_stream(self, api: Api, caller: Caller) -> None:
        stream = begun(api.control, "GET /sandbox/v1/stream?follow=false", "keep-alive")
        caller.socket.sendall(stream + b"\r\nNONSENSE\r\n\r\n")
        head, body = caller.answer()
        assert head.startswith(b"HTTP/1.1 200 ")
        assert body.endswith(b"0\r\n\r\n")


class TestTrailers:
    @pytest.mark.parametrize(
        "offer", [b"", b"Connection: Upgrade\r\nUpgrade: h2c\r\n"], ids=["plain", "offering"]
    )
    def test_are_no_headers(self, api: Api, caller: Caller, offer: bytes) -> None:
        """What stands behind a body comes too late to say who is asking."""
        key = b"X-API-Key: %s\r\n" % KEYS["partner-demo"].encode()
        head = begun(api.anonymous) + offer + b"Transfer-Encoding: chunked\r\n\r\n"
        caller.socket.sendall(head + b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(GOOD), GOOD, key))
        assert caller.answer()[0].startswith(b"HTTP/1.1 401 ")


class TestOffers:
    """Clients that would rather speak HTTP/2, as Java's do."""

    WEBSOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
    OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
    CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD)
    COUNTED = b"Content-Length: %d\r\n\r\n%s" % (len(GOOD), GOOD)

    @pytest.mark.parametrize("body", [COUNTED, CHUNKED], ids=["counted", "chunked"])
    @pytest.mark.parametrize("split", [0, 1, 30], ids=["at once", "head and body", "in the middle"])
    def test_are_declined_and_the_request_is_served(
        self, api: Api, caller: Caller, body: bytes, split: int
    ) -> None:
        head = begun(api).replace(b"Connection: close\r\n", self.OFFER)
        raw, last = head + body, begun(api, "GET /health/live") + b"\r\n"
        cut = raw.index(b"\r\n\r\n") + 3 + split if split else len(raw)
        caller.say(raw[:cut], has_head)
        caller.socket.sendall(raw[cut:] + raw + last)
        assert [b"201", b"409", b"200"] == re.findall(rb"HTTP/1.1 (\d+) ", caller.all())

    def test_without_a_body_are_no_hindrance_either(self, api: Api, caller: Caller) -> None:
        call = begun(api, "GET /health/live")
        caller.socket.sendall(call.replace(b"Connection: close\r\n", self.OFFER) + b"\r\n" + call + b"\r\n")
        assert 2 == caller.all().count(b"HTTP/1.1 200 ")

    def test_of_a_conversation_do_not_keep_a_body_from_being_read(self, api: Api, caller: Caller) -> None:
        raw = begun(api).replace(b"Connection: close\r\n", self.WEBSOCKET) + self.COUNTED
        caller.socket.sendall(raw + begun(api, "GET /health/live") + b"\r\n")
        assert [b"201", b"200"] == re.findall(rb"HTTP/1.1 (\d+) ", caller.all())

    @pytest.mark.parametrize(
        ("said", "why"),
        [
            (b"", "Sec-WebSocket-Version has to be 13"),
            (b"Sec-WebSocket-Version: 12\r\n", "Sec-WebSocket-Version has to be 13"),
            (
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n",
                "Sec-WebSocket-Key has to be 16 bytes",
            ),
        ],
    )
    def test_of_a_conversation_that_are_wrong_are_told_why(
        self, api: Api, caller: Caller, said: bytes, why: str
    ) -> None:
        head = begun(api, "GET /api/v1/notification-stream").replace(b"Connection: close\r\n", self.WEBSOCKET)
        caller.socket.sendall(head + said + b"\r\n")
        head, body = caller.answer()
        assert b"sec-websocket-version: 13" in head.lower()
        error = json.loads(body)["error"]
        assert (400, "VALIDATION_ERROR") == (error["status"], error["code"])
        assert why in error["details"]

    def test_may_be_made_any_number_of_times(self, api: Api, caller: Caller) -> None:
        call = begun(api, "OPTIONS /health/live")
        many = call.replace(b"Connection: close\r\n", self.OFFER) + b"\r\n"
        caller.socket.sendall(many * 300 + call + b"\r\n")
        assert 301 == caller.all().count(b"HTTP/1.1 204 ")

    def test_of_whose_request_nothing_more_comes_are_not_waited_for(self, api: Api, caller: Caller) -> None:
        head = begun(api).replace(b"Connection: close\r\n", self.OFFER)
        caller.say(head + b"Content-Length: 56\r\n\r\n" + GOOD[:9], has_head)
        caller.time_passes()
        assert caller.answer()[0].startswith(b"HTTP/1.1 408 ")


class TestPipelines:
    def test_a_caller_who_leaves_is_gone_for_the_first_call_too(self, api: Api, caller: Caller) -> None:
        first = begun(api.control, "GET /sandbox/v1/stream", "keep-alive")
        caller.say(
            first + b"\r\n" + begun(api, "GET /health/live") + b"\r\n", lambda each: bool(each.pipeline)
        )
        until(lambda: api.workspace.followers.reading == 1)
        caller.socket.close()
        until(lambda: api.workspace.followers.reading == 0)


class TestLeaving:
    def test_who_has_asked_and_closes_their_side_is_answered(self, api: Api, caller: Caller) -> None:
        call = begun(api, connection="keep-alive") + b"Content-Length: %d\r\n\r\n%s" % (len(GOOD), GOOD)
        caller.socket.sendall(call + begun(api, "GET /health/live", "keep-alive") + b"\r\n")
        caller.socket.shutdown(socket.SHUT_WR)
        assert [b"201", b"200"] == re.findall(rb"HTTP/1.1 (\d+) ", caller.all())

    def test_who_may_have_left_is_not_waited_for(
        self, api: Api, caller: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sandbox.gateway.connection.LISTENING", 0.05)
        empty = api.control.post("/sandbox/v1/inspector/bins", json={"name": "Nothing comes"}).json()["id"]
        wait = begun(api.control, f"GET /sandbox/v1/inspector/bins/{empty}/wait?timeoutMs=25000")
        caller.socket.sendall(wait + b"\r\n")
        caller.socket.shutdown(socket.SHUT_WR)
        assert b"" == caller.all()
        until(lambda: api.workspace.followers.reading == 0)
        recorded = api.control.get("/sandbox/v1/journal?operationId=waitForRequests").json()["data"][0]
        assert recorded["status"] == 408
        assert recorded["durationMs"] < 20_000

    def test_who_waits_longer_than_a_server_that_stops_is_told_so(self, api: Api, caller: Caller) -> None:
        slow = {"name": "Slow", "response": {"delayMs": 30000}}
        made = api.control.post("/sandbox/v1/inspector/bins", json=slow).json()
        call = begun(api, f"GET /w/{api.workspace.id}/inspect/{made['id']}") + b"\r\n"
        caller.say(call, lambda each: each.cycle is not None)
        for theirs in caller.theirs():
            theirs.loop.call_soon_threadsafe(lambda tasks: [task.cancel() for task in tasks], theirs.tasks)
        head, body = caller.answer()
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"the server is being stopped" in body


class TestHosts:
    def test_are_judged_call_by_call(self, api: Api, caller: Caller) -> None:
        call = begun(api, "GET /health/live", "keep-alive") + b"\r\n"
        caller.socket.sendall(call + call.replace(b"Host: x", b"Host: a b") + call)
        assert [b"200", b"400"] == re.findall(rb"HTTP/1.1 (\d+) ", caller.all())

    @pytest.mark.parametrize("host", [b"", b"[::1]:8080", b"a_b.example", b"127.0.0.1:80"])
    def test_may_be_of_any_kind(self, api: Api, caller: Caller, host: bytes) -> None:
        call = begun(api, "GET /health/live").replace(b"Host: x", b"Host: " + host)
        caller.socket.sendall(call + b"\r\n")
        assert caller.answer()[0].startswith(b"HTTP/1.1 200 ")

    def test_were_not_named_in_the_first_version(self, caller: Caller) -> None:
        caller.socket.sendall(b"GET /health/live HTTP/1.0\r\n\r\n")
        assert caller.answer()[0].startswith(b"HTTP/1.1 200 ")


class TestPages:
    def test_who_leaves_in_the_middle_of_a_form_is_no_failure(
        self, server: Server, caller: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tasks, complaints = server.listener.server_state.tasks, list[str]()
        others = set(tasks)
        monkeypatch.setattr(
            logging.getLogger("uvicorn.error"), "error", lambda said, **_: complaints.append(said)
        )
        head = b"POST /console/ws_default/act/bins HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nHX-Request: true\r\n"
        caller.say(head % server.settings.port + b"Content-Length: 99\r\n\r\nname=", has_head)
        caller.socket.close()
        until(lambda: set(tasks) <= others)
        assert complaints == []


class TestHeads:
    def test_that_do_not_end_are_not_waited_for(self, server: Server, caller: Caller) -> None:
        caller.say(b"GET /health/live HTTP/1.1\r\nHost: x\r\n", lambda theirs: theirs.scope is not None)
        caller.time_passes()
        head, body = caller.answer()
        assert head.startswith(b"HTTP/1.1 408 ")
        assert "WAIT_TIMEOUT" == json.loads(body)["error"]["code"]

    def test_that_do_not_end_after_another_call(self, caller: Caller) -> None:
        first = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
        caller.say(first, lambda theirs: has_head(theirs) and theirs.cycle.response_complete)
        caller.say(first[:-2], lambda theirs: theirs.scope is not theirs.cycle.scope)
        caller.time_passes()
        head, rest = caller.answer()
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"HTTP/1.1 408 " in rest

    @pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nX-A: "], ids=["target", "header"])
    def test_that_are_huge_are_not_read_to_their_end(self, caller: Caller, start: bytes) -> None:
        with suppress(ConnectionError):
            caller.socket.sendall(start + b"a" * 2_000_000)
        head, body = caller.answer()
        assert head.startswith(b"HTTP/1.1 413 ")
        assert "PAYLOAD_TOO_LARGE" == json.loads(body)["error"]["code"]

    def test_that_do_not_begin_are_not_waited_for(self, caller: Caller) -> None:
        caller.say(b"")
        caller.time_passes()
        assert (b"", b"") == caller.answer()


class TestAnswers:
    def test_that_nobody_takes_are_given_up(self, api: Api, caller: Caller) -> None:
        calls = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 10
        caller.say(calls, lambda theirs: theirs.flow.write_paused)
        while list(caller.theirs()):
            caller.time_passes()
        assert len(caller.all()) < 10 * len(api.get("/openapi.json").content)
