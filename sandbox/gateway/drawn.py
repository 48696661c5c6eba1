"""Pages as they were last drawn: who polls a list mostly finds it unchanged."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_

from sandbox.gateway.neighbours import Place
from sandbox.kernel.documents import Document

REMEMBERED = 64
LARGEST = 64 * 1024

Drawn = tuple[bytes, bytes]
"""Body and ETag."""


class DrawnPages:
    """The latest drawing of each place, good for as long as it shows the very same documents there.

    A document is replaced, never mutated, so that the same one always looks the same, whoever asks for it."""

    def __init__(self) -> None:
        self._known: dict[Place, tuple[Sequence[Document], Drawn]] = {}

    def find(self, place: Place, items: Sequence[Document]) -> Drawn | None:
        """What was drawn of these documents at this place, if nothing else was since."""
        known = self._known.get(place)
        if known is None or len(known[0]) != len(items) or not all(map(is_, known[0], items)):
            return None
        return known[1]

    def keep(self, place: Place, items: Sequence[Document], drawn: Drawn) -> None:
        """Remember a drawing; large ones are not worth their memory."""
        if len(drawn[0]) <= LARGEST:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[place] = (items, drawn)
