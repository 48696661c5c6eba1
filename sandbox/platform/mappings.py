"""Mappings: which of a partner's identifiers stands for which of ours, and whether that is still true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.identity.principal import Principal
from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.mapping_care import BREAK, GOING, care_for, exists
from sandbox.platform.mapping_care import JOBS as JOBS
from sandbox.platform.mapping_coverage import coverage_of
from sandbox.platform.resource import Resource, at_least, equals

KEYS = ("externalId", "platformId")
"""Each of them is mapped once in a system."""


def _prepare(call: Call, document: dict[str, Any], before: Document | None) -> dict[str, Any]:
    tx = call.tx
    document = {"externalLabel": None, "metadata": {}, **document}
    document["system"] = document.get("system") or own_system(call.tx, call.principal)
    _check_conflicts(call, document)
    if before is not None and document["platformId"] == before["platformId"]:
        return document
    if not exists(tx, document["resourceType"], document["platformId"]):
        kind = document["resourceType"].replace("_", " ")
        raise errors.BusinessRuleViolation(
            details=f"{kind} '{document['platformId']}' does not exist", target="/platformId"
        )
    if before is not None:
        tx.cancel(BREAK, before["id"])
    return {**document, "status": "active", "staleReason": None, "lastVerifiedAt": tx.stamp()}


def own_system(tx: Transaction, principal: Principal) -> str:
    """What a caller's side is called unless it says otherwise: the name of its credential."""
    credential = tx.get("credential", principal.credential_id)
    return str(credential["name"] if credential is not None else principal.client_type)[:40]


def known_mapping(tx: Transaction, principal: Principal, item: Mapping[str, Any]) -> Document | None:
    """The caller's own mapping of the same external identifier, for who brings it again."""
    same = {
        "externalId": item.get("externalId"),
        "resourceType": item.get("resourceType"),
        "system": item.get("system") or own_system(tx, principal),
        "ownerCredentialId": principal.credential_id,
    }
    return next(iter(tx.find("mapping", same, limit=1)), None)


def _check_conflicts(call: Call, document: dict[str, Any]) -> None:
    for member in KEYS:
        same = {name: document[name] for name in ("system", "resourceType", member)}
        for twin in call.tx.find("mapping", same, limit=2):
            if twin["id"] != document.get("id"):
                links = {"existing": {"href": mappings.address(twin)}} if _visible(call, twin) else None
                raise errors.MappingConflict(
                    details=f"{member} is mapped already in '{document['system']}'",
                    target=f"/{member}",
                    links=links,
                )


def _visible(call: Call, mapping: Document) -> bool:
    return bool(mapping["ownerCredentialId"] == call.principal.credential_id)


mappings = Resource(
    "mapping",
    path="/api/v1/mappings/{mappingId}",
    indexes=("platformId", "externalId", "ownerCredentialId", "status"),
    sorts=("updatedAt", "createdAt"),
    filters={
        **{name: equals(name) for name in ("system", "resourceType", "externalId", "platformId", "status")},
        "updatedSince": at_least("updatedAt"),
    },
    emits={"create": "mapping.created", "update": "mapping.updated", "delete": "mapping.deleted"},
    prepare=_prepare,
    visible=_visible,
    visible_where=lambda call: {"ownerCredentialId": call.principal.credential_id},
    sees_all=lambda call: call.principal.client_type == "internal",
)
REACTIONS = dict.fromkeys(GOING, care_for)


def create_mapping(call: Call, body: dict[str, Any]) -> Document:
    """Of something that exists; neither side is mapped twice in a system."""
    return mappings.create(call, body, ownerCredentialId=call.principal.credential_id)


def delete_mapping(call: Call, mapping_id: str) -> None:
    """The two identifiers may be mapped anew."""
    mappings.delete(call, mapping_id)
    call.tx.cancel(BREAK, mapping_id)


def get_mapping_coverage(call: Call) -> dict[str, Any]:
    """How much of what there is has been mapped."""
    query = call.query
    return coverage_of(
        call.tx, query.get("system") or own_system(call.tx, call.principal), query.get("resourceType")
    )
