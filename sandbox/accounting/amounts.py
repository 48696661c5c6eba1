"""Money: decimal strings outside, whole minor units inside, each currency with its own number of decimals."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sandbox.kernel import errors

Money = dict[str, str]

PER_CENT_PER_CENT = 10_000
EXPONENTS = {
    "EUR": 2,
    "USD": 2,
    "GBP": 2,
    "PLN": 2,
    "CHF": 2,
    "CZK": 2,
    "JPY": 0,
    "KRW": 0,
    "KWD": 3,
    "BHD": 3,
}
"""Decimals of the currencies the platform trades in; every other code is refused."""


def exponent(currency: str, target: str = "/currency") -> int:
    """How many decimals the currency has; raises UnsupportedCurrency."""
    decimals = EXPONENTS.get(currency)
    if decimals is None:
        known = ", ".join(sorted(EXPONENTS))
        raise errors.UnsupportedCurrency(details=f"{currency} is not one of {known}", target=target)
    return decimals


def minor_units(money: Mapping[str, Any], target: str = "/amount") -> int:
    """The amount in minor units; raises InvalidAmountPrecision for more decimals than it has."""
    return _units(money["amount"], money["currency"], target)


@lru_cache(4096)
def _units(amount: str, currency: str, target: str) -> int:
    decimals = exponent(currency, f"{target}/currency")
    whole, _, fraction = amount.lstrip("-").partition(".")
    if len(fraction) > decimals:
        raise errors.InvalidAmountPrecision(
            details=f"{currency} has {decimals} decimals, {amount} has {len(fraction)}",
            target=f"{target}/amount",
        )
    units = int(whole + fraction.ljust(decimals, "0"))
    return -units if amount.startswith("-") else units


@lru_cache(4096)
def money(units: int, currency: str) -> Money:
    """The decimal form, with exactly as many decimals as the currency has.

    Equal amounts are one object, which nobody changes: documents are replaced, never mutated."""
    decimals = EXPONENTS.get(currency, 2)
    if not decimals:
        return {"amount": str(units), "currency": currency}
    sign = "-" if units < 0 else ""
    whole, rest = divmod(abs(units), 10**decimals)
    return {"amount": f"{sign}{whole}.{rest:0{decimals}d}", "currency": currency}


def normalised(value: Mapping[str, Any], target: str = "/amount") -> Money:
    """The same amount written with all its decimals."""
    return money(minor_units(value, target), value["currency"])


def share(units: int, numerator: int, denominator: int) -> int:
    """`units · numerator / denominator` in whole units, halves away from zero."""
    quotient, rest = divmod(abs(units) * numerator, denominator)
    rounded = quotient + (2 * rest >= denominator)
    return -rounded if units < 0 else rounded


@lru_cache(4096)
def taxed(amount: int, rate: str, included: bool) -> tuple[int, int]:
    """(tax, amount with tax) at a rate in percent with up to two decimals."""
    whole, _, fraction = rate.partition(".")
    points = int(whole + fraction.ljust(2, "0"))
    if included:
        return amount - share(amount, PER_CENT_PER_CENT, PER_CENT_PER_CENT + points), amount
    tax = share(amount, points, PER_CENT_PER_CENT)
    return tax, amount + tax


def exact_rate(rate: str) -> str:
    """A rate in percent written with both its decimals."""
    whole, _, fraction = rate.partition(".")
    return f"{int(whole)}.{fraction.ljust(2, '0')}"


def comparable(units: int, currency: str) -> int:
    """Thousandths of the major unit: what amounts of different currencies are ordered by."""
    return int(units * 10 ** (3 - EXPONENTS.get(currency, 2)))
