"""Amounts of money as the rules use them."""

from sandbox.accounting.amounts import (
    EXPONENTS,
    Money,
    comparable,
    exact_rate,
    exponent,
    minor_units,
    money,
    normalised,
    share,
    taxed,
)

__all__ = [
    "EXPONENTS",
    "Money",
    "comparable",
    "exact_rate",
    "exponent",
    "minor_units",
    "money",
    "normalised",
    "share",
    "taxed",
]
