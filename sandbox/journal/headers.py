"""Headers as they are kept: one block of bytes.

Pairs in a ring of a thousand exchanges would be tens of thousands of objects, and each pass of the garbage
collector that meets them holds everybody up for milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_BREAKS = str.maketrans("\r\n", "  ")


def packed(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """As they go over the wire, where no name and no value holds a line break."""
    return b"\r\n".join((*map(b": ".join, headers), b""))


def packed_text(headers: Iterable[tuple[str, str]]) -> bytes:
    """Those of a call out, which may never have passed the wire."""
    lines = (f"{name}: {value}".translate(_BREAKS) for name, value in headers)
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1", "replace")


def unpacked(block: bytes) -> Iterator[tuple[str, str]]:
    """The pairs, in their order."""
    for line in block.decode("latin-1").split("\r\n")[:-1]:
        name, _, value = line.partition(": ")
        yield name, value


def header(block: bytes, name: str) -> str:
    """The first of that name, empty if there is none; `name` in small letters."""
    return next((value for key, value in unpacked(block) if key.lower() == name), "")
