"""One HTTP exchange, in or out, as it was recorded and as it may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sandbox.journal.headers import header, unpacked
from sandbox.journal.redaction import redacted_headers, redacted_text
from sandbox.kernel.clock import from_epoch, instant

Direction = Literal["in", "out"]

BODY_LIMIT = 65_536


@dataclass(slots=True, eq=False, kw_only=True)
class Exchange:
    """Holds what passed by reference; it is decoded and redacted when shown, never on the way.

    `at` is wall time in seconds; `purpose` tells kinds of traffic apart (api, control, mock, webhook,
    connector, inspector); `fault_ids` are the faults that hit it; headers are packed.
    """

    method: str
    path: str
    at: float = 0.0
    direction: Direction = "in"
    purpose: str = "api"
    query: str = ""
    operation_id: str = ""
    status: int = 0
    duration_ms: float = 0.0
    credential_id: str = ""
    client_ip: str = ""
    client_type: str = "anonymous"
    correlation_id: str = ""
    traceparent: str = ""
    request_headers: bytes = b""
    request_body: bytes = b""
    response_headers: bytes = b""
    response_body: bytes = b""
    fault_ids: tuple[str, ...] = ()
    replay_of: str | None = None
    error: str = ""
    sequence: int = 0
    request_bytes: int = 0
    response_bytes: int = 0

    @property
    def id(self) -> str:
        """Sortable, unique in its workspace."""
        return f"jrn_{self.sequence:024x}"

    @property
    def moment(self) -> str:
        """When the call ended on the workspace's clock, as its answer said."""
        shown = header(self.response_headers, "x-sandbox-clock")
        return shown.partition(";")[0] if shown else instant(from_epoch(self.at))

    def seal(self, sequence: int, body_limit: int = BODY_LIMIT) -> int:
        """Take a place in the ring: bodies are cut to what is kept. Returns the size in memory, roughly."""
        self.sequence = sequence
        self.request_bytes, self.response_bytes = len(self.request_body), len(self.response_body)
        if self.request_bytes > body_limit:
            self.request_body = self.request_body[:body_limit]
        if self.response_bytes > body_limit:
            self.response_body = self.response_body[:body_limit]
        return self.size

    @property
    def size(self) -> int:
        """Approximate bytes in memory."""
        return 1024 + len(self.request_body) + len(self.response_body)

    def summary(self) -> dict[str, Any]:
        """All but headers and bodies."""
        return {
            "id": self.id,
            "at": instant(from_epoch(self.at)),
            "direction": self.direction,
            "purpose": self.purpose,
            "operationId": self.operation_id or None,
            "method": self.method,
            "path": self.path,
            "query": redacted_text(self.query),
            "status": self.status,
            "durationMs": round(self.duration_ms, 3),
            "credentialId": self.credential_id or None,
            "clientType": self.client_type,
            "correlationId": self.correlation_id,
            "traceparent": self.traceparent or None,
            "faultIds": list(self.fault_ids),
            "replayOf": self.replay_of,
            "error": self.error or None,
        }

    def shown(self) -> dict[str, Any]:
        """Everything, redacted."""
        return {
            **self.summary(),
            "request": _message(self.request_headers, self.request_body, self.request_bytes),
            "response": _message(self.response_headers, self.response_body, self.response_bytes),
        }


def _message(headers: bytes, body: bytes, size: int) -> dict[str, Any]:
    return {
        "headers": redacted_headers(unpacked(headers)),
        "body": redacted_text(body.decode("utf-8", "replace")),
        "bytes": size,
        "truncated": size > len(body),
    }
