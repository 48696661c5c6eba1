"""Identifiers and randomness, all drawn from the workspace's seed."""

from __future__ import annotations

import random
from functools import lru_cache
from hashlib import blake2b

VARIANT = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
"""The first digit of a UUID's fourth group, whatever was drawn for it."""


class Chance:
    """Draws by (seed, label, draw number): the same seed and the same calls give the same bytes."""

    __slots__ = ("_salted",)

    def __init__(self, seed: int) -> None:
        # A salt rather than a key: a key is a block of its own, which doubles the work of every draw.
        self._salted = blake2b(salt=blake2b(str(seed).encode(), digest_size=16).digest())

    def draw(self, label: str, number: int, size: int = 16) -> bytes:
        """`size` (1–64) bytes."""
        drawn = self._salted.copy()
        drawn.update(f"{label}:{number}".encode())
        return drawn.digest()[:size]

    def uuid(self, number: int) -> str:
        """A version 4 UUID."""
        drawn = self._salted.copy()
        drawn.update(b"id:%d" % number)
        h = drawn.hexdigest()
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"

    def token(self, label: str, number: int, length: int, alphabet: str) -> str:
        """`length` (1–64) characters of the alphabet, each as likely as the others."""
        table = _letters(alphabet)
        if table is not None:
            return self.draw(label, number, length).translate(table).decode()
        value = int.from_bytes(self.draw(label, number, 64), "big")
        characters = []
        for _ in range(length):
            value, rest = divmod(value, len(alphabet))
            characters.append(alphabet[rest])
        return "".join(characters)

    def random(self, label: str, number: int) -> random.Random:
        """A generator of its own."""
        return random.Random(self.draw(label, number))  # reproducible on purpose; no secret hangs on it


@lru_cache(64)
def _letters(alphabet: str) -> bytes | None:
    """A letter for each byte, where the bytes can be shared out evenly."""
    times, rest = divmod(256, len(alphabet))
    return None if rest else alphabet.encode() * times
