"""The journal's file format: a header line, then framed records that show where they were cut or damaged.

    sandbox journal 1 <bytes after the last compaction, 16 digits>\\n
    0xFF 'R' | length u32 | length inverted u32 | crc32 of the payload u32 | payload (JSON)

JSON in UTF-8 never holds the byte 0xFF, so the mark finds the next frame behind a damaged one. A process that
is killed leaves the beginning of a frame at the very end; a power failure may leave zeros there. What else
is not a frame is damage.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from mmap import mmap
from zlib import crc32

MARK = b"\xffR"
VERSION = 1

_HEAD = struct.Struct("<2sIII")
_INVERT = 0xFFFFFFFF
_HEADER = re.compile(rb"sandbox journal (\d+) (\d{16})\n")

Data = bytes | mmap


class Broken(Exception):
    """No frame begins at `offset`; `torn` when nothing but an unfinished write follows."""

    def __init__(self, offset: int, torn: bool) -> None:
        super().__init__(f"no frame at byte {offset}")
        self.offset = offset
        self.torn = torn


def header(compacted: int) -> bytes:
    """The first line; its length never varies."""
    return b"sandbox journal %d %016d\n" % (VERSION, compacted)


HEADER_SIZE = len(header(0))


def read_header(data: Data) -> tuple[int, int] | None:
    """(format version, size after the last compaction), None if this is no journal."""
    found = _HEADER.match(data)
    return (int(found[1]), int(found[2])) if found else None


def pack(payload: bytes) -> bytes:
    """One frame."""
    size = len(payload)
    return _HEAD.pack(MARK, size, size ^ _INVERT, crc32(payload)) + payload


def frames(data: Data, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
    """(where the frame ends, its payload) one after the other; raises Broken."""
    at, stop = HEADER_SIZE, len(data) if stop is None else stop
    while at < stop:
        end = _end(data, at)
        payload = _payload(data, at, end)
        if payload is None:
            raise Broken(at, _is_torn(data, at, end))
        yield end, payload
        at = end


def _end(data: Data, at: int) -> int:
    """Where the frame at `at` ends, which may be beyond the data; 0 if no frame head stands there."""
    head = data[at : at + _HEAD.size]
    if len(head) < _HEAD.size:
        return 0
    mark, size, inverted, _ = _HEAD.unpack(head)
    return at + _HEAD.size + size if mark == MARK and size ^ _INVERT == inverted else 0


def _payload(data: Data, at: int, end: int) -> bytes | None:
    if not end or end > len(data):
        return None
    payload = data[at + _HEAD.size : end]
    return payload if crc32(payload) == _HEAD.unpack(data[at : at + _HEAD.size])[3] else None


def _is_torn(data: Data, at: int, end: int) -> bool:
    rest = len(data) - at
    if rest < _HEAD.size:
        start = bytes(data[at : at + len(MARK)])
        return MARK.startswith(start) or not any(data[at:])
    if not end:
        return not any(data[at:])
    return end > len(data) and not _intact_frame_after(data, at)


def _intact_frame_after(data: Data, at: int) -> bool:
    at = data.find(MARK, at + 1)
    while at >= 0:
        if _payload(data, at, _end(data, at)) is not None:
            return True
        at = data.find(MARK, at + 1)
    return False
