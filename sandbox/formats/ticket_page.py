"""The ticket as a page: what, when, where and for whom, with the code that is scanned at the door."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.formats.page import (
    ACCENT,
    ALERT,
    FAINT,
    INK,
    SOFT,
    STRONG,
    WASH,
    Page,
    fitted,
    shortened,
)
from sandbox.formats.wording import ENGLISH, Wording

LEFT, RIGHT = 48.0, 547.28
WIDTH = RIGHT - LEFT
MIDDLE = LEFT + 320
SMALL = 8.0
NOTE = (
    "This ticket admits one person once. Whoever shows the code first is let in: keep it to yourself. "
    "On paper or on a screen, it is the same ticket."
)
NOT_REAL = "A sandbox ticket. No real event, no real money."


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFacts:
    """What is printed; times are told in words already. `voided` says why the ticket admits nobody."""

    event: str
    when: str
    until: str
    zone: str
    venue: str
    address: str
    attendee: str
    ticket_type: str
    price: str
    registration: str
    code: str
    issued: str
    organiser: str = "Event Sandbox"
    voided: str = ""
    words: Wording = ENGLISH


def ticket_page(facts: TicketFacts) -> bytes:
    """One page, A4."""
    say = facts.words
    page = Page(say("Ticket – {event}", event=facts.event), language=say.language)
    _head(page, facts)
    bottom = _body(page, facts)
    _code(page, facts)
    _foot(page, facts, max(bottom, 420))
    return page.done()


def _head(page: Page, facts: TicketFacts) -> None:
    page.box((0, 0), (page.width, 172), ACCENT)
    page.text((LEFT, 58), facts.words("ADMISSION TICKET"), SMALL, STRONG, FAINT)
    page.text((RIGHT, 58), facts.organiser, SMALL, colour=FAINT, align="right")
    title, size = fitted(facts.event, WIDTH, (28, 24, 20), STRONG)
    if title.endswith("…"):
        page.paragraph((LEFT, 92), facts.event, WIDTH, size=20, font=STRONG, colour=WASH, most=2)
    else:
        page.text((LEFT, 102), title, size, STRONG, WASH)
    page.text((LEFT, 142), facts.when, 11.5, colour=WASH)


def _body(page: Page, facts: TicketFacts) -> float:
    width = MIDDLE - LEFT - 24
    y = 214.0
    for label, strong, rest in (
        ("ATTENDEE", facts.attendee, ""),
        ("TICKET", facts.ticket_type, facts.price),
        ("BEGINS", facts.when, facts.zone),
        ("ENDS", facts.until, ""),
        ("PLACE", facts.venue, facts.address),
    ):
        if not strong:
            continue
        page.text((LEFT, y), facts.words(label), SMALL - 0.5, STRONG, SOFT)
        y = page.paragraph((LEFT, y + 17), strong, width, size=13, font=STRONG, most=2, leading=1.3)
        if rest:
            y = page.paragraph((LEFT, y - 1), rest, width, size=9.5, colour=SOFT, most=3)
        y += 14
    return y


def _code(page: Page, facts: TicketFacts) -> None:
    side = 151.0
    left = RIGHT - side - 2 * 14
    page.box((left, 204), (side + 28, side + 64), WASH, 8)
    page.box((left + 8, 212), (side + 12, side + 12), FAINT if facts.voided else WASH, 0)
    page.code((left + 14, 218), facts.code, side)
    grouped = " ".join(facts.code[at : at + 4] for at in range(0, len(facts.code), 4))
    centre = left + side / 2 + 14
    page.text((centre, 218 + side + 22), grouped, 11, STRONG, align="centre")
    shown = facts.words("Show this code at the door")
    page.text((centre, 218 + side + 37), shown, SMALL, colour=SOFT, align="centre")
    if facts.voided:
        page.box((left + 14, 218 + side / 2 - 17), (side, 34), ALERT, 4)
        said = shortened(facts.voided.upper(), side - 12, 13, STRONG)
        page.text((centre, 218 + side / 2 + 5), said, 13, STRONG, WASH, "centre")


def _foot(page: Page, facts: TicketFacts, y: float) -> None:
    say = facts.words
    page.rule(LEFT, y, WIDTH)
    page.text((LEFT, y + 18), say("Registration {code}", code=facts.registration), 9, STRONG)
    page.text((RIGHT, y + 18), say("Issued {day}", day=facts.issued), 9, colour=SOFT, align="right")
    page.paragraph((LEFT, y + 38), say(NOTE), WIDTH, size=8.5, colour=SOFT)
    page.text((LEFT, page.height - 40), say(NOT_REAL), SMALL, colour=INK)
