"""Objects in a state that none of the world is in, made when an event about such a one is sent by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sandbox.contract.event_catalogue import EventType
from sandbox.kernel.clock import instant
from sandbox.kernel.workspace import Transaction
from sandbox.platform.erasure import blanked

Members = dict[str, Any]
LASTS = timedelta(hours=2)


def subject_for(tx: Transaction, event: EventType, resource_id: str | None) -> str | None:
    """Which object the event is sent about; None where a fitting one is to be looked for."""
    stage = _STAGED.get(event.name)
    if resource_id is not None or stage is None or tx.find(event.kind, event.state, limit=1):
        return resource_id
    for example in tx.find(event.kind, limit=1):
        key, stamp = tx.new_id(event.kind), tx.stamp()
        head = {"id": key, "version": 1, "createdAt": stamp, "updatedAt": stamp}
        tx.put(event.kind, {**stage(tx, {**example, **head}), **event.state})
        return key
    return None


def _erased(tx: Transaction, user: Mapping[str, Any]) -> Members:
    return blanked(user, "user", str(user["id"])[-8:])


def _begun(tx: Transaction, maintenance: Mapping[str, Any]) -> Members:
    return {**maintenance, "startsAt": tx.stamp(), "endsAt": instant(tx.now() + LASTS)}


def _over(tx: Transaction, maintenance: Mapping[str, Any]) -> Members:
    return {**maintenance, "startsAt": instant(tx.now() - LASTS), "endsAt": tx.stamp()}


_STAGED: Mapping[str, Callable[[Transaction, Mapping[str, Any]], Members]] = {
    "user.erased": _erased,
    "maintenance.started": _begun,
    "maintenance.completed": _over,
}
