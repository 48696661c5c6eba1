"""The financial report as pages: a table of figures for each currency, never added across them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.formats.page import A4, ACCENT, REGULAR, SOFT, STRONG, WASH, Page, fitted, shortened
from sandbox.formats.wording import ENGLISH, Wording

LANDSCAPE = (A4[1], A4[0])
LEFT = 44.0
BOTTOM = 520.0
ROW = 19.0
NEVER_ADDED = "Sums of one currency are never added to those of another."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFacts:
    """What is printed: the heads of all columns, the rows under them, and one row of totals a currency."""

    title: str
    period: str
    made: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    totals: Sequence[Sequence[str]]
    filters: str = ""
    words: Wording = ENGLISH


def report_pages(facts: ReportFacts) -> bytes:
    """As many pages as the rows need."""
    page = Page(f"{facts.title}, {facts.period}", LANDSCAPE, facts.words.language)
    y = _heads(page, facts, _top(page, facts))
    if not facts.rows:
        page.text((LEFT + 8, y), facts.words("Nothing in this period."), 10, colour=SOFT)
        y += ROW
    for row in facts.rows:
        y = _row(page, facts, row, y)
    y += 6
    for row in facts.totals:
        y = _row(page, facts, row, y, strong=True)
    _foot(page, facts)
    return page.done()


def _top(page: Page, facts: ReportFacts) -> float:
    page.box((0, 0), (page.width, 8), ACCENT)
    page.text((LEFT, 60), facts.title, 22, STRONG)
    page.text((LEFT, 82), facts.period, 11.5)
    page.text((page.width - LEFT, 60), facts.made, 9, colour=SOFT, align="right")
    if facts.filters:
        page.text((LEFT, 99), shortened(facts.filters, page.width - 2 * LEFT, 9), 9, colour=SOFT)
    return 132


def _columns(page: Page, facts: ReportFacts) -> list[float]:
    """Right edges; the first column is twice as wide and stands left."""
    width = page.width - 2 * LEFT
    one = width / (len(facts.heads) + 1.2)
    return [LEFT + width - one * place - 8 for place in range(len(facts.heads) - 1)][::-1]


def _heads(page: Page, facts: ReportFacts, y: float) -> float:
    page.box((LEFT, y - 14), (page.width - 2 * LEFT, 22), WASH, 3)
    page.text((LEFT + 8, y), facts.words(facts.heads[0]).upper(), 7.5, STRONG, SOFT)
    for x, head in zip(_columns(page, facts), facts.heads[1:], strict=True):
        page.text((x, y), facts.words(head).upper(), 7.5, STRONG, SOFT, "right")
    return y + 26


def _row(page: Page, facts: ReportFacts, row: Sequence[str], y: float, strong: bool = False) -> float:
    if y > BOTTOM:
        _foot(page, facts)
        page.next()
        y = _heads(page, facts, 60)
    edges = _columns(page, facts)
    font = STRONG if strong else REGULAR
    first, size = fitted(row[0], edges[0] - LEFT - 70, (9.5, 8.5, 7.5), font)
    page.text((LEFT + 8, y), first, size, font)
    for x, text in zip(edges, row[1:], strict=True):
        told, size = fitted(text, edges[1] - edges[0] - 6, (9.5, 8.5, 7.5, 6.5), font)
        page.text((x, y), told, size, font, align="right")
    page.rule(LEFT, y + 7, page.width - 2 * LEFT)
    return y + ROW


def _foot(page: Page, facts: ReportFacts) -> None:
    y = page.height - 30
    number = facts.words("Page {number}", number=str(page.canvas.getPageNumber()))
    page.text((LEFT, y), facts.words(NEVER_ADDED), 8, colour=SOFT)
    page.text((page.width - LEFT, y), number, 8, colour=SOFT, align="right")
