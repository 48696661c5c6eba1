"""Inspector bins: what arrived, live, and all of it as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from sandbox.platform.following import Item
from sandbox.portal.console import expectations
from sandbox.portal.console.live import stream
from sandbox.portal.console.rendering import render
from sandbox.portal.console.visit import PageVisit

PAGE = 50
FILTERS = ("method", "eventType", "q")
BINS = "/sandbox/v1/inspector/bins"


async def bins(visit: PageVisit) -> Response:
    """All of them."""
    found = await visit.ask("listBins", query={"pageSize": 100})
    with visit.workspace.transaction() as tx:
        counts = {each["id"]: tx.count("captured_request", {"binId": each["id"]}) for each in found["data"]}
    return visit.page("bins.html", "Bins", bins=found["data"], counts=counts)


async def create(visit: PageVisit) -> Response:
    """A new one; the browser goes there."""
    form = await visit.form()
    answer = await visit.act("POST", BINS, {"name": form.get("name", "")})
    shown = visit.done(answer, "The bin is there.")
    if answer.status < 400:
        shown.headers["HX-Redirect"] = f"{visit.base}/bins/{answer.body['id']}"
    return shown


async def bin_page(visit: PageVisit) -> Response:
    """What arrived, newest first; the next window of it when a cursor is given."""
    bin_id, filters = visit.place("bin"), _filters(visit)
    cursor = visit.query.get("cursor", "")
    found = await visit.ask(
        "listCapturedRequests", {"binId": bin_id}, {**filters, "cursor": cursor, "pageSize": PAGE}
    )
    following = found["pagination"].get("nextCursor")
    address = f"{visit.base}/bins/{bin_id}"
    more = f"{address}?{urlencode({**filters, 'cursor': following})}" if following else None
    shown = {"requests": found["data"], "more": more}
    if visit.is_fragment and cursor:
        return visit.fragment("request_window.html", **shown)
    made = await visit.ask("getBin", {"binId": bin_id})
    live = f"{visit.base}/live/bins/{bin_id}?{urlencode(filters)}"
    expected = await expectations.shown(visit)
    return visit.page(
        "bin.html",
        made["name"] or bin_id,
        bin=made,
        bin_id=bin_id,
        filters=filters,
        live=live,
        **shown,
        **expected,
    )


async def live_bin(visit: PageVisit) -> Response:
    """Requests as they arrive."""
    bin_id, filters = visit.place("bin"), _filters(visit)

    async def rendered(items: list[Item]) -> str:
        arrived = [item.data for item in reversed(items) if item.data["binId"] == bin_id]
        rows = [each for each in arrived if _meets(each, filters)]
        return render("request_rows.html", base=visit.base, requests=rows) if rows else ""

    return stream(visit, ("request",), rendered)


async def archive(visit: PageVisit) -> Response:
    """All of it as an HTTP archive."""
    bin_id = visit.place("bin")
    return visit.file(f"{bin_id}.har", await visit.ask("exportBinArchive", {"binId": bin_id}))


async def clear(visit: PageVisit) -> Response:
    """Forget what arrived."""
    answer = await visit.act("DELETE", f"{BINS}/{visit.place('bin')}/requests")
    shown = visit.done(answer, "The bin is empty.")
    if answer.status < 400:
        shown.headers["HX-Refresh"] = "true"
    return shown


def _filters(visit: PageVisit) -> dict[str, str]:
    return {name: visit.query[name] for name in FILTERS if name in visit.query}


def _meets(request: Mapping[str, Any], filters: Mapping[str, str]) -> bool:
    """By what the news tell; text inside bodies is searched in the list only."""
    method, event = filters.get("method"), filters.get("eventType")
    return (
        method in (None, request["method"]) and event in (None, request["eventType"]) and "q" not in filters
    )
