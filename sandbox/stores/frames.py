"""Records on disk: framed with length and checksums, so that a torn end is told from damage."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Any, NamedTuple
from zlib import crc32

import orjson

MAGIC = b"event-sandbox journal 1\n"
_HEAD = Struct("<III")


class Damage(ValueError):
    """The file was changed by something else than a crash while appending."""

    def __init__(self, place: int, what: str) -> None:
        super().__init__(f"{what} at byte {place}")


class Frame(NamedTuple):
    """A record and where its frame ends."""

    record: dict[str, Any]
    end: int


def framed(record: dict[str, Any]) -> bytes:
    """Length, checksum of the payload, checksum of those two, payload."""
    payload = orjson.dumps(record)
    size, check = len(payload), crc32(payload)
    return _HEAD.pack(size, check, crc32(b"%d:%d" % (size, check))) + payload


def frames(data: memoryview) -> Iterator[Frame]:
    """The records, up to a torn end; raises Damage for anything else that is wrong.

    A crash while appending leaves a prefix of a frame, or one padded with zeros; nothing valid follows it."""
    if bytes(data[: len(MAGIC)]) != MAGIC[: len(data)]:
        raise Damage(0, "this is not a journal of this version")
    place = len(MAGIC)
    while place + _HEAD.size <= len(data):
        size, check, own = _HEAD.unpack_from(data, place)
        start, end = place + _HEAD.size, place + _HEAD.size + size
        if own != crc32(b"%d:%d" % (size, check)):
            if any(data[place:]) and not _is_padding(data, place):
                raise Damage(place, "a record's head is not what was written")
            return
        if end > len(data):
            return
        payload = data[start:end]
        if crc32(payload) != check:
            if end < len(data) and any(data[end:]):
                raise Damage(place, "a record is not what was written")
            return
        yield Frame(orjson.loads(payload), end)
        place = end


def _is_padding(data: memoryview, place: int) -> bool:
    """Whether a head was cut short and the rest of the file is zeros."""
    return not any(data[place + _HEAD.size :])
