"""The certificate of attendance: one page to hang up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.formats.page import A4, ACCENT, FAINT, SOFT, STRONG, Page, fitted
from sandbox.formats.wording import ENGLISH, Wording

LANDSCAPE = (A4[1], A4[0])
EDGE = 34.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """What is attested."""

    number: str
    attendee: str
    event: str
    when: str
    place: str
    hours: str
    issued: str
    verify_at: str
    words: Wording = ENGLISH


def certificate_pages(certificates: Sequence[CertificateFacts]) -> bytes:
    """One page for each person."""
    say = certificates[0].words
    page = Page(say("Certificate – {event}", event=certificates[0].event), LANDSCAPE, say.language)
    for number, facts in enumerate(certificates):
        if number:
            page.next()
        _certificate(page, facts)
    return page.done()


def _certificate(page: Page, facts: CertificateFacts) -> None:
    _frame(page)
    say = facts.words
    middle, width = page.width / 2, page.width - 2 * EDGE - 120
    page.text((middle, 118), say("CERTIFICATE OF ATTENDANCE"), 13, STRONG, ACCENT, "centre")
    page.text((middle, 176), say("This is to certify that"), 12, colour=SOFT, align="centre")
    name, size = fitted(facts.attendee, width, (40, 34, 28, 22), STRONG)
    page.text((middle, 230), name, size, STRONG, align="centre")
    page.rule(middle - 110, 252, 220, ACCENT, 1.5)
    page.text((middle, 288), say("took part in"), 12, colour=SOFT, align="centre")
    event, size = fitted(facts.event, width, (24, 20, 17), STRONG)
    page.text((middle, 326), event, size, STRONG, align="centre")
    page.text((middle, 354), facts.when, 12, align="centre")
    if facts.place:
        page.text((middle, 373), facts.place, 11, colour=SOFT, align="centre")
    page.text((middle, 404), facts.hours, 12, STRONG, ACCENT, "centre")
    _foot(page, facts)


def _frame(page: Page) -> None:
    canvas = page.canvas
    for inset, weight, colour in ((EDGE, 2.0, ACCENT), (EDGE + 7, 0.6, FAINT)):
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(weight)
        canvas.rect(inset, inset, page.width - 2 * inset, page.height - 2 * inset)


def _foot(page: Page, facts: CertificateFacts) -> None:
    say = facts.words
    left, right, y = EDGE + 40, page.width - EDGE - 40, page.height - EDGE - 62
    page.text((left, y), say("CERTIFICATE NUMBER"), 7.5, STRONG, SOFT)
    page.text((left, y + 17), facts.number, 11, STRONG)
    page.text((left, y + 33), say("Issued {day}", day=facts.issued), 9, colour=SOFT)
    side = 62.0
    page.code((right - side, y - 24), facts.verify_at, side)
    page.text((right - side - 12, y + 17), say("Scan to verify"), 9, colour=SOFT, align="right")
    page.text((right - side - 12, y + 33), say("A sandbox certificate"), 7.5, colour=SOFT, align="right")
