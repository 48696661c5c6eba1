"""Mail as it was written, letter by letter."""

from __future__ import annotations

from starlette.responses import Response

from sandbox.portal.console.visit import PageVisit


async def mail(visit: PageVisit) -> Response:
    """The latest letters."""
    found = await visit.ask("listOutbox", query={"pageSize": 100})
    return visit.page("mail.html", "Mail", letters=found["data"])


async def letter(visit: PageVisit) -> Response:
    """One in full."""
    found = await visit.ask("getOutboxMessage", {"messageId": visit.place("letter")})
    return visit.page("letter.html", found["subject"], letter=found)
