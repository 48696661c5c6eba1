"""What every compared server serves: taken from the sandbox, so that all answer with the same documents."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import orjson

from benchmarks.load import request

ROOT = Path(__file__).parents[1]
KEY = "sk_sandbox_partner_demo"
ADMIN_KEY = "sk_sandbox_benchmarks_admin"
OPERATIONS = {
    "/api/v1/events": ("get",),
    "/api/v1/events/{eventId}": ("get",),
    "/api/v1/registrations": ("post",),
}
# High enough never to refuse; the limiters still count every request.
UNREACHED = {"limit": 1_000_000, "burst": 1_000_000, "concurrent": 100_000}

_numbers = itertools.count(1)


def ask(port: int, method: str, path: str, body: Any = None, key: str = KEY) -> Any:
    """One call of the sandbox; raises on any error."""
    data = None if body is None else orjson.dumps(body)
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    with urlopen(
        Request(f"http://127.0.0.1:{port}{path}", data, headers, method=method), timeout=30
    ) as answer:
        return orjson.loads(answer.read() or b"null")


def lift_limits(port: int) -> None:
    tiers = dict.fromkeys(("anonymous", "user", "partner", "internal", "control"), UNREACHED)
    ask(port, "PUT", "/sandbox/v1/rate-limits", {"enabled": True, "tiers": tiers})


def quieten(port: int) -> None:
    """The seeded world sends every registration to an inspector; what that costs is not asked here."""
    for webhook in ask(port, "GET", "/api/v1/webhooks")["data"]:
        if webhook["status"] == "active":
            ask(port, "POST", f"/api/v1/webhooks/{webhook['id']}/disable")


def open_event(port: int) -> dict[str, Any]:
    """A published event without a limit of places, with a free ticket: what is registered for."""
    now = ask(port, "GET", "/sandbox/v1/clock")["now"]
    year = int(now[:4]) + 1
    event = ask(
        port,
        "POST",
        "/api/v1/events",
        {
            "name": "Benchmark day",
            "summary": "Everybody gets in.",
            "format": "virtual",
            "onlineUrl": "https://live.sandbox.example/benchmark",
            "timezone": "Europe/Warsaw",
            "startsAt": f"{year}-06-14T07:00:00.000Z",
            "endsAt": f"{year}-06-14T16:00:00.000Z",
        },
    )
    ticket = ask(port, "POST", f"/api/v1/events/{event['id']}/ticket-types", {"name": "Free", "kind": "free"})
    ask(port, "POST", f"/api/v1/events/{event['id']}/publish")
    return {"eventId": event["id"], "ticketTypeId": ticket["id"]}


def registration(target: dict[str, Any]) -> dict[str, Any]:
    """A registration nobody has made before."""
    email = f"runner{next(_numbers)}@sandbox.example"
    person = {"name": "Ada Attendee", "email": email}
    return {
        "eventId": target["eventId"],
        "contact": person,
        "items": [{"ticketTypeId": target["ticketTypeId"], "quantity": 1, "attendees": [person]}],
        "consents": [{"purpose": "terms", "granted": True}],
    }


def gather(port: int, file: Path) -> dict[str, Any]:
    """Everything the peers need, written to a file for them."""
    target = open_event(port)
    event_id = target["eventId"]
    body = registration(target)
    contract = orjson.loads((ROOT / "sandbox/contract/built/platform.json").read_bytes())
    facts = {
        "key": KEY,
        "target": target,
        "events": [
            *ask(port, "GET", "/api/v1/events?limit=100")["data"],
            ask(port, "GET", f"/api/v1/events/{event_id}"),
        ],
        "page": ask(port, "GET", "/api/v1/events?limit=20"),
        "registration": ask(port, "POST", "/api/v1/registrations", body, KEY),
        "body_schema": resolved(contract, "RegistrationCreate"),
        "contract": prune(contract),
    }
    file.write_bytes(orjson.dumps(facts))
    return facts


def prune(contract: dict[str, Any]) -> dict[str, Any]:
    """The contract with the three compared operations only, protected by the same key."""
    paths = {
        path: {method: contract["paths"][path][method] for method in methods}
        for path, methods in OPERATIONS.items()
    }
    for path, methods in OPERATIONS.items():
        for method in methods:
            paths[path][method] = {**paths[path][method], "security": [{"apiKey": []}]}
        if "parameters" in contract["paths"][path]:
            paths[path]["parameters"] = contract["paths"][path]["parameters"]
    check = "benchmarks.peers.world.check_key"
    schemes = {"apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "x-apikeyInfoFunc": check}}
    components = {**contract["components"], "securitySchemes": schemes}
    return {**contract, "paths": paths, "components": components, "tags": [], "security": []}


def resolved(contract: dict[str, Any], name: str) -> dict[str, Any]:
    """One schema with all it refers to, as a JSON schema of its own."""
    return {
        "$ref": f"#/components/schemas/{name}",
        "components": {"schemas": contract["components"]["schemas"]},
    }


def requests(facts: dict[str, Any]) -> dict[str, Callable[[], bytes]]:
    """What is sent, by the name of the row."""
    headers = {"x-api-key": KEY, "accept": "application/json"}
    event = request("GET", f"/api/v1/events/{facts['events'][0]['id']}", headers)
    page = request("GET", "/api/v1/events?limit=20", headers)
    typed = {**headers, "content-type": "application/json"}

    def register() -> bytes:
        return request("POST", "/api/v1/registrations", typed, orjson.dumps(registration(facts["target"])))

    return {"GET one": lambda: event, "LIST 20": lambda: page, "POST": register}
