"""The causal timeline of one correlation id, which goes on while things are still happening."""

from __future__ import annotations

from starlette.responses import Response

from sandbox.platform.following import Item
from sandbox.portal.console.live import stream
from sandbox.portal.console.visit import PageVisit

KINDS = {
    "call": "Call",
    "fault": "Fault",
    "rule": "Rule",
    "change": "Change",
    "event": "Event",
    "delivery": "Delivery",
    "attempt": "Attempt",
    "capture": "Capture",
    "partner_call": "Partner call",
    "partner_receipt": "At the partner",
    "mail": "Mail",
}


async def timeline(visit: PageVisit) -> Response:
    """Every step behind its cause."""
    found = await visit.ask("getTimeline", {"correlationId": visit.place("correlation")})
    shown = {
        "timeline": found,
        "kinds": KINDS,
        "pages": {step["id"]: _page(visit, step) for step in found["steps"]},
    }
    if visit.is_fragment:
        return visit.fragment("timeline_steps.html", **shown)
    return visit.page("timeline.html", f"Timeline {found['correlationId']}", **shown)


async def live_timeline(visit: PageVisit) -> Response:
    """A word whenever something happened that may belong to it: the page then fetches it anew."""
    wanted = visit.place("correlation").lower()

    async def rendered(items: list[Item]) -> str:
        about = any(
            item.data.get("correlationId") == wanted or item.name in ("attempt", "request", "mail")
            for item in items
        )
        return "changed" if about else ""

    return stream(visit, ("exchange", "event", "delivery", "attempt", "request", "mail"), rendered, "changed")


def _page(visit: PageVisit, step: dict[str, object]) -> str | None:
    """Where the console shows more of a step."""
    details = step["details"]
    assert isinstance(details, dict)  # by the contract
    if entry := details.get("journalEntryId"):
        return f"{visit.base}/calls/{entry}"
    if request := details.get("requestId"):
        return f"{visit.base}/bins/{details['binId']}/{request}"
    if letter := details.get("emailId"):
        return f"{visit.base}/mail/{letter}"
    if step["kind"] == "delivery":
        return f"{visit.base}/webhooks/{details['webhookId']}/{details['deliveryId']}"
    if step["kind"] == "attempt" and "number" in details:
        webhook, _, delivery = str(step["href"]).removeprefix("/api/v1/webhooks/").partition("/deliveries/")
        return f"{visit.base}/webhooks/{webhook}/{delivery}#attempt{details['number']}"
    return f"{visit.base}/world#faults" if step["kind"] == "fault" else None
