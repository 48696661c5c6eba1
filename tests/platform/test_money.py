"""Money: minor units, decimals by currency, rounding."""

from __future__ import annotations

import pytest

from sandbox.kernel.errors import InvalidAmountPrecision, UnsupportedCurrency
from sandbox.platform.money import minor_units, money, normalised, share, taxed


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("199.00", "EUR", 19900),
        ("199", "EUR", 19900),
        ("-0.5", "EUR", -50),
        ("15000", "JPY", 15000),
        ("12.5", "KWD", 12500),
    ],
)
def test_minor_units(amount: str, currency: str, units: int) -> None:
    assert minor_units({"amount": amount, "currency": currency}) == units
    assert minor_units(money(units, currency)) == units


def test_amounts_are_written_with_all_decimals() -> None:
    assert normalised({"amount": "12.5", "currency": "KWD"})["amount"] == "12.500"
    assert money(-5, "EUR")["amount"] == "-0.05"
    assert money(0, "JPY")["amount"] == "0"


def test_more_decimals_than_the_currency_has_are_refused() -> None:
    with pytest.raises(InvalidAmountPrecision):
        minor_units({"amount": "1.5", "currency": "JPY"})
    with pytest.raises(UnsupportedCurrency):
        minor_units({"amount": "1", "currency": "XTS"})


def test_halves_are_rounded_away_from_zero() -> None:
    assert [share(units, 1, 2) for units in (1, 3, -1, 4)] == [1, 2, -1, 2]


def test_tax_inside_and_on_top_of_a_price() -> None:
    assert taxed(19900, "23.00", included=True) == (3721, 19900)
    assert taxed(10000, "7.5", included=False) == (750, 10750)
