"""Parts of the API that are on their way out: what is said about them, and when they are gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from email.utils import format_datetime
from typing import Any, NamedTuple

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.errors import ApiVersionRetired, OperationRetired
from sandbox.kernel.workspace import Workspace

Entry = Mapping[str, Any]

KIND = Kind("lifecycle")
KEY = "lifecycle"
VERSION = "v1"
GUIDE, POLICY = "/docs", "/api"
EARLIER, LATER = timedelta(days=60), timedelta(days=270)
"""How long before the beginning of a world its operations were deprecated, and how long after it they go."""
USUALLY = {
    "unpublishEvent": "/api/v2",
    "checkInRegistration": "/api/v1/check-ins",
    "revertRegistrationCheckIn": "/api/v1/check-ins",
}
"""Operations that are deprecated in every world, with their successors: so everybody meets the headers."""


class Mark(NamedTuple):
    """What a deprecated operation, or all of a version, carries."""

    name: str
    headers: list[tuple[bytes, bytes]]
    gone_at: str | None
    successor: str | None

    def check(self, now: str) -> None:
        """Raises OperationRetired or ApiVersionRetired once it is gone."""
        if self.gone_at is None or now < self.gone_at:
            return
        links = {"successor": {"href": self.successor}} if self.successor else None
        kind = ApiVersionRetired if self.name == VERSION else OperationRetired
        raise kind(details=f"{self.name} was retired at {self.gone_at}", links=links)


def marks_of(workspace: Workspace) -> Mapping[str, Mark]:
    """By operation or version. Asked for every request: made anew only when the lifecycle was changed.

    As of the last commit: what a transaction has only just said does not hold yet."""
    known = workspace.meters.get(KEY)
    if known is not None and known[0] == workspace.generation:
        unchanged: Mapping[str, Mark] = known[2]
        return unchanged
    document = workspace.store.get("lifecycle", KEY)
    if known is not None and known[1] is document:
        marks: Mapping[str, Mark] = known[2]
    else:
        marks = dict(_marks(lifecycle_of(workspace)))
    workspace.meters[KEY] = workspace.generation, document, marks
    return marks


def lifecycle_of(workspace: Workspace) -> Mapping[str, Any]:
    """What was said last, or how every world begins."""
    document: Document | None = workspace.store.get("lifecycle", KEY)
    return document if document is not None else usual(workspace)


def usual(workspace: Workspace) -> dict[str, Any]:
    """The lifecycle of a world that nobody changed: relative to its beginning."""
    anchor = parse_instant(workspace.properties["anchor"])
    dates = {"deprecatedAt": instant(anchor - EARLIER), "sunsetAt": instant(anchor + LATER)}
    operations = [
        {"operationId": name, "status": "deprecated", **dates, "successor": successor, "guide": GUIDE}
        for name, successor in USUALLY.items()
    ]
    blank = {"deprecatedAt": None, "sunsetAt": None, "successor": None, "guide": None}
    versions = [
        {"version": "v1", "status": "current", **blank},
        {"version": "v2", "status": "preview", **blank},
    ]
    return {"preset": None, "versions": versions, "operations": operations}


def shown(lifecycle: Mapping[str, Any], now: str) -> dict[str, Any]:
    """As it stands now: what is past its sunset is retired."""
    return {
        "preset": lifecycle["preset"],
        **{
            name: [{**entry, "status": status_at(entry, now)} for entry in lifecycle[name]]
            for name in ("versions", "operations")
        },
    }


def status_at(entry: Entry, now: str) -> str:
    """The status with what time makes of it."""
    is_over = entry["status"] == "deprecated" and (entry["sunsetAt"] or "~") <= now
    return "retired" if is_over else str(entry["status"])


def on_the_way_out(lifecycle: Mapping[str, Any]) -> Iterator[tuple[str, Entry]]:
    """Operations and versions that are deprecated or gone, by name."""
    for entry in (*lifecycle["versions"], *lifecycle["operations"]):
        if entry["status"] in ("deprecated", "retired"):
            yield entry.get("operationId") or entry["version"], entry


def _marks(lifecycle: Mapping[str, Any]) -> Iterator[tuple[str, Mark]]:
    for name, entry in on_the_way_out(lifecycle):
        gone_at = entry["sunsetAt"] if entry["status"] == "deprecated" else ""
        yield name, Mark(name, _headers(entry), gone_at, entry["successor"])


def _headers(entry: Entry) -> list[tuple[bytes, bytes]]:
    """RFC 9745, RFC 8594 and the links that go with them."""
    links = [(entry["successor"], "successor-version"), (entry["guide"], "deprecation")]
    headers = []
    if entry["deprecatedAt"]:
        since = int(parse_instant(entry["deprecatedAt"]).timestamp())
        headers.append((b"deprecation", b"@%d" % since))
    if entry["sunsetAt"]:
        at = parse_instant(entry["sunsetAt"]).replace(microsecond=0)
        headers.append((b"sunset", format_datetime(at, usegmt=True).encode()))
        links.append((POLICY, "sunset"))
    told = ", ".join(f'<{target}>; rel="{relation}"' for target, relation in links if target)
    return [*headers, (b"link", told.encode())] if told else headers
