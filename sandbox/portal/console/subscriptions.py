"""What can be done with subscriptions from the page, and what came of it."""

from __future__ import annotations

from starlette.responses import Response

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import ResourceNotFound
from sandbox.platform.following import until
from sandbox.portal.console.desk import Answer
from sandbox.portal.console.forms import Filled, refused_form
from sandbox.portal.console.visit import PageVisit

PATIENCE = 5.0
"""Seconds that a test event is waited for; a receiver that takes longer is seen on the delivery's page."""
FIELDS = ("url", "eventTypes", "secret")
CHANGES = {"enable": "It is delivered to again.", "disable": "Nothing more is delivered to it."}


async def subscribe(visit: PageVisit) -> Response:
    """One more; its secret is shown this once, and the blank form again."""
    form = await visit.form()
    body: dict[str, object] = {name: form[name].strip() for name in ("url", "secret") if name in form}
    if events := form.get("eventTypes", "").replace(",", " ").split():
        body["eventTypes"] = events
    answer = await visit.act("POST", "/api/v1/webhooks", body)
    if answer.status >= 400:
        return visit.fragment("new_webhook.html", form=refused_form(answer, form, FIELDS))
    shown = visit.fragment("new_webhook.html", form=Filled(), made=answer.body)
    shown.headers.update({"HX-Reswap": "outerHTML", "HX-Trigger": "renew"})
    return shown


async def change(visit: PageVisit) -> Response:
    """Switch it on or off."""
    verb = visit.place("verb")
    if verb not in CHANGES:
        raise ResourceNotFound(details=f"a subscription cannot {verb}")
    answer = await _asked(visit, verb)
    return visit.renewed(answer, CHANGES[verb])


async def remove(visit: PageVisit) -> Response:
    """Delete it; what was delivered to it goes with it."""
    answer = await visit.act("DELETE", f"/api/v1/webhooks/{visit.place('webhook')}")
    return visit.renewed(answer, "The subscription is gone.")


async def ping(visit: PageVisit) -> Response:
    """Send it a test event, and say how the receiver answered."""
    answer = await _asked(visit, "test")
    if answer.status >= 400:
        return visit.done(answer, "")
    key = answer.body["id"]
    tried = await until(visit, lambda: _delivery(visit, key), _was_tried, PATIENCE)
    failed = tried is not None and _was_tried(tried) and tried["status"] != "succeeded"
    link = f"{visit.base}/webhooks/{visit.place('webhook')}/{key}"
    return visit.fragment(
        "notice.html", failed=failed, said=_outcome(tried), link=link, link_text="The delivery"
    )


async def rotate(visit: PageVisit) -> Response:
    """A new secret, shown this once; the old one signs beside it for a while."""
    answer = await _asked(visit, "rotate-secret")
    if answer.status >= 400:
        refused = visit.done(answer, "")
        refused.headers["HX-Retarget"] = "#notice"
        return refused
    return visit.fragment("secret.html", made=answer.body, rotated=True)


async def _asked(visit: PageVisit, verb: str) -> Answer:
    return await visit.act("POST", f"/api/v1/webhooks/{visit.place('webhook')}/{verb}", {})


def _delivery(visit: PageVisit, key: str) -> Document | None:
    with visit.workspace.transaction() as tx:
        return tx.get("delivery", key)


def _was_tried(delivery: Document | None) -> bool:
    return delivery is None or delivery["status"] not in ("pending", "in_flight")


def _outcome(delivery: Document | None) -> str:
    if delivery is None or not _was_tried(delivery):
        return "The test event is on its way; the receiver has not answered yet."
    answered = delivery["lastStatusCode"]
    if delivery["status"] == "succeeded":
        return f"The test event arrived: the receiver answered {answered}."
    reason = f"The receiver answered {answered}" if answered else "The receiver could not be reached"
    again = "; the test event is sent again later" if delivery["status"] == "retry_scheduled" else ""
    return f"{reason}{again}."
