"""Headers as they are kept: one block of bytes.

Pairs in a ring of a thousand exchanges would be tens of thousands of objects, and each pass of the garbage
collector that meets them holds everybody up for milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain


def packed(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """As they came over the wire, where no name and no value holds a line feed."""
    return b"\n".join(chain.from_iterable(headers))


def packed_text(headers: Iterable[tuple[str, str]]) -> bytes:
    """Those of a call out, which may never have passed the wire."""
    lines = (part.replace("\n", " ") for pair in headers for part in pair)
    return "\n".join(lines).encode("latin-1", "replace")


def unpacked(block: bytes) -> Iterator[tuple[str, str]]:
    """The pairs, in their order."""
    lines = block.decode("latin-1").split("\n")
    return zip(lines[::2], lines[1::2], strict=False)


def header(block: bytes, name: str) -> str:
    """The first of that name, empty if there is none; `name` in small letters."""
    return next((value for key, value in unpacked(block) if key.lower() == name), "")
