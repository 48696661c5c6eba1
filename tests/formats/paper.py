"""Reads pages and codes as people and scanners do."""

from __future__ import annotations

import io
import re
from typing import Any

import pypdf
import zxingcpp
from PIL import Image, ImageDraw

SCALE = 6


def document(answer: Any) -> pypdf.PdfReader:
    """The pages of an answer."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    return pypdf.PdfReader(io.BytesIO(answer.content))


def text_of(answer: Any) -> str:
    """All words."""
    return "\n".join(page.extract_text() for page in document(answer).pages)


def embedded(answer: Any) -> bool:
    """Whether every font comes with the file."""
    fonts = [
        font.get_object()
        for page in document(answer).pages
        for font in page["/Resources"]["/Font"].values()
        if font.get_object()["/Subtype"] != "/Type1" or "/FontDescriptor" in font.get_object()
    ]
    return bool(fonts) and all("/FontFile2" in font["/FontDescriptor"] for font in fonts)


def codes_on(page: pypdf.PageObject) -> list[str]:
    """What a scanner reads off a page: its small dark squares, drawn again."""
    width, height = (int(float(each) * SCALE) for each in page.mediabox[2:])
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    for numbers in re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re", page.get_contents().get_data()):
        x, y, w, h = (float(each) * SCALE for each in numbers)
        if w == h and w < 10 * SCALE:
            draw.rectangle((x, height - y - h, x + w, height - y), fill=0)
    return [found.text for found in zxingcpp.read_barcodes(image)]


def code_in_svg(svg: str) -> list[str]:
    """What a scanner reads off the image: the strokes of its path, drawn."""
    side = int(re.search(r"M0 0h(\d+)v", svg)[1])  # type: ignore[index]
    image = Image.new("L", (side * SCALE, side * SCALE), 255)
    draw = ImageDraw.Draw(image)
    x = y = 0.0
    for command, first, _, second in re.findall(
        r"([Mmh])(-?[\d.]+)( (-?[\d.]+))?", svg.partition("qrline")[2]
    ):
        if command == "M":
            x, y = float(first), float(second)
        elif command == "m":
            x, y = x + float(first), y + float(second)
        else:
            box = (x * SCALE, (y - 0.5) * SCALE, (x + float(first)) * SCALE - 1, (y + 0.5) * SCALE - 1)
            draw.rectangle(box, fill=0)
            x += float(first)
    return [found.text for found in zxingcpp.read_barcodes(image)]
