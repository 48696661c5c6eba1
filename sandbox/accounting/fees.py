"""What providers keep of a payment: a tariff, since no test mode says what the real account would pay."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.accounting.amounts import share

PER_TEN_THOUSAND: Mapping[str, int] = {"stripe": 150, "paypal": 249}
FIXED: Mapping[str, int] = {
    "EUR": 25,
    "USD": 30,
    "GBP": 20,
    "PLN": 100,
    "CHF": 30,
    "CZK": 650,
    "JPY": 40,
    "KRW": 400,
    "KWD": 100,
    "BHD": 120,
}
"""In minor units, on top of the share."""


def fee_of(provider: str, units: int, currency: str) -> int:
    """In minor units, never more than what was taken; money at the desk costs nothing."""
    rate = PER_TEN_THOUSAND.get(provider)
    if rate is None:
        return 0
    return min(units, share(units, rate, 10_000) + FIXED.get(currency, 0))
