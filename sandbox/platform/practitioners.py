"""Practitioners: the people who hold appointments."""

from __future__ import annotations

from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import DuplicateResource
from sandbox.kernel.replies import Page
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource, at_least, equals, text

NAMES = ("title", "givenName", "familyName")


def display_name(person: dict[str, Any]) -> str:
    """Title and names in one line."""
    return " ".join(person[part] for part in NAMES if person.get(part))


def _prepare(call: Call, document: dict[str, Any], before: Document | None) -> dict[str, Any]:
    licences = [f"{licence['type']} {licence['number']}" for licence in document.get("licenseNumbers", ())]
    for twin in call.tx.find("practitioner", {"_licences": licences}) if licences else ():
        if before is None or twin["id"] != before["id"]:
            raise DuplicateResource(
                details="another practitioner has this licence number",
                target="/licenseNumbers",
                links={"existing": {"href": practitioners.address(twin)}},
            )
    renamed = before is None or any(document.get(part) != before.get(part) for part in NAMES)
    name = display_name(document) if renamed else document["displayName"]
    return {"assignmentIds": [], **document, "displayName": name, "_licences": licences}


practitioners = Resource(
    "practitioner",
    path="/api/v1/practitioners/{practitionerId}",
    indexes=("status", "specialties", "_licences"),
    sorts=("displayName", "familyName", "createdAt"),
    filters={
        "q": text("displayName"),
        "status": equals("status"),
        "specialty": equals("specialties"),
        "updatedSince": at_least("updatedAt"),
    },
    emits={"update": "practitioner.updated"},
    used_by=[("assignment", "practitionerId")],
    prepare=_prepare,
)


def list_practitioners(call: Call, location_id: str | None = None) -> Page:
    """Those who work at a location, where one is named."""
    if location_id is None:
        return practitioners.list(call)
    there = call.tx.find("assignment", {"locationId": location_id})
    return practitioners.list(call, id=sorted({assignment["practitionerId"] for assignment in there}))
