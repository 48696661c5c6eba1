"""Objects in a state that none of the world is in, made when an event about such a one is sent by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from zlib import crc32

from sandbox.contract.event_catalogue import EventType
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.batch_jobs import progressed, with_output
from sandbox.platform.erasure import blanked
from sandbox.webhooks.triggers import fitting

Members = dict[str, Any]
LASTS = timedelta(hours=2)


def subject_for(tx: Transaction, event: EventType, resource_id: str | None) -> str | None:
    """Which object the event is sent about; None where a fitting one is to be looked for."""
    stage = _STAGED.get(event.name)
    if resource_id is not None or stage is None or fitting(tx, event) is not None:
        return resource_id
    for example in tx.find(event.kind, stage.like, limit=1):
        key, stamp = tx.new_id(event.kind), tx.stamp()
        head = {"id": key, "version": 1, "createdAt": stamp, "updatedAt": stamp}
        tx.put(event.kind, {**stage.made(tx, {**example, **head}), **event.state})
        return key
    return None


def _erased(tx: Transaction, user: Mapping[str, Any]) -> Members:
    return blanked(user, "user", str(user["id"])[-8:])


def _begun(tx: Transaction, maintenance: Mapping[str, Any]) -> Members:
    return {**maintenance, "startsAt": tx.stamp(), "endsAt": instant(tx.now() + LASTS)}


def _over(tx: Transaction, maintenance: Mapping[str, Any]) -> Members:
    return {**maintenance, "startsAt": instant(tx.now() - LASTS), "endsAt": tx.stamp()}


def _with_file(tx: Transaction, export: Mapping[str, Any]) -> Members:
    """An export that found nothing."""
    output = {"mediaType": "application/json; charset=utf-8", "fileName": "nothing.json", "text": "[]"}
    kept = with_output(tx, Document(export), {**output, "digest": f"{crc32(b'[]'):08x}"})
    nothing = {**progressed(0, 0, 0), "export": {**export["export"], "format": "json"}, "scheduleId": None}
    return {**export, **nothing, **kept, "startedAt": tx.stamp(), "finishedAt": tx.stamp()}


class _Stage(NamedTuple):
    """How one is made, of what example."""

    made: Callable[[Transaction, Mapping[str, Any]], Members]
    like: Mapping[str, Any] = {}


_STAGED: Mapping[str, _Stage] = {
    "user.erased": _Stage(_erased),
    "maintenance.started": _Stage(_begun),
    "maintenance.completed": _Stage(_over),
    "export.ready": _Stage(_with_file, {"type": "export", "status": "completed"}),
}
