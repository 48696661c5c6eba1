"""Services: the dictionary of what practitioners do."""

from __future__ import annotations

from sandbox.platform.resource import Resource, at_least, equals, text

services = Resource(
    "service",
    path="/api/v1/services/{serviceId}",
    indexes=("status", "name", "specialties"),
    sorts=("name", "createdAt"),
    filters={
        "q": text("name", "category"),
        "status": equals("status"),
        "specialty": equals("specialties"),
        "updatedSince": at_least("updatedAt"),
    },
    unique=(("name",),),
    emits={"update": "service.updated"},
    used_by=[("offering", "serviceId")],
)
