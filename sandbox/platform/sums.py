"""Amounts in lists: compared across currencies by their value, not by their text."""

from __future__ import annotations

from typing import Any

from sandbox.kernel.documents import Document
from sandbox.platform.filters import Filter, Predicate

THOUSANDTHS = 3
"""The most decimals that a currency has."""


def thousandths(amount: str) -> int:
    """A decimal text as a whole number that compares with any other."""
    whole, _, fraction = amount.lstrip("-").partition(".")
    value = int(whole + fraction[:THOUSANDTHS].ljust(THOUSANDTHS, "0"))
    return -value if amount.startswith("-") else value


def amount_filters() -> dict[str, Filter]:
    """`minAmount` and `maxAmount` of a list whose documents keep `_amount`."""
    return {"minAmount": Filter(predicate=_from), "maxAmount": Filter(predicate=_up_to)}


def _from(wanted: Any) -> Predicate:
    least = thousandths(wanted)

    def reaches(document: Document) -> bool:
        return bool(document["_amount"] >= least)

    return reaches


def _up_to(wanted: Any) -> Predicate:
    most = thousandths(wanted)

    def stays_below(document: Document) -> bool:
        return bool(document["_amount"] <= most)

    return stays_below
