"""Fault rules: created, changed, cleared, or switched on by the name of a preset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.contract.faults import likely
from sandbox.faults.engine import compile_fault
from sandbox.faults.presets import PRESETS
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import FaultInvalid, QuotaExceeded, ResourceNotFound
from sandbox.platform.call import Call
from sandbox.platform.operations import operations_of
from sandbox.platform.resource import Resource

LIMIT = 100


def _complete(call: Call, document: dict[str, Any], previous: Document | None) -> dict[str, Any]:
    """Fills in what the server keeps; raises FaultInvalid for a rule that makes no sense."""
    times, hits = document.get("times"), document.get("hits", 0)
    whole = {**BLANK, **document, "hits": hits, "remaining": None if times is None else max(times - hits, 0)}
    compile_fault({"id": "new", **whole})
    _check_operations(call, whole["match"])
    if whole["activeFrom"] and whole["activeUntil"] and whole["activeFrom"] >= whole["activeUntil"]:
        raise FaultInvalid(details="it ends before it begins", target="/activeUntil")
    return whole


faults = Resource(
    "fault", path="/sandbox/v1/faults/{faultId}", prefix="flt_", sorts=("createdAt",), prepare=_complete
)
BLANK: dict[str, Any] = {
    "name": "",
    "match": {},
    "phase": "before",
    "probability": 1.0,
    "times": None,
    "sequence": [],
    "priority": 0,
    "activeFrom": None,
    "activeUntil": None,
    "enabled": True,
    "preset": None,
    "metadata": {},
}


def _check_operations(call: Call, match: Mapping[str, Any]) -> None:
    """A rule for an operation that there is not would wait for ever."""
    known = operations_of(call).ids
    for place, name in enumerate(match.get("operationIds") or ()):
        if name not in known:
            raise FaultInvalid(
                details=f"there is no operation {name!r}{likely(name, known)}",
                target=f"/match/operationIds/{place}",
            )


def list_faults(call: Call) -> dict[str, Any]:
    return {"data": [faults.shown(fault) for fault in call.tx.find("fault", order="createdAt")]}


def create_fault(call: Call, body: dict[str, Any], **members: Any) -> Document:
    if call.tx.count("fault") >= LIMIT:
        raise QuotaExceeded(details=f"a workspace has at most {LIMIT} faults")
    return faults.create(call, body, **members)


def update_fault(call: Call, fault_id: str, body: dict[str, Any]) -> Document:
    """`match` and `action` are replaced whole: half of one action and half of another make no sense."""
    whole = {member: body[member] for member in ("match", "action") if member in body}
    rest = {member: value for member, value in body.items() if member not in whole}
    return faults.update(call, fault_id, rest, **whole)


def clear_faults(call: Call) -> None:
    for fault in call.tx.find("fault"):
        call.tx.delete("fault", fault["id"])


def list_fault_presets(call: Call) -> dict[str, Any]:
    return {"data": [{"name": name, **preset} for name, preset in PRESETS.items()]}


def apply_fault_preset(call: Call, preset_name: str) -> dict[str, Any]:
    preset = PRESETS.get(preset_name)
    if preset is None:
        raise ResourceNotFound(details=f"there is no preset {preset_name}", target="presetName")
    made = [create_fault(call, body, name=preset_name, preset=preset_name) for body in preset["faults"]]
    return {"data": [faults.shown(fault) for fault in made]}
