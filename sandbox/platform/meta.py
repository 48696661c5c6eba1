"""Meta: the versions there are, where version 1 starts, whether the service is well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.contract.changelog import CHANGELOG
from sandbox.kernel.replies import Page
from sandbox.platform.call import Call
from sandbox.platform.pagination import ListCollection, page_of
from sandbox.platform.retirement import lifecycle_of, shown

VERSION = "1.2.0"
MINOR_VERSIONS = ["1.0", "1.1", "1.2"]
DOCUMENTATION = "/docs"
COLLECTIONS = (
    "events",
    "registrations",
    "attendees",
    "check-ins",
    "payments",
    "locations",
    "bookings",
    "webhooks",
)


FEATURES = {"events": True, "appointments": True, "payments": True, "webhooks": True}

V2: dict[str, Any] = {
    "version": "v2",
    "minorVersions": ["2.0"],
    "status": "preview",
    "deprecatedAt": None,
    "sunsetAt": None,
    "url": "/api/v2",
    "documentation": DOCUMENTATION,
}
V1: dict[str, Any] = {
    "version": "v1",
    "minorVersions": MINOR_VERSIONS,
    "status": "current",
    "deprecatedAt": None,
    "sunsetAt": None,
    "url": "/api/v1",
    "documentation": DOCUMENTATION,
}


def list_api_versions(call: Call) -> dict[str, Any]:
    """The one that is served, and the one to come."""
    standing = {
        each["version"]: each for each in shown(lifecycle_of(call.workspace), call.tx.stamp())["versions"]
    }
    known = [{**each, **_dates(standing.get(each["version"], {}))} for each in (V1, V2)]
    return {"data": known, "_links": {"self": {"href": call.path}}}


def _dates(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in ("status", "deprecatedAt", "sunsetAt") if name in entry}


def get_root(call: Call) -> dict[str, Any]:
    """Where a client that follows links begins."""
    links = {name: {"href": f"/api/v1/{name}"} for name in COLLECTIONS}
    links |= {"self": {"href": call.path}, "documentation": {"href": DOCUMENTATION}}
    about = {"name": "Event Management Platform", "version": VERSION, "environment": "sandbox"}
    return {**about, "features": FEATURES, "_links": links}


def get_root_v2(call: Call) -> dict[str, Any]:
    """Nothing of it is served yet, and it says so."""
    links = {"self": {"href": call.path}, "predecessor": {"href": "/api/v1"}}
    about = {"name": "Event Management Platform", "version": "2.0.0-preview", "environment": "sandbox"}
    return {**about, "features": dict.fromkeys(FEATURES, False), "_links": links}


def list_changelog(call: Call) -> Page:
    """The latest first."""
    announced = sorted(call.tx.find("deprecation"), key=lambda entry: str(entry["date"]), reverse=True)
    return page_of(call, ListCollection([*announced, *CHANGELOG]))


def get_liveness(call: Call) -> dict[str, Any]:
    """The process answers."""
    return {"status": "pass", "version": VERSION}


def get_readiness(call: Call) -> dict[str, Any]:
    """A world is there and can be read: a server that has none fails before it gets here."""
    call.tx.count("event")
    return {"status": "pass", "version": VERSION, "checks": {"store": "pass", "contract": "pass"}}
