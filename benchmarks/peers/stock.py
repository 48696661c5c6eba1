"""The three operations on Connexion's AsyncApp as it comes, with the same contract."""

from __future__ import annotations

from typing import Any

from connexion import AsyncApp
from connexion.resolver import Resolver

from benchmarks.peers.world import FACTS, find_event, find_events, register


async def get_event(eventId: str, **_: Any) -> tuple[Any, int]:
    event = find_event(eventId)
    return (event, 200) if event is not None else ({"error": "RESOURCE_NOT_FOUND"}, 404)


async def list_events(limit: int = 20, offset: int = 0, **_: Any) -> tuple[Any, int]:
    return find_events(limit, offset), 200


async def create_registration(body: dict[str, Any], **_: Any) -> tuple[Any, int, dict[str, str]]:
    made = register(body)
    if made is None:
        return {"error": "DUPLICATE_REGISTRATION"}, 409, {}
    return made, 201, {"Location": f"/api/v1/registrations/{made['id']}"}


HANDLERS = {"getEvent": get_event, "listEvents": list_events, "createRegistration": create_registration}


def contract() -> dict[str, Any]:
    """Each answer in one media type: the stock chain cannot choose between several."""
    document: dict[str, Any] = FACTS["contract"]
    answers = list(document["components"]["responses"].values())
    for item in document["paths"].values():
        answers += [
            each
            for method in ("get", "post")
            if method in item
            for each in item[method]["responses"].values()
        ]
    for answer in answers:
        if "application/json" in answer.get("content", {}):
            answer["content"] = {"application/json": answer["content"]["application/json"]}
    return document


app = AsyncApp("stock")
app.add_api(contract(), resolver=Resolver(HANDLERS.__getitem__))
