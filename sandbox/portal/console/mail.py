"""Mail as it was written, letter by letter."""

from __future__ import annotations

from starlette.responses import Response

from sandbox.portal.console.live import changes
from sandbox.portal.console.visit import PageVisit

PAGE = 50


async def mail(visit: PageVisit) -> Response:
    """The latest letters, or a further page of them."""
    number = int(visit.query["page"]) if visit.query.get("page", "").isdecimal() else 1
    found = await visit.ask("listOutbox", query={"pageSize": PAGE, "page": number})
    more = number + 1 if found["pagination"]["hasMore"] else None
    return visit.page("mail.html", "Mail", letters=found["data"], number=number, more=more)


async def live_mail(visit: PageVisit) -> Response:
    """A word whenever one was written or came to something."""
    return changes(visit, ("mail",))


async def letter(visit: PageVisit) -> Response:
    """One in full."""
    found = await visit.ask("getOutboxMessage", {"messageId": visit.place("letter")})
    return visit.page("letter.html", found["subject"], letter=found)
