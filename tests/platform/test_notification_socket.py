"""The events of a workspace over WebSocket: the same events and places as the stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from sandbox.gateway import sockets
from tests.conftest import Api
from tests.platform.clinic import book
from tests.streams import place, so_far

URL = "/api/v1/notification-stream"
MADE = ["customer.created", "booking.created", "booking.confirmed"]
LONG = 30


class Line:
    """One conversation."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, kind: str, **members: Any) -> None:
        """Send a message."""
        await self.socket.send_str(json.dumps({"type": kind, **members}))

    async def hear(self) -> Any:
        """The next message."""
        message = await self.socket.receive(LONG)
        assert message.type is aiohttp.WSMsgType.TEXT, (message, self.socket.close_code)
        return json.loads(message.data)

    async def events(self, count: int) -> list[Any]:
        """The next events."""
        return [await self.hear() for _ in range(count)]

    async def subscribe(self, **members: Any) -> Any:
        """Begin to follow; what the server says to it."""
        await self.say("subscribe", **members)
        return await self.hear()

    async def closed(self) -> int:
        """The code with which it was closed."""
        message = await self.socket.receive(LONG)
        assert message.type is aiohttp.WSMsgType.CLOSE, message
        return int(message.data)


def talk(api: Api, scene: Callable[[Line], Awaitable[Any]], **headers: str) -> Any:
    """Play a scene over a new connection; with the credential of the client, unless headers are given."""
    held = {name: api.headers[name] for name in ("x-api-key", "authorization") if name in api.headers}
    url = f"{api.server.url}/w/{api.workspace_id}{URL}".replace("http", "ws", 1)

    async def run() -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url, headers=headers or held) as socket,
        ):
            return await scene(Line(socket))

    return asyncio.run(run())


NOBODY = {"X-Nobody": "1"}


class TestSubscribe:
    def test_tells_what_happens_in_the_form_and_with_the_ids_of_the_stream(self, clinic: Api) -> None:
        before = place(clinic, URL)

        async def scene(line: Line) -> Any:
            told = await line.subscribe()
            assert told == {"type": "subscribed", "types": ["*"], "lastEventId": before}
            book(clinic)
            return await line.events(3)

        told = talk(clinic, scene)
        assert [each["event"]["event"] for each in told] == MADE
        streamed = so_far(clinic, URL, before)
        assert [(each["id"], each["event"]) for each in told] == [(each.id, each.data) for each in streamed]

    def test_goes_on_behind_the_last_id_with_the_types_asked_for(self, clinic: Api) -> None:
        before = place(clinic, URL)
        book(clinic)

        async def scene(line: Line) -> Any:
            await line.subscribe(lastEventId=before, types=["booking.*"])
            return await line.events(2)

        assert [each["event"]["event"] for each in talk(clinic, scene)] == MADE[1:]

    def test_sends_no_more_than_the_window_until_it_was_taken(self, clinic: Api) -> None:
        before = place(clinic, URL)
        book(clinic)

        async def scene(line: Line) -> Any:
            await line.subscribe(lastEventId=before, window=2)
            two = await line.events(2)
            await line.say("ping")
            assert await line.hear() == {"type": "pong"}
            await line.say("ack", id=two[1]["id"])
            return [*two, *await line.events(1)]

        assert [each["event"]["event"] for each in talk(clinic, scene)] == MADE

    def test_closes_who_takes_nothing(self, clinic: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sockets, "PATIENCE", 0.01)
        before = place(clinic, URL)
        book(clinic)

        async def scene(line: Line) -> int:
            await line.subscribe(lastEventId=before, window=1)
            await line.events(1)
            return await line.closed()

        assert talk(clinic, scene) == 4409

    def test_gives_signs_of_life(self, clinic: Api) -> None:
        async def scene(line: Line) -> Any:
            told = await line.subscribe(heartbeatSeconds=1)
            return told, await line.hear()

        told, beat = talk(clinic, scene)
        assert beat == {"type": "heartbeat", "id": told["lastEventId"]}

    def test_takes_credentials_in_the_first_message_where_headers_cannot_be_set(self, clinic: Api) -> None:
        async def scene(line: Line) -> Any:
            await line.say("authenticate", apiKey=clinic.headers["x-api-key"])
            return await line.subscribe()

        assert talk(clinic, scene, **NOBODY)["type"] == "subscribed"
        token = clinic.as_("partner-demo").headers["authorization"].split()[1]

        async def by_token(line: Line) -> Any:
            await line.say("authenticate", accessToken=token)
            return await line.subscribe()

        assert talk(clinic, by_token, **NOBODY)["type"] == "subscribed"


class TestRefusals:
    @pytest.mark.parametrize(
        ("said", "code", "close"),
        [
            ({"type": "subscribe", "types": ["nothing.*"]}, "UNKNOWN_EVENT_TYPE", 4400),
            ({"type": "subscribe", "types": "booking.*"}, "VALIDATION_ERROR", 4400),
            ({"type": "subscribe", "window": 0}, "VALIDATION_ERROR", 4400),
            ({"type": "subscribe", "lastEventId": "yesterday"}, "INVALID_CURSOR", 4410),
            ({"type": "subscribe", "lastEventId": "999999-00000000"}, "CURSOR_EXPIRED", 4410),
        ],
    )
    def test_what_cannot_be_subscribed_to(self, clinic: Api, said: Any, code: str, close: int) -> None:
        async def scene(line: Line) -> Any:
            await line.socket.send_str(json.dumps(said))
            return (await line.hear())["error"]["code"], await line.closed()

        assert talk(clinic, scene) == (code, close)

    @pytest.mark.parametrize("text", ["nonsense", "[]", '{"kind": "subscribe"}', '{"type": "ack"}'])
    def test_what_makes_no_sense(self, clinic: Api, text: str) -> None:
        async def scene(line: Line) -> int:
            await line.socket.send_str(text)
            return await line.closed()

        assert talk(clinic, scene) == 4400

    def test_no_credential_and_a_wrong_one(self, clinic: Api) -> None:
        async def scene(line: Line) -> Any:
            await line.say("authenticate", apiKey="sk_sandbox_nobody")
            return (await line.hear())["error"]["code"], await line.closed()

        assert talk(clinic, scene, **NOBODY) == ("INVALID_API_KEY", 4401)

        async def at_once(line: Line) -> Any:
            return (await line.hear())["error"]["code"], await line.closed()

        assert talk(clinic, at_once, **{"X-API-Key": "sk_sandbox_nobody"}) == ("INVALID_API_KEY", 4401)

    def test_a_credential_without_the_right(self, clinic: Api) -> None:
        async def scene(line: Line) -> Any:
            return (await line.hear())["error"]["code"], await line.closed()

        assert talk(clinic.persona("attendee"), scene) == ("INSUFFICIENT_SCOPE", 4403)


class TestEndings:
    def test_a_reset(self, clinic: Api) -> None:
        async def scene(line: Line) -> Any:
            await line.subscribe()
            assert clinic.control.post("/sandbox/v1/reset", json={}).status_code == 200
            return await line.hear(), await line.closed()

        end, code = talk(clinic, scene)
        assert (end, code) == ({"type": "end", "reason": "workspace_reset", "lastEventId": None}, 4412)
