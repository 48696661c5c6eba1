"""A scripted session of 300 calls with injected faults; prints the hash of everything that was answered."""

from __future__ import annotations

import asyncio
import sys
from hashlib import sha256
from typing import Any

import orjson

from sandbox.app import Sandbox
from sandbox.config import Settings

CALLS = 300
KEY = {"x-api-key": "sk_sandbox_partner_demo", "content-type": "application/json"}
FAULT = {
    "name": "one in ten",
    "match": {"methods": ["GET", "POST", "PATCH"]},
    "action": {"type": "respond", "status": 503},
    "probability": 0.1,
}
MEETUP = "e1000000-0000-4000-8000-000000000002"


class Session:
    """One client of a sandbox in this process, on a clock that moves a second per call."""

    def __init__(self, seed: int) -> None:
        self.now = 1_795_000_000.0
        self.sandbox = Sandbox(Settings(seed=seed, anchor="2026-11-16T00:00:00.000Z"), wall=lambda: self.now)
        self.sandbox.open()
        self.transcript = sha256()
        self.statuses: dict[int, int] = {}

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        self.now += 1
        sent: list[Any] = []
        plain, _, query = path.partition("?")
        pairs = [(k.replace("_", "-").encode(), v.encode()) for k, v in {**KEY, **headers}.items()]
        scope = {
            "type": "http",
            "method": method,
            "path": plain,
            "query_string": query.encode(),
            "headers": pairs,
        }

        async def receive() -> dict[str, Any]:
            return {"body": b"" if body is None else orjson.dumps(body), "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.sandbox.app(scope, receive, send)
        status, answer = sent[0]["status"], sent[1]["body"]
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.transcript.update(
            orjson.dumps([status, [[k.decode(), v.decode()] for k, v in sent[0]["headers"]]]) + answer
        )
        return orjson.loads(answer) if answer else None


async def play(session: Session) -> None:
    form = b"grant_type=client_credentials&client_id=specialist-demo&client_secret=specialist-demo-secret"
    token = await token_of(session, form)
    control = {"authorization": f"Bearer {token}", "x_api_key": ""}
    del control["x_api_key"]
    await session.call("PUT", "/sandbox/v1/rate-limits", {"enabled": False}, **control)
    await session.call("POST", "/sandbox/v1/faults", FAULT, **control)
    for number in range(CALLS):
        await step(session, number)


async def token_of(session: Session, form: bytes) -> str:
    sent: list[Any] = []
    headers = [(b"content-type", b"application/x-www-form-urlencoded")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/oauth/token",
        "query_string": b"",
        "headers": headers,
    }

    async def receive() -> dict[str, Any]:
        return {"body": form, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await session.sandbox.app(scope, receive, send)
    return str(orjson.loads(sent[1]["body"])["access_token"])


async def step(session: Session, number: int) -> None:
    """One of five kinds of call in turn."""
    turn = number % 5
    if turn == 0:
        await session.call("GET", f"/api/v1/events?page={number % 3 + 1}&pageSize=5")
    elif turn == 1:
        person = {"name": f"Guest {number}", "email": f"guest{number}@sandbox.example"}
        items = [{"ticketTypeId": "e3000000-0000-4000-8000-000000000009"}]
        body = {
            "eventId": MEETUP,
            "contact": person,
            "items": items,
            "consents": [{"purpose": "terms", "granted": True}],
        }
        await session.call("POST", "/api/v1/registrations", body, idempotency_key=f"key-{number}")
    elif turn == 2:
        await session.call("GET", "/api/v1/registrations?cursor=&pageSize=3")
    elif turn == 3:
        await session.call(
            "POST",
            "/api/v1/customers",
            {"givenName": f"Guest {number}", "email": f"c{number}@sandbox.example"},
        )
    else:
        await session.call("GET", "/api/v1/slots?from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z")


def main(seed: int) -> None:
    session = Session(seed)
    asyncio.run(play(session))
    statuses = orjson.dumps(session.statuses, option=orjson.OPT_NON_STR_KEYS).decode()
    sys.stdout.write(f"{session.transcript.hexdigest()} {statuses}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
