"""Representations to measure: fewer members by `fields`, related resources by `expand`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.gateway.versions import LATEST
from sandbox.identity.authentication import authorize
from sandbox.kernel.errors import InvalidFieldSelection, UnknownParameter
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource

MOST_EXPANDED = 5
Shown = dict[str, Any]


def is_tailored(call: Call) -> bool:
    """Whether the caller asked for anything but the usual representation."""
    return "fields" in call.query or "expand" in call.query


def tailored(call: Call, resources: Mapping[str, Resource], items: list[Shown]) -> list[Shown]:
    """The items with what was asked for; raises InvalidFieldSelection, InsufficientScope.

    For who speaks a version without all this, UnknownParameter."""
    if call.version != LATEST:
        name = "fields" if "fields" in call.query else "expand"
        raise UnknownParameter(details=f"'{name}' came with version {LATEST}", target=name)
    related = _related(call, resources)
    expanded = [item | {name: _one(call, other, item) for name, other in related.items()} for item in items]
    return _selected(call, expanded, set(related)) if _names(call, "fields") else expanded


def _related(call: Call, resources: Mapping[str, Resource]) -> dict[str, Resource]:
    names = _names(call, "expand")
    if len(names) > MOST_EXPANDED:
        raise InvalidFieldSelection(details=f"at most {MOST_EXPANDED} at once", target="expand")
    for name in names:
        scope = call.plan.expands.get(name)
        if scope is None:
            known = ", ".join(call.plan.expands)
            raise InvalidFieldSelection(details=f"'{name[:60]}' is none of: {known}", target="expand")
        authorize(call.principal, frozenset({scope}))
    by_name = {resource.name: resource for resource in resources.values()}
    return {name: by_name[name] for name in names}


def _one(call: Call, resource: Resource, item: Shown) -> Shown | None:
    """The related resource, None where there is none that the caller may see."""
    document = call.tx.get(resource.name, str(item.get(f"{resource.name}Id")))
    return resource.shown(document) if document is not None and resource.sees(call, document) else None


def _selected(call: Call, items: list[Shown], kept: set[str]) -> list[Shown]:
    name = call.plan.returns.removesuffix("List")
    schema = call.plan.schemas.components.get(name, {})
    known = schema.get("properties", {})
    wanted = _names(call, "fields")
    for member in wanted:
        if member not in known:
            raise InvalidFieldSelection(details=f"'{member[:60]}' is no member of {name}", target="fields")
    chosen = {"id", *schema.get("required", ()), *wanted} | kept
    return [{member: value for member, value in item.items() if member in chosen} for item in items]


def _names(call: Call, parameter: str) -> list[str]:
    asked: str = call.query.get(parameter, "")
    return [name.strip() for name in asked.split(",") if name.strip()]
