"""Badges to cut and wear: one page of A6 for each person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.colors import HexColor

from sandbox.formats.page import INK, REGULAR, SOFT, STRONG, WASH, Page, fitted, shortened, width_of, wrapped
from sandbox.formats.wording import ENGLISH, Wording

A6 = (419.53, 297.64)
EDGE = 28.0
SIDE = 84.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeFacts:
    """What is printed; `colour` tells ticket types apart from afar."""

    name: str
    company: str
    ticket_type: str
    event: str
    code: str
    colour: str


def badge_pages(title: str, badges: Sequence[BadgeFacts], say: Wording = ENGLISH) -> bytes:
    """As many pages as badges."""
    page = Page(say("Badges – {event}", event=title), A6, say.language)
    for number, facts in enumerate(badges):
        if number:
            page.next()
        _badge(page, facts)
    return page.done()


def _badge(page: Page, facts: BadgeFacts) -> None:
    width = page.width - 2 * EDGE
    colour = HexColor(facts.colour)
    page.box((0, 0), (page.width, 58), colour)
    event, size = fitted(facts.event, width, (15, 13, 11), STRONG)
    page.text((EDGE, 37), event, size, STRONG, WASH)
    y = _name(page, facts.name, width)
    if facts.company:
        page.text((EDGE, y + 2), shortened(facts.company, width, 14), 14, REGULAR, SOFT)
    bottom = page.height - EDGE
    page.code((page.width - EDGE - SIDE, bottom - SIDE), facts.code, SIDE)
    kind, kind_size = fitted(facts.ticket_type.upper(), width - SIDE - 60, (12, 10, 8), STRONG)
    page.box((EDGE, bottom - 28), (width_of(kind, kind_size, STRONG) + 24, 28), colour, 14)
    page.text((EDGE + 12, bottom - 14 + kind_size * 0.36), kind, kind_size, STRONG, WASH)


def _name(page: Page, name: str, width: float) -> float:
    """As large as it can be read, on one line or two; returns where the next line goes."""
    whole, size = fitted(name, width, (38, 33, 28), STRONG)
    if whole == name:
        page.text((EDGE, 92 + size / 2), name, size, STRONG, INK)
        return 92 + size / 2 + 26
    lines = wrapped(name, width, 26, STRONG, 2)
    for number, line in enumerate(lines):
        page.text((EDGE, 96 + 31 * number), line, 26, STRONG, INK)
    return 96 + 31 * (len(lines) - 1) + 24
