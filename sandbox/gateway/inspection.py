"""The capture address of inspector bins: any method and any path, so no contract describes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from sandbox.gateway.response import Broken, Headers, Response, Streamed
from sandbox.gateway.visit import Visit
from sandbox.kernel.ports import HttpPort
from sandbox.webhooks.answers import Answer
from sandbox.webhooks.bins import receive
from sandbox.webhooks.captures import RequestParts, joined


class Inspector:
    """`/inspect/{binId}` and everything below it. `http` is the way out of bins that forward."""

    def __init__(self, http: HttpPort) -> None:
        self._http = http

    async def __call__(self, visit: Visit) -> Response:
        _, _, bin_id, *rest = *visit.path.split("/", 3), ""
        fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in visit.raw_headers]
        parts = RequestParts(
            visit.method,
            "/" + "".join(rest),
            visit.raw_query.decode("latin-1"),
            joined(fields),
            visit.body,
            visit.client_ip,
            fields,
            _raw_path(visit),
            visit.scope.get("http_version", "1.1"),
            visit.correlation_id,
        )
        return _response(await receive(visit.workspace, bin_id, parts, self._http))


def _raw_path(visit: Visit) -> str:
    """What follows the bin's address, as it was sent."""
    raw: bytes = visit.scope.get("raw_path") or visit.path.encode()
    return "/" + raw.partition(b"/inspect/")[2].partition(b"/")[2].decode("latin-1")


def _response(answer: Answer) -> Response:
    headers: Headers = [
        (name.lower().encode(), value.encode("latin-1", "replace")) for name, value in answer.headers.items()
    ]
    if answer.manner == "drip" and answer.body:
        headers.append((b"content-length", b"%d" % len(answer.body)))
        return Streamed(answer.status, headers, _dripping(answer))
    if answer.manner in ("hang", "reset"):
        return Broken(0, [], b"", answer.manner, answer.longest)
    if answer.manner == "cut":
        return Broken(answer.status, headers, answer.body, answer.manner)
    return Response(answer.status, headers, answer.body)


async def _dripping(answer: Answer) -> AsyncGenerator[bytes, None]:
    for number, piece in enumerate(answer.pieces()):
        if number:
            await asyncio.sleep(answer.pause)
        yield piece
