"""The capture address of a bin: any method, any path below it, any body."""

from __future__ import annotations

from sandbox.kernel.replies import Reply
from sandbox.kernel.workspace import Workspace
from sandbox.webhooks.bins import RequestParts, receive

__all__ = ["RequestParts", "capture"]


async def capture(workspace: Workspace, bin_id: str, request_parts: RequestParts) -> Reply:
    """Keep the request and answer as the bin was told; raises ResourceNotFound for an unknown bin."""
    return await receive(workspace, bin_id, request_parts)
