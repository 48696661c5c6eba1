"""Card numbers must never get in: recognised anywhere in a body and refused without repeating them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.kernel.errors import RawCardDataForbidden

_DIGITS = re.compile(r"(?<![\w-])[2-6](?:[ -]?\d){12,18}(?![\w-])")
"""13 to 19 digits, perhaps in groups; an identifier with more of its own around them is none."""


def refuse_card_numbers(value: Any, target: str = "") -> None:
    """Raises RawCardDataForbidden for any text that holds something like a card number."""
    if isinstance(value, str):
        if any(_is_card_number(re.sub(r"\D", "", found)) for found in _DIGITS.findall(value)):
            raise RawCardDataForbidden(
                details="this looks like a card number; use a test token such as pm_card_visa",
                target=target or "/",
            )
    elif isinstance(value, Mapping):
        for name, member in value.items():
            refuse_card_numbers(member, f"{target}/{name}")
            refuse_card_numbers(name, target)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            refuse_card_numbers(item, f"{target}/{position}")


def _is_card_number(digits: str) -> bool:
    """Whether the check digit is right (Luhn)."""
    numbers = [int(digit) for digit in reversed(digits)]
    return (sum(numbers[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in numbers[1::2])) % 10 == 0
