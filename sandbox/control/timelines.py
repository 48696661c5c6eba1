"""Timelines: the causal chain of one correlation id, from the call to the last mail."""

from __future__ import annotations

from typing import Any

from sandbox.control.causality import chain_of
from sandbox.control.traces import Traces
from sandbox.kernel.errors import ResourceNotFound
from sandbox.platform.call import Call


def get_timeline(call: Call, correlation_id: str) -> dict[str, Any]:
    """What happened under the id; raises ResourceNotFound when nothing is recorded."""
    wanted = correlation_id.lower()
    traces = Traces(call.tx, call.server.journals.of(call.workspace.id), wanted)
    if not traces:
        raise ResourceNotFound(details=f"nothing is recorded under {wanted}", target="correlationId")
    return {"correlationId": wanted, "steps": chain_of(traces)}
