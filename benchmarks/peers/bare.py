"""The three operations by hand on bare Starlette: key, look-up, validation, answer; nothing else."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.peers.world import FACTS, KEYS, find_event, find_events, register

BODY = jsonschema_rs.Draft4Validator(FACTS["body_schema"])


def answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, "application/json")


def known(request: Request) -> bool:
    return request.headers.get("x-api-key") in KEYS


async def get_event(request: Request) -> Response:
    if not known(request):
        return answer({"error": "INVALID_API_KEY"}, 401)
    event = find_event(request.path_params["event_id"])
    return answer(event) if event is not None else answer({"error": "RESOURCE_NOT_FOUND"}, 404)


async def list_events(request: Request) -> Response:
    if not known(request):
        return answer({"error": "INVALID_API_KEY"}, 401)
    query = request.query_params
    return answer(find_events(int(query.get("limit", "20")), int(query.get("offset", "0"))))


async def create_registration(request: Request) -> Response:
    if not known(request):
        return answer({"error": "INVALID_API_KEY"}, 401)
    body = orjson.loads(await request.body())
    if not BODY.is_valid(body):
        return answer({"error": "VALIDATION_ERROR"}, 400)
    made = register(body)
    if made is None:
        return answer({"error": "DUPLICATE_REGISTRATION"}, 409)
    return answer(made, 201, {"Location": f"/api/v1/registrations/{made['id']}"})


app = Starlette(
    routes=[
        Route("/api/v1/events", list_events),
        Route("/api/v1/events/{event_id}", get_event),
        Route("/api/v1/registrations", create_registration, methods=["POST"]),
    ]
)
