"""The contract as the server hands it out: bundled, as JSON and as YAML."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.contract.document import prebuilt, source

OPEN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}


async def platform_json(_: Request) -> Response:
    """The platform's document."""
    return Response(prebuilt("platform"), media_type="application/json", headers=OPEN)


async def platform_yaml(_: Request) -> Response:
    """The same, as it stands in the repository."""
    return Response(source("platform"), media_type="application/yaml", headers=OPEN)


async def control_json(_: Request) -> Response:
    """The control plane's document."""
    return Response(prebuilt("control"), media_type="application/json", headers=OPEN)


async def control_yaml(_: Request) -> Response:
    """The same, as it stands in the repository."""
    return Response(source("control"), media_type="application/yaml", headers=OPEN)


async def asyncapi_json(_: Request) -> Response:
    """What is delivered to subscribers, as AsyncAPI."""
    return Response(prebuilt("asyncapi"), media_type="application/json", headers=OPEN)


async def asyncapi_yaml(_: Request) -> Response:
    """The same, as it stands in the repository."""
    return Response(source("asyncapi"), media_type="application/yaml", headers=OPEN)


routes = [
    Route("/openapi.json", platform_json),
    Route("/openapi.yaml", platform_yaml),
    Route("/asyncapi.json", asyncapi_json),
    Route("/asyncapi.yaml", asyncapi_yaml),
    Route("/sandbox/v1/openapi.json", control_json),
    Route("/sandbox/v1/openapi.yaml", control_yaml),
]
