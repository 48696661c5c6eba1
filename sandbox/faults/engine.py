"""The faults of a workspace at work: stored rules in, one outcome out, hits counted in the world itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.faults.decoding import decode_effect
from sandbox.faults.effects import Effect, NoEffect
from sandbox.faults.rules import UNTOUCHED, Facts, FaultRule, Match, Outcome, decide
from sandbox.faults.simulation import parse_simulation
from sandbox.kernel.documents import Kind
from sandbox.kernel.errors import FaultInvalid
from sandbox.kernel.workspace import Transaction, Workspace

KINDS = [Kind("fault", sorts=("createdAt",), prefix="flt_")]

_compiled: dict[str, tuple[Mapping[str, Any], FaultRule]] = {}
COMPILED_LIMIT = 1024


def armed(workspace: Workspace) -> bool:
    """Whether there is any fault at all; cheap enough to ask for every request."""
    return workspace.store.count("fault") > 0


def strike(workspace: Workspace, facts: Facts) -> Outcome:
    """What happens to one exchange, with the hits counted; the same seed and calls give the same faults."""
    if not armed(workspace):
        return UNTOUCHED
    with workspace.transaction() as tx:
        return strike_in(tx, facts)


def strike_in(tx: Transaction, facts: Facts) -> Outcome:
    """As `strike`, inside a transaction."""
    documents = [document for document in tx.find("fault", order="createdAt") if document["enabled"]]
    outcome = decide(map(rule_of, documents), _dated(facts, tx.stamp()), lambda: tx.chance("fault"))
    for fault_id in outcome.hits:
        count_hit(tx, fault_id)
    return outcome


def simulated(workspace: Workspace, text: str) -> Outcome:
    """What the simulation header asks for this one request, where the workspace honours it."""
    settings = workspace.properties.get("settings") or {}
    return parse_simulation(text) if settings.get("allowSimulationHeader", True) else UNTOUCHED


def rule_of(document: Mapping[str, Any]) -> FaultRule:
    """The rule a stored fault describes, compiled once per version."""
    known = _compiled.get(document["id"])
    if known is not None and known[0] is document:
        return known[1]
    rule = compile_fault(document)
    if len(_compiled) >= COMPILED_LIMIT:
        _compiled.clear()
    _compiled[document["id"]] = (document, rule)
    return rule


def compile_fault(document: Mapping[str, Any]) -> FaultRule:
    """The rule, compiled anew; raises FaultInvalid for a contradictory one."""
    effect = decode_effect(document["action"])
    _check_aim(document, effect)
    return FaultRule(
        id=document["id"],
        match=match_of(document.get("match") or {}),
        effect=effect,
        phase=document.get("phase", "before"),
        toxicity=document.get("probability", 1.0),
        times=document.get("times"),
        priority=document.get("priority", 0),
        sequence=tuple(_turn(document["action"], step) for step in document.get("sequence") or ()),
        hits=document.get("hits", 0),
        active_from=document.get("activeFrom") or "",
        active_until=document.get("activeUntil") or "",
    )


def match_of(stored: Mapping[str, Any]) -> Match:
    """The conditions of a stored fault."""
    return Match(
        operation_ids=tuple(stored.get("operationIds") or ()),
        path_pattern=stored.get("pathPattern"),
        methods=tuple(stored.get("methods") or ()),
        credential_ids=tuple(stored.get("credentialIds") or ()),
        headers=stored.get("headers") or {},
        body_contains=stored.get("bodyContains"),
        provider=stored.get("provider"),
        webhook_ids=tuple(stored.get("webhookIds") or ()),
        event_types=tuple(stored.get("eventTypes") or ()),
    )


def _check_aim(document: Mapping[str, Any], effect: Effect) -> None:
    """Calls and deliveries are told apart by different things."""
    foreign = _OF_CALLS if effect.aim == "delivery" else _OF_DELIVERIES
    for name in foreign:
        if (document.get("match") or {}).get(name):
            details = f"{effect.type} cannot be narrowed by {name}"
            raise FaultInvalid(details=details, target=f"/match/{name}")
    if effect.aim == "delivery" and document.get("phase", "before") != "before":
        raise FaultInvalid(details=f"{effect.type} has no phase after", target="/phase")
    if effect.aim == "delivery" and document.get("sequence"):
        raise FaultInvalid(details=f"{effect.type} has no sequence of statuses", target="/sequence")


_OF_CALLS = (
    "operationIds",
    "pathPattern",
    "methods",
    "credentialIds",
    "headers",
    "bodyContains",
    "provider",
)
_OF_DELIVERIES = ("webhookIds", "eventTypes")


def _turn(action: Mapping[str, Any], step: str) -> Any:
    return NoEffect() if step == "ok" else decode_effect({**action, "status": int(step)})


def _dated(facts: Facts, at: str) -> Facts:
    return replace(facts, at=at)


def count_hit(tx: Transaction, fault_id: str) -> None:
    """A rule struck."""
    document = tx.need("fault", fault_id)
    hits = document["hits"] + 1
    times = document.get("times")
    tx.put("fault", {**document, "hits": hits, "remaining": None if times is None else max(times - hits, 0)})
