"""The event stream over WebSocket: the same events, places and rights, in a conversation."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from sandbox.gateway.front import Gateway, Send
from sandbox.gateway.metering import count_in
from sandbox.gateway.selection import select
from sandbox.gateway.streaming import PATIENCE, Flushed, cut_off
from sandbox.gateway.talk import BY_ENDING, NORMAL, NOT_UNDERSTOOD, TOO_SLOW, Closing, Left, Talk
from sandbox.gateway.visit import Receive, Scope, Visit
from sandbox.identity.authentication import authorize
from sandbox.kernel.errors import AuthenticationRequired, DomainError, EndpointNotFound, ValidationError
from sandbox.platform.following import END, HEARTBEAT, Item, Manner, check_room, follow, gate
from sandbox.platform.notification_tail import NotificationTail

Items = AsyncGenerator[list[Item], None]

OPERATION = "streamNotifications"
HEARTBEAT_SECONDS = 15
LARGEST_WINDOW = 1000
MOST_TYPES = 50


async def converse(gateway: Gateway, scope: Scope, receive: Receive, send: Send) -> None:
    """One connection, from its handshake to its end."""
    visit = Visit({**scope, "method": "GET"}, gateway.server.workspaces.wall())
    talk = Talk(receive, send)
    await receive()
    await send({"type": "websocket.accept"})
    try:
        await _serve(gateway, visit, talk)
    except Left:
        return
    except TimeoutError:
        cut_off(send)
    except Closing as closing:
        await talk.close(closing.code, str(closing))
    except DomainError as error:
        await talk.refuse(error)


async def _serve(gateway: Gateway, visit: Visit, talk: Talk) -> None:
    try:
        subscription = await Reception(gateway, visit, talk).subscription()
    finally:
        if visit.meter is not None:
            visit.meter.leave()
        _record(gateway, visit)
    pumping = asyncio.ensure_future(subscription.pump())
    listening = asyncio.ensure_future(subscription.listen())
    try:
        await asyncio.wait((pumping, listening), return_when=asyncio.FIRST_COMPLETED)
    finally:
        pumping.cancel()
        listening.cancel()
        await asyncio.wait((pumping, listening))
    for each in (pumping, listening):
        if not each.cancelled():
            each.result()


def _record(gateway: Gateway, visit: Visit) -> None:
    """The handshake stands in the record of traffic like any call."""
    if getattr(visit, "workspace", None) is not None:
        gateway.server.journals.of(visit.workspace.id).record(visit.exchange(101, b"", b""))


class Reception:
    """Who is there, and what they want."""

    def __init__(self, gateway: Gateway, visit: Visit, talk: Talk) -> None:
        self._gateway = gateway
        self._visit = visit
        self._talk = talk
        self._workspaces = gateway.server.workspaces

    async def subscription(self) -> Subscription:
        """Raises DomainError, Closing or Left."""
        visit = self._visit
        plans, _ = self._gateway.doors.routes.find(visit.path) or ({}, {})
        visit.plan = plan = plans.get("GET")
        if plan is None or plan.id != OPERATION:
            raise EndpointNotFound(details="there is no WebSocket here")
        self._enter()
        if not visit.principal.credential_id:
            self._introduce(await self._first("authenticate"))
        count_in(visit, plan)
        authorize(visit.principal, plan.scopes)
        said = _checked(await self._first("subscribe"))
        check_room(visit.workspace)
        tail = NotificationTail(visit.workspace, visit.principal, said.get("types") or ())
        with visit.workspace.transaction() as tx:
            tail.begin(tx, said.get("lastEventId") or "")
        manner = Manner(said.get("heartbeatSeconds") or HEARTBEAT_SECONDS, True, gate(self._authenticate))
        items = follow(
            visit.workspace, tail, manner
        )  # before anybody knows of it: from here on it is followed
        await self._talk.say(type="subscribed", types=said.get("types") or ["*"], lastEventId=tail.place)
        return Subscription(self._talk, items, said.get("window") or 0, self._gateway.doors.flushed)

    async def _first(self, kind: str) -> Mapping[str, Any]:
        said = await self._talk.heard(10)
        if said["type"] != kind:
            raise Closing(NOT_UNDERSTOOD, f"'{kind}' is expected now")
        return said

    def _enter(self) -> None:
        visit = self._visit
        visit.workspace = select(self._workspaces, self._gateway.identity, visit.headers, visit.prefixed)
        visit.correlate()
        visit.principal = self._authenticate() or visit.principal

    def _introduce(self, said: Mapping[str, Any]) -> None:
        """Browsers cannot set headers: what would stand there is said instead."""
        headers = self._visit.headers
        if isinstance(said.get("apiKey"), str):
            headers[b"x-api-key"] = said["apiKey"].encode("latin-1", "replace")
        elif isinstance(said.get("accessToken"), str):
            headers[b"authorization"] = b"Bearer " + said["accessToken"].encode("latin-1", "replace")
        self._enter()
        if not self._visit.principal.credential_id:
            raise AuthenticationRequired(details="give an apiKey or an accessToken")

    def _authenticate(self) -> Any:
        visit = self._visit
        return self._gateway.identity.authenticate(
            self._workspaces, visit.headers, visit.client_ip, visit.workspace
        )


class Subscription:
    """Sends what happens; with a window, no more than were taken."""

    def __init__(self, talk: Talk, items: Items, window: int, flushed: Flushed | None) -> None:
        self._talk = talk
        self._items = items
        self._window = window
        self._flushed = flushed
        self._untaken: deque[str] = deque()
        self._taken = asyncio.Event()

    async def pump(self) -> None:
        """Everything, to the end; raises Closing, or TimeoutError where nobody reads."""
        try:
            async for each in self._items:
                if self._flushed is not None:
                    await self._flushed()
                for item in each:
                    await self._tell(item)
        finally:
            await self._items.aclose()

    async def listen(self) -> None:
        """What the other side says meanwhile."""
        while True:
            said = await self._talk.heard()
            if said["type"] == "ack":
                self._take(said.get("id"))
            elif said["type"] == "ping":
                await self._talk.say(type="pong")
            else:
                raise Closing(NOT_UNDERSTOOD, f"'{said['type'][:40]}' is not understood here")

    async def _tell(self, item: Item) -> None:
        if item.name == END:
            await self._talk.say(type="end", **item.data)
            raise Closing(BY_ENDING.get(item.data["reason"], NORMAL), item.data["reason"])
        if item.name == HEARTBEAT:
            await self._talk.say(type="heartbeat", id=item.place)
            return
        await self._wait_for_room()
        if self._window:
            self._untaken.append(item.place)
        await self._talk.say(type="event", id=item.place, event=item.data)

    async def _wait_for_room(self) -> None:
        while self._window and len(self._untaken) >= self._window:
            self._taken.clear()
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._taken.wait()
            except TimeoutError:
                raise Closing(TOO_SLOW, "nothing was acknowledged for too long") from None

    def _take(self, place: Any) -> None:
        """Up to this one everything was taken."""
        if place in self._untaken:
            while self._untaken.popleft() != place:
                pass
            self._taken.set()


def _checked(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """A subscription that can be read; raises ValidationError."""
    types = said.get("types", [])
    faults = [
        not isinstance(types, list)
        or len(types) > MOST_TYPES
        or not all(isinstance(each, str) for each in types),
        not isinstance(said.get("lastEventId", ""), str),
        not _is_number(said.get("window", 1), LARGEST_WINDOW),
        not _is_number(said.get("heartbeatSeconds", 1), 60),
    ]
    for fault, name in zip(faults, ("types", "lastEventId", "window", "heartbeatSeconds"), strict=True):
        if fault:
            raise ValidationError(details=f"'{name}' cannot be understood", target=f"/{name}")
    return said


def _is_number(value: Any, most: int) -> bool:
    return type(value) is int and 1 <= value <= most
