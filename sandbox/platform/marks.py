"""Places in a numbered record, marked so that one world's are not taken for another's."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import NamedTuple

from sandbox.kernel.errors import CursorExpired, DomainError, InvalidCursor

UNMARKED = "00000000"
_PLACE = re.compile(r"([0-9]{1,12})-([0-9a-f]{8})")


class Place(NamedTuple):
    """Behind the entry of a number; a reset begins to count anew, so the number alone says too little."""

    number: int
    mark: str = UNMARKED

    def __str__(self) -> str:
        return f"{self.number}-{self.mark}"


def mark_of(*what: object) -> str:
    """A mark of what an entry says."""
    return blake2b("\n".join(map(str, what)).encode(), digest_size=4).hexdigest()


def read_place(text: str) -> Place:
    """The place a caller was told; raises InvalidCursor."""
    told = _PLACE.fullmatch(text)
    if told is None:
        raise InvalidCursor(details="no item of this stream has such an id", target="Last-Event-ID")
    return Place(int(told[1]), told[2])


def expired() -> DomainError:
    """The refusal to go on where something would be left out, or begin anew, unnoticed."""
    return CursorExpired(
        details="items are missing behind it; look at everything anew, then follow without an id",
        target="Last-Event-ID",
    )
