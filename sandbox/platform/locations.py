"""Locations: where appointments take place."""

from __future__ import annotations

from typing import Any

from sandbox.kernel.documents import Document
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource, at_least, equals, same_text, text
from sandbox.platform.zones import check_zone


def _prepare(_: Call, document: dict[str, Any], __: Document | None) -> dict[str, Any]:
    check_zone(document["timezone"])
    return document


locations = Resource(
    "location",
    path="/api/v1/locations/{locationId}",
    type_code="c1",
    indexes=("status", "country", "name"),
    sorts=("name", "createdAt"),
    filters={
        "q": text("name", "city"),
        "status": equals("status"),
        "city": same_text("city"),
        "country": equals("country"),
        "updatedSince": at_least("updatedAt"),
    },
    unique=(("name", "city"),),
    emits={"update": "location.updated"},
    used_by=[("assignment", "locationId")],
    prepare=_prepare,
)
