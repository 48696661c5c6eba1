"""What a listener is handed over its connection: each attempt as the request that it is to make."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from sandbox.kernel.watching import Ending, Watch
from sandbox.kernel.workspace import Workspace
from sandbox.platform.following import AT_ONCE, Item
from sandbox.webhooks.listening import KIND, Handover, Line, line_of

NAME = "delivery"


class ListenerTail:
    """Hands over what is held for the listener; what a connection before did not answer, again."""

    outlives: tuple[Ending, ...] = ()
    place = ""

    def __init__(self, workspace: Workspace, listener_id: str, connected: Callable[[], None]) -> None:
        self.ending: str | None = None
        self._workspace = workspace
        self._store = workspace.store
        self._id = listener_id
        self._line: Line = line_of(workspace, listener_id)
        self._connected = connected
        self._watch: Watch | None = None
        self._handed: set[str] = set()

    def take(self) -> list[Item]:
        """As Tail says."""
        self.ending = self._over()
        if self.ending is not None:
            return []
        held = self._line.held
        self._handed.intersection_update(held)
        new = [each for lease, each in held.items() if lease not in self._handed][:AT_ONCE]
        self._handed.update(each.lease for each in new)
        return [Item("", NAME, _shown(each)) for each in new]

    def join(self, watch: Watch) -> None:
        """As Tail says; what waited for somebody to listen may go."""
        before, self._watch = self._line.watch, watch
        self._line.connect(watch)
        if before is not None:
            before.wake()
        self._connected()

    def leave(self, watch: Watch) -> None:
        """As Tail says."""
        self._line.disconnect(watch)

    def _over(self) -> str | None:
        if self._workspace.store is not self._store:
            return None  # the watch says so
        listener = self._store.get(KIND.name, self._id)
        webhook = None if listener is None else self._store.get("webhook", listener["webhookId"])
        if webhook is None:
            return "listener_deleted"
        if self._line.watch is not self._watch:
            return "replaced"
        return None if webhook["status"] == "active" else "webhook_disabled"


def _shown(handover: Handover) -> dict[str, Any]:
    request = handover.request
    return {
        "lease": handover.lease,
        "method": request.method,
        "headers": dict(request.headers),
        "bodyBase64": base64.b64encode(request.body).decode(),
        "timeoutSeconds": request.timeout,
        "correlationId": request.correlation_id,
    }
