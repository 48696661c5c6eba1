"""Identifiers and randomness, all drawn from the workspace's seed."""

from __future__ import annotations

import random
from hashlib import blake2b


class Chance:
    """Draws by (seed, label, draw number): the same seed and the same calls give the same bytes."""

    __slots__ = ("_key",)

    def __init__(self, seed: int) -> None:
        self._key = blake2b(str(seed).encode(), digest_size=16).digest()

    def draw(self, label: str, number: int, size: int = 16) -> bytes:
        """`size` (1–64) bytes."""
        return blake2b(f"{label}:{number}".encode(), key=self._key, digest_size=size).digest()

    def uuid(self, number: int) -> str:
        """A version 4 UUID."""
        h = blake2b(b"id:%d" % number, key=self._key, digest_size=16).hexdigest()
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{'89ab'[int(h[16], 16) & 3]}{h[17:20]}-{h[20:]}"

    def token(self, label: str, number: int, length: int, alphabet: str) -> str:
        """`length` characters of the alphabet."""
        value = int.from_bytes(self.draw(label, number, 64), "big")
        characters = []
        for _ in range(length):
            value, rest = divmod(value, len(alphabet))
            characters.append(alphabet[rest])
        return "".join(characters)

    def random(self, label: str, number: int) -> random.Random:
        """A generator of its own."""
        return random.Random(self.draw(label, number))  # reproducible on purpose; no secret hangs on it
