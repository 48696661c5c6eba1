"""Offerings: a service as one practitioner sells it at one location."""

from __future__ import annotations

from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation
from sandbox.platform.call import Call
from sandbox.platform.money import normalised
from sandbox.platform.resource import Resource, at_least, equals, text


def _prepare(call: Call, document: dict[str, Any], before: Document | None) -> dict[str, Any]:
    if document.get("price") is not None:
        document["price"] = normalised(document["price"], "/price")
    if document["paymentRequired"] and document.get("price") is None:
        raise BusinessRuleViolation(details="what must be paid first needs a price", target="/price")
    if document["isDefault"] and (before is None or not before["isDefault"]):
        _unset_default(call, document["assignmentId"])
    return {**document, "_label": (document.get("customName") or "").casefold()}


def _unset_default(call: Call, assignment_id: str) -> None:
    for other in call.tx.find("offering", {"assignmentId": assignment_id}):
        if other["isDefault"]:
            after = offerings.save(call.tx, other, isDefault=False)
            call.tx.emit("offering.updated", "offering", after, changedFields=["isDefault"])


offerings = Resource(
    "offering",
    path="/api/v1/assignments/{assignmentId}/offerings/{offeringId}",
    parent=("assignment", "assignmentId"),
    indexes=("assignmentId", "serviceId", "status"),
    sorts=("createdAt", "durationMinutes"),
    filters={
        "q": text("customName", "description"),
        "serviceId": equals("serviceId"),
        "status": equals("status"),
        "updatedSince": at_least("updatedAt"),
    },
    unique=(("assignmentId", "serviceId", "_label"),),
    references={"serviceId": "service"},
    emits={"create": "offering.created", "update": "offering.updated", "delete": "offering.deleted"},
    used_by=[("booking", "offeringId")],
    prepare=_prepare,
)
