"""A page to print: text in any script the fonts know, set where it is told; the same page, the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from unicodedata import normalize

import segno
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from sandbox.formats.arabic import displayed, is_arabic

FONTS = Path(__file__).parent / "fonts"
REGULAR, STRONG = "Inter-Regular", "Inter-SemiBold"
FALLBACKS = ("NotoSansJP-Regular", "NotoSansArabic-Regular")
INK, SOFT, FAINT = HexColor("#16202C"), HexColor("#5B6B7C"), HexColor("#DDE3EA")
ACCENT, WASH = HexColor("#0B5D5B"), HexColor("#F2F6F6")
ALERT = HexColor("#B3261E")
A4 = (595.28, 841.89)
ELLIPSIS = "…"
UNKNOWN = "□"
"""Stands for a letter that no font has, so that a name is never silently another; pictures are left out."""


@cache
def _font(name: str) -> TTFont:
    font = TTFont(name, str(FONTS / f"{name}.ttf"))
    pdfmetrics.registerFont(font)
    return font


class Page:
    """A document with one or more pages; `y` counts from the top, as people read."""

    def __init__(self, title: str, size: tuple[float, float] = A4, language: str = "en") -> None:
        self.width, self.height = size
        self._bytes = io.BytesIO()
        self.canvas = Canvas(self._bytes, pagesize=size, invariant=1, lang=language, pageCompression=1)
        self.canvas.setTitle(title)
        self.canvas.setAuthor("Event Sandbox")
        self.canvas.setCreator("Event Sandbox")

    def done(self) -> bytes:
        """The file."""
        self.canvas.showPage()
        self.canvas.save()
        return self._bytes.getvalue()

    def next(self) -> None:
        """Turn the page."""
        self.canvas.showPage()

    def text(
        self,
        place: tuple[float, float],
        text: str,
        size: float = 10,
        font: str = REGULAR,
        colour: Color = INK,
        align: str = "left",
    ) -> float:
        """One line; returns its width."""
        runs = list(_runs(text, font))
        width = sum(pdfmetrics.stringWidth(part, name, size) for name, part in runs)
        x, y = place
        x -= {"left": 0.0, "right": width, "centre": width / 2}[align]
        self.canvas.setFillColor(colour)
        for name, part in runs:
            self.canvas.setFont(name, size)
            self.canvas.drawString(x, self.height - y, part)
            x += pdfmetrics.stringWidth(part, name, size)
        return float(width)

    def paragraph(self, place: tuple[float, float], text: str, width: float, **style: Any) -> float:
        """Several lines of at most that width; returns the `y` below the last of them."""
        most = style.pop("most", 6)
        leading = style.pop("leading", 1.35)
        x, y = place
        size, font = style.get("size", 10), style.get("font", REGULAR)
        for line in wrapped(text, width, size, font, most):
            self.text((x, y), line, **style)
            y += size * leading
        return float(y)

    def rule(self, x: float, y: float, width: float, colour: Color = FAINT, weight: float = 0.75) -> None:
        """A horizontal line."""
        self.canvas.setStrokeColor(colour)
        self.canvas.setLineWidth(weight)
        self.canvas.line(x, self.height - y, x + width, self.height - y)

    def box(
        self, place: tuple[float, float], size: tuple[float, float], colour: Color, round_by: float = 0
    ) -> None:
        """A filled rectangle."""
        self.canvas.setFillColor(colour)
        x, y = place
        self.canvas.roundRect(x, self.height - y - size[1], *size, radius=round_by, stroke=0, fill=1)

    def code(self, place: tuple[float, float], message: str, side: float) -> None:
        """A QR code without its quiet zone, which the layout around it gives."""
        matrix = segno.make(message, error="m", micro=False).matrix
        cell = side / len(matrix)
        x, y = place
        path = self.canvas.beginPath()
        for row, cells in enumerate(matrix):
            for column, dark in enumerate(cells):
                if dark:
                    path.rect(x + column * cell, self.height - y - (row + 1) * cell, cell, cell)
        self.canvas.setFillColor(INK)
        self.canvas.drawPath(path, stroke=0, fill=1)


def width_of(text: str, size: float, font: str) -> float:
    """Of one line. Letters are added up one by one: long texts are measured often."""
    return size * sum(_letter_width(letter, font) for letter in text)


@lru_cache(16384)
def _letter_width(letter: str, font: str) -> float:
    shown, name = _set(letter, font)
    return float(pdfmetrics.stringWidth(shown, name, 1)) if name else 0.0


def fitted(text: str, width: float, sizes: tuple[float, ...], font: str = REGULAR) -> tuple[str, float]:
    """The text at the largest size at which it fits on one line, shortened if it fits at none."""
    for size in sizes:
        if width_of(text, size, font) <= width:
            return text, size
    return shortened(text, width, sizes[-1], font), sizes[-1]


def shortened(text: str, width: float, size: float, font: str = REGULAR) -> str:
    """As much of the text as fits."""
    room = width / size
    wide = 0.0
    kept = 0
    for place, letter in enumerate(text, 1):
        wide += _letter_width(letter, font)
        if wide > room:
            return text[:kept].rstrip() + ELLIPSIS
        if wide + _letter_width(ELLIPSIS, font) <= room:
            kept = place
    return text


def wrapped(text: str, width: float, size: float, font: str = REGULAR, most: int = 6) -> list[str]:
    """Lines of at most that width; the last is shortened if there would be more."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line, wide = "", 0.0
        for word in _words(paragraph):
            more = width_of(word, size, font)
            if line and wide + width_of(word.rstrip(), size, font) > width:
                lines.append(line.rstrip())
                line, wide = "", 0.0
            line, wide = line + word, wide + more
        lines.append(line.rstrip())
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [shortened(line, width, size, font) for line in lines]


def _words(text: str) -> Iterator[str]:
    """Where a line may break: after spaces, and around each ideograph."""
    word = ""
    for letter in text:
        if "\u2e80" <= letter <= "\u9fff" or "\uf900" <= letter <= "\ufaff":
            if word:
                yield word
                word = ""
            yield letter
        else:
            word += letter
            if letter == " ":
                yield word
                word = ""
    if word:
        yield word


@lru_cache(2048)
def _runs(text: str, font: str) -> tuple[tuple[str, str], ...]:
    """Stretches of the text with the first font that has their letters."""
    whole = normalize("NFC", text)
    shown = displayed(whole) if is_arabic(whole) else whole
    spaced = " ".join("".join(_set(letter, font)[0] for letter in shown).split())
    found: list[tuple[str, str]] = []
    for letter in spaced:
        name = found[-1][0] if found and letter == " " else _set(letter, font)[1]
        if found and name == found[-1][0]:
            found[-1] = (name, found[-1][1] + letter)
        else:
            found.append((name, letter))
    return tuple(found)


@lru_cache(16384)
def _set(letter: str, font: str) -> tuple[str, str]:
    """What stands for the letter, and the first font that has it; whitespace is a space in all of them."""
    code = 32 if letter.isspace() else ord(letter)
    name = next((each for each in (font, *FALLBACKS) if code in _font(each).face.charToGlyph), "")
    if name:
        return letter, name
    return _set(UNKNOWN, font) if letter.isalnum() else ("", "")
