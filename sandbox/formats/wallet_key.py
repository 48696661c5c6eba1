"""The RSA key that signs wallet passes, derived from a number: the same world signs the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from hashlib import shake_256
from math import gcd, isqrt, prod

from cryptography.hazmat.primitives.asymmetric import rsa

EXPONENT = 65537
BITS = 1024
"""Of each of the two primes."""
WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19)
"""Bases of the primality test: enough for candidates that nobody chose to deceive it."""


def key_from(seed: int) -> rsa.RSAPrivateKey:
    """The same number gives the same key everywhere; nothing secret hangs on it."""
    p, q = _prime(seed, "p"), _prime(seed, "q")
    p, q = max(p, q), min(p, q)
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(EXPONENT, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()


def _prime(seed: int, which: str) -> int:
    return next(number for number in _candidates(seed, which) if _is_prime(number))


def _candidates(seed: int, which: str) -> Iterator[int]:
    """Odd numbers of full length whose two highest bits are set, each drawn anew."""
    number = 0
    while True:
        drawn = shake_256(f"wallet-pass|{seed}|{which}|{number}".encode()).digest(BITS // 8)
        number += 1
        candidate = int.from_bytes(drawn, "big") | 3 << (BITS - 2) | 1
        if gcd(candidate, _small_primes()) == 1 and (candidate - 1) % EXPONENT:
            yield candidate


def _is_prime(number: int) -> bool:
    """Miller and Rabin's test with the first primes as bases."""
    odd, twos = number - 1, 0
    while not odd & 1:
        odd, twos = odd >> 1, twos + 1
    return all(_passes(number, base, odd, twos) for base in WITNESSES)


def _passes(number: int, base: int, odd: int, twos: int) -> bool:
    value = pow(base, odd, number)
    if value in (1, number - 1):
        return True
    for _ in range(twos - 1):
        value = value * value % number
        if value == number - 1:
            return True
    return False


@cache
def _small_primes() -> int:
    """The product of those below 2000: what shares a factor with it needs no further look."""
    return prod(n for n in range(3, 2_000, 2) if all(n % d for d in range(3, isqrt(n) + 1, 2)))
