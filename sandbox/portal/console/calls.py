"""Calls in and out: the journal as a list that grows by itself, and one exchange in full."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from sandbox.kernel.errors import ResourceNotFound
from sandbox.platform.following import Item
from sandbox.portal.console.desk import KEY
from sandbox.portal.console.live import stream
from sandbox.portal.console.rendering import render
from sandbox.portal.console.visit import PageVisit

Entry = Mapping[str, Any]
PAGE = 50
FILTERS = ("method", "statusClass", "purpose", "direction", "pathContains", "correlationId")
ARCHIVED_BY = ("direction", "purpose", "correlationId")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PURPOSES = {
    "api": "API calls",
    "control": "Control calls",
    "webhook": "Webhook attempts",
    "stripe": "Stripe calls",
    "mock": "Received by a mock",
    "inspector": "Received by a bin",
    "monitor": "Monitor pings",
}
UNSENT = ("host", "content-length", "connection", "accept-encoding", "user-agent", "accept")


async def calls(visit: PageVisit) -> Response:
    """The list; the next window of it when a cursor is given."""
    filters = _filters(visit)
    cursor = visit.query.get("cursor", "")
    found = await visit.ask("listJournal", query={**filters, "cursor": cursor or None, "pageSize": PAGE})
    shown = {"entries": found["data"], "more": _more(visit, filters, found)}
    if visit.is_fragment and cursor:
        return visit.fragment("call_window.html", **shown)
    return visit.page(
        "calls.html",
        "Calls",
        filters=filters,
        methods=METHODS,
        purposes=PURPOSES,
        live=f"{visit.base}/live/calls?{urlencode(filters)}",
        archive=f"{visit.base}/files/calls?{urlencode(filters)}",
        **shown,
    )


async def live_calls(visit: PageVisit) -> Response:
    """What passes from now on."""
    filters = _filters(visit)

    async def rendered(items: list[Item]) -> str:
        entries = [item.data for item in reversed(items) if _meets(item.data, filters)]
        return render("call_rows.html", base=visit.base, entries=entries) if entries else ""

    return stream(visit, ("exchange",), rendered)


async def call(visit: PageVisit) -> Response:
    """One exchange in full."""
    entry = await visit.ask("getJournalEntry", {"entryId": visit.place("entry")})
    return visit.page(
        "call.html",
        f"{entry['method']} {entry['path']}",
        entry=entry,
        faults=await _faults(visit, entry["faultIds"]),
        curl=curl_of(entry, visit.desk.base_url),
    )


async def archive(visit: PageVisit) -> Response:
    """The record as an HTTP archive, as far as it is narrowed by what archives can be narrowed by."""
    query = {name: visit.query[name] for name in ARCHIVED_BY if name in visit.query}
    return visit.file("calls.har", await visit.ask("exportJournalArchive", query=query))


def curl_of(entry: Entry, base_url: str) -> str:
    """The call as a line to paste; what was hidden is replaced by the demo key."""
    out = entry["direction"] == "out"
    address = (entry["path"] if out else base_url + entry["path"]) + (
        f"?{entry['query']}" if entry["query"] else ""
    )
    parts = ["curl", "-s", "-X", entry["method"], shlex.quote(address)]
    for name, value in entry["request"]["headers"].items():
        if name in ("authorization", "x-api-key"):
            parts += ["-H", shlex.quote(f"X-API-Key: {KEY}")]
        elif name not in UNSENT and not name.startswith("sec-"):
            parts += ["-H", shlex.quote(f"{name}: {value}")]
    if entry["request"]["body"]:
        parts += ["--data-raw", shlex.quote(entry["request"]["body"])]
    return " ".join(parts)


def _filters(visit: PageVisit) -> dict[str, str]:
    return {name: visit.query[name] for name in FILTERS if name in visit.query}


def _more(visit: PageVisit, filters: Mapping[str, str], found: Mapping[str, Any]) -> str | None:
    cursor = found["pagination"].get("nextCursor")
    return f"{visit.base}/calls?{urlencode({**filters, 'cursor': cursor})}" if cursor else None


def _meets(entry: Entry, filters: Mapping[str, str]) -> bool:
    """As the journal's own query decides."""
    exact = all(
        entry[name] == filters[name]
        for name in ("method", "purpose", "direction", "correlationId")
        if name in filters
    )
    status = filters.get("statusClass", "")
    return (
        exact
        and (not status or str(entry["status"])[0] == status[0])
        and filters.get("pathContains", "") in entry["path"]
    )


async def _faults(visit: PageVisit, fault_ids: list[str]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for fault_id in fault_ids:
        try:
            found.append(await visit.ask("getFault", {"faultId": fault_id}))
        except ResourceNotFound:
            found.append({"id": fault_id, "name": "", "action": {"type": "removed since"}})
    return found
