"""Invoices, credit notes and receipts as pages: who to whom, what for, with its tax, and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.colors import Color

from sandbox.formats.page import (
    ACCENT,
    ALERT,
    FAINT,
    INK,
    REGULAR,
    SOFT,
    STRONG,
    WASH,
    Page,
    fitted,
    width_of,
    wrapped,
)
from sandbox.formats.wording import ENGLISH, Wording

LEFT, RIGHT = 48.0, 547.28
WIDTH = RIGHT - LEFT
BOTTOM = 770.0
LINE = 12.5
NOT_REAL = "A sandbox document: no real money moved."
COLUMNS = ((RIGHT - 276, "QTY"), (RIGHT - 206, "UNIT PRICE"), (RIGHT - 162, "TAX %"), (RIGHT - 92, "NET"))
DESCRIPTION_WIDTH = WIDTH - 276 - 40


@dataclass(frozen=True, slots=True)
class Sold:
    """One line, in words."""

    description: str
    quantity: str
    unit_price: str
    tax_rate: str
    net: str
    total: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillFacts:
    """What is printed. `state` stands beside the title; it is red if `is_void`."""

    kind: str
    number: str
    state: str
    is_void: bool = False
    dates: Sequence[tuple[str, str]]
    seller: Sequence[str]
    buyer: Sequence[str]
    lines: Sequence[Sold]
    taxes: Sequence[tuple[str, str, str]]
    totals: Sequence[tuple[str, str]]
    sum: tuple[str, str]
    notes: Sequence[str] = ()
    words: Wording = ENGLISH


def bill_pages(facts: BillFacts) -> bytes:
    """As many pages as the lines need."""
    page = Page(f"{facts.kind} {facts.number}".strip(), language=facts.words.language)
    y = _head(page, facts)
    y = _parties(page, facts, y)
    y = _lines(page, facts, y)
    y = _sums(page, facts, y)
    for note in facts.notes:
        y = page.paragraph((LEFT, y), note, WIDTH, size=9, colour=SOFT)
    _foot(page, facts)
    return page.done()


def _head(page: Page, facts: BillFacts) -> float:
    page.box((0, 0), (page.width, 8), ACCENT)
    page.text((LEFT, 66), facts.kind, 26, STRONG)
    x = LEFT + width_of(facts.kind, 26, STRONG) + 14
    if facts.state:
        wide = width_of(facts.state.upper(), 8.5, STRONG) + 18
        page.box((x, 47), (wide, 20), ALERT if facts.is_void else ACCENT, 10)
        page.text((x + 9, 60), facts.state.upper(), 8.5, STRONG, WASH)
    page.text((RIGHT, 60), facts.number, 13, STRONG, align="right")
    y = 96.0
    page.rule(LEFT, y, WIDTH)
    step = WIDTH / max(len(facts.dates), 1)
    for place, (label, value) in enumerate(facts.dates):
        page.text((LEFT + place * step, y + 20), label.upper(), 7.5, STRONG, SOFT)
        told, size = fitted(value, step - 10, (10.5, 9.5, 8.5))
        page.text((LEFT + place * step, y + 36), told, size)
    return y + 68


def _parties(page: Page, facts: BillFacts, y: float) -> float:
    half = WIDTH / 2
    lowest = y
    for x, label, told in ((LEFT, "FROM", facts.seller), (LEFT + half, "TO", facts.buyer)):
        page.text((x, y), facts.words(label), 7.5, STRONG, SOFT)
        at = y + 17
        for place, text in enumerate(told):
            strong = place == 0
            style = {"size": 11 if strong else 9.5, "font": STRONG if strong else REGULAR, "most": 2}
            at = page.paragraph((x, at), text, half - 20, colour=INK if strong else SOFT, **style)
        lowest = max(lowest, at)
    return lowest + 18


def _columns(page: Page, facts: BillFacts, y: float) -> float:
    page.box((LEFT, y - 13), (WIDTH, 21), WASH, 3)
    page.text((LEFT + 8, y), facts.words("DESCRIPTION"), 7.5, STRONG, SOFT)
    for x, label in (*COLUMNS, (RIGHT - 8, "TOTAL")):
        page.text((x, y), facts.words(label), 7.5, STRONG, SOFT, "right")
    return y + 25


def _lines(page: Page, facts: BillFacts, y: float) -> float:
    y = _columns(page, facts, y)
    for sold in facts.lines:
        described = wrapped(sold.description, DESCRIPTION_WIDTH, 9.5, most=4)
        height = LINE * (len(described) + bool(sold.note))
        if y + height > BOTTOM:
            _foot(page, facts)
            page.next()
            y = _columns(page, facts, 66)
        for place, text in enumerate(described):
            page.text((LEFT + 8, y + LINE * place), text, 9.5)
        if sold.note:
            page.text((LEFT + 8, y + LINE * len(described)), sold.note, 8.5, colour=SOFT)
        cells = (sold.quantity, sold.unit_price, sold.tax_rate, sold.net)
        for (x, _), text in zip(COLUMNS, cells, strict=True):
            told, size = fitted(text, 76, (9.5, 8.5, 7))
            page.text((x, y), told, size, align="right")
        page.text((RIGHT - 8, y), sold.total, fitted(sold.total, 80, (9.5, 8.5, 7))[1], STRONG, align="right")
        y += height + 1
        page.rule(LEFT, y - 4, WIDTH)
        y += 12
    return y + 8


def _sums(page: Page, facts: BillFacts, y: float) -> float:
    needed = 20 + 15 * max(len(facts.totals) + 2, len(facts.taxes) + 1)
    if y + needed > BOTTOM:
        _foot(page, facts)
        page.next()
        y = 66
    top = y
    if facts.taxes:
        for x, label in ((LEFT + 8, "TAX RATE"), (LEFT + 130, "NET"), (LEFT + 210, "TAX")):
            page.text((x, y), facts.words(label), 7.5, STRONG, SOFT, "left" if x < LEFT + 100 else "right")
        for place, (rate, net, tax) in enumerate(facts.taxes, 1):
            page.text((LEFT + 8, y + 15 * place), rate, 9)
            page.text((LEFT + 130, y + 15 * place), net, 9, align="right")
            page.text((LEFT + 210, y + 15 * place), tax, 9, align="right")
    label_at = RIGHT - 210
    for label, value in facts.totals:
        page.text((label_at, y), label, 9.5, colour=SOFT)
        page.text((RIGHT - 8, y), value, 9.5, align="right")
        y += 16
    page.box((label_at - 10, y - 6), (RIGHT - label_at + 10, 32), ACCENT, 4)
    page.text((label_at, y + 14), facts.sum[0], 11, STRONG, WASH)
    page.text((RIGHT - 8, y + 14), facts.sum[1], 13, STRONG, WASH, "right")
    return max(y + 56, top + 15 * (len(facts.taxes) + 1) + 24)


def _foot(page: Page, facts: BillFacts) -> None:
    y = page.height - 40
    colour: Color = FAINT
    page.rule(LEFT, y - 14, WIDTH, colour)
    page.text((LEFT, y), f"{facts.kind} {facts.number}".strip(), 8, colour=SOFT)
    page.text((LEFT, y + 12), facts.words(NOT_REAL), 8, colour=SOFT)
    number = facts.words("Page {number}", number=str(page.canvas.getPageNumber()))
    page.text((RIGHT, y), number, 8, colour=SOFT, align="right")
