"""The capture address of inspector bins: any method and any path, so no contract describes it."""

from __future__ import annotations

from sandbox.control.capture import RequestParts, capture
from sandbox.gateway.response import Response
from sandbox.gateway.visit import Visit


async def inspector(visit: Visit) -> Response:
    """`/inspect/{binId}` and everything below it."""
    _, _, bin_id, *rest = visit.path.split("/", 3)
    parts = RequestParts(
        visit.method,
        "/" + (rest[0] if rest else ""),
        visit.raw_query.decode("latin-1"),
        visit.text_headers,
        visit.body,
        visit.client_ip,
    )
    reply = await capture(visit.workspace, bin_id, parts)
    body = reply.body if isinstance(reply.body, bytes) else b""
    headers = [
        (name.lower().encode(), value.encode("latin-1", "replace")) for name, value in reply.headers.items()
    ]
    if reply.media_type:
        headers.append((b"content-type", reply.media_type.encode()))
    return Response(reply.status, headers, body)
