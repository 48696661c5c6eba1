"""The HTTP port as the server uses it: its own inspector is reached inside, every exchange is recorded."""

from __future__ import annotations

from urllib.parse import urlsplit

from sandbox.journal import Exchange, Journals
from sandbox.journal.headers import packed_text
from sandbox.kernel.ports import HttpPort, OutboundReply, OutboundRequest
from sandbox.kernel.workspaces import Workspaces
from sandbox.webhooks.bins import deliver_to_bin
from sandbox.webhooks.destinations import stays_inside
from sandbox.webhooks.listening import hand_over, is_listeners


class WayOut:
    """Wraps the client that reaches the network."""

    def __init__(self, network: HttpPort, workspaces: Workspaces, journals: Journals) -> None:
        self._network = network
        self._workspaces = workspaces
        self._journals = journals

    async def send(self, request: OutboundRequest) -> OutboundReply:
        """One attempt, recorded in the journal of the workspace that makes it."""
        workspace = self._workspaces.get(request.workspace_id)
        at = self._workspaces.wall()
        if workspace is not None and stays_inside(request.url):
            reply = await deliver_to_bin(workspace, request, self)
        elif workspace is not None and is_listeners(request.url):
            reply = await hand_over(workspace, request)
        else:
            reply = await self._network.send(request)
        if workspace is not None:
            self._journals.of(workspace.id).record(exchange(request, reply, at))
        return reply

    def refusal(self, url: str) -> str:
        """As the network's client says."""
        return self._network.refusal(url)


def exchange(request: OutboundRequest, reply: OutboundReply, at: float) -> Exchange:
    """The record of an attempt."""
    target = urlsplit(request.url)
    return Exchange(
        direction="out",
        purpose=request.purpose,
        method=request.method,
        path=f"{target.scheme}://{target.netloc.rpartition('@')[2]}{target.path}",
        query=target.query,
        at=at,
        status=reply.status,
        duration_ms=reply.duration_ms,
        correlation_id=request.correlation_id,
        traceparent=request.headers.get("traceparent", ""),
        request_headers=packed_text(request.headers.items()),
        request_body=request.body,
        response_headers=packed_text(reply.headers.items()),
        response_body=reply.body,
        error=f"{reply.error}: {reply.detail}" if reply.error else "",
    )
