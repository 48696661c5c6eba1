"""What should arrive in a bin: said on its page, and judged there."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.portal.console.visit import PageVisit

BINS = "/sandbox/v1/inspector/bins"
SHOWN = 10
TIMES = {"PT30S": "30 seconds", "PT5M": "5 minutes", "PT1H": "1 hour", "P1D": "1 day"}


async def shown(visit: PageVisit) -> dict[str, Any]:
    """The latest of the bin, for its page."""
    query = {"pageSize": SHOWN}
    found = await visit.ask("listExpectations", {"binId": visit.place("bin")}, query)
    return {"expectations": found["data"], "times": TIMES}


async def expectations(visit: PageVisit) -> Response:
    """The part of the page that changes."""
    return visit.fragment("expectations.html", bin_id=visit.place("bin"), **await shown(visit))


async def expect(visit: PageVisit) -> Response:
    """One more: the events that were written, a line each."""
    form = await visit.form()
    body = {
        "requests": [
            {"eventType": line.strip()} for line in form.get("events", "").splitlines() if line.strip()
        ],
        "within": form.get("within", ""),
        "inOrder": "inOrder" in form,
        "nothingElse": "nothingElse" in form,
    }
    return _told(
        visit,
        await visit.act("POST", f"{BINS}/{visit.place('bin')}/expectations", body),
        "It counts from now on.",
    )


async def conclude(visit: PageVisit) -> Response:
    """Judge it now."""
    address = f"{BINS}/{visit.place('bin')}/expectations/{visit.place('expectation')}/conclude"
    return _told(visit, await visit.act("POST", address), "It is judged.")


def _told(visit: PageVisit, answer: Any, said: str) -> Response:
    told = visit.done(answer, said)
    if answer.status < 400:
        told.headers["HX-Trigger"] = "renew"
    return told
