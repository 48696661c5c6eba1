"""One captured request in full, and sending it again: as it came, edited, or somewhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from sandbox.portal.console.rendering import pretty
from sandbox.portal.console.signatures import REASONS, comparisons, cut_bytes
from sandbox.portal.console.visit import PageVisit

MOST_EDITED = 16 * 1024
"""Bytes of a body that a form can hold."""
BINS = "/sandbox/v1/inspector/bins"


async def captured(visit: PageVisit) -> Response:
    """What came, how it was signed, what was answered."""
    path = {"binId": visit.place("bin"), "requestId": visit.place("request")}
    found = await visit.ask("getCapturedRequest", path)
    difference = found["signature"].get("bodyDifference")
    raw = found["bodyText"] or ""
    return visit.page(
        "captured.html",
        f"{found['method']} {found['path']}",
        captured=found,
        bin=await visit.ask("getBin", {"binId": path["binId"]}),
        headers=[(each["name"], each["value"]) for each in found["headerList"]],
        reason=REASONS[found["signature"]["reason"]],
        comparisons=comparisons(found["signature"]),
        difference=difference,
        raw=cut_bytes(raw, difference["index"] if difference else None),
        is_pretty=pretty(raw) != raw,
        editable=_editable(found),
        snippets=await visit.ask("getSnippets", path),
    )


async def replay(visit: PageVisit) -> Response:
    """Send it again; the notice says what came back."""
    path = {"binId": visit.place("bin"), "requestId": visit.place("request")}
    found = await visit.ask("getCapturedRequest", path)
    body = changes(await visit.form(), found)
    answer = await visit.act("POST", f"{BINS}/{path['binId']}/requests/{path['requestId']}/replays", body)
    if answer.status >= 400:
        return visit.done(answer, "")
    came = answer.body["response"]
    said = (
        f"Answered {came['statusCode']} in {came['durationMs']} ms."
        if came["statusCode"]
        else f"No answer: {came['errorDetail'] or came['error']}."
    )
    bin_id, request_id = answer.body["binId"], answer.body["requestId"]
    link = f"{visit.base}/bins/{bin_id}/{request_id}" if request_id else ""
    return visit.done(answer, f"Sent again. {said}", link=link, link_text="What arrived")


def changes(form: Mapping[str, str], found: Mapping[str, Any]) -> dict[str, Any]:
    """What the form changes of the request; a browser sends every line of a text with CR and LF."""
    made: dict[str, Any] = {name: form[name] for name in ("url", "method") if form.get(name)}
    if form.get("headers"):
        made["headers"] = _headers(form["headers"])
    if "edits" in form and _editable(found):
        body = _lines(form.get("body", ""))
        if body != _lines(found["bodyText"] or ""):
            made["body"] = body
    return made | ({"sign": True} if "sign" in form else {})


def _headers(text: str) -> dict[str, str | None]:
    """`Name: value` a line; without a value it is taken away."""
    pairs = [line.partition(":") for line in _lines(text).split("\n") if line.strip()]
    return {name.strip(): value.strip() or None for name, _, value in pairs}


def _editable(found: Mapping[str, Any]) -> bool:
    whole = not found["bodyTruncated"] and found["bodyBytes"] <= MOST_EDITED
    return whole and not found["bodyBase64"]


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")
