"""The lines of invoices and receipts as arithmetic: each rounded once, totals the sums of the lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.accounting.amounts import Money, minor_units, money, taxed

Line = dict[str, Any]


def line(
    words: str, quantity: int, prices: tuple[int, int], rate: str, included: bool, currency: str
) -> Line:
    """One line; `prices`: of one, and the discount on all, in minor units."""
    price, discount = prices
    tax, total = taxed(price * quantity - discount, rate, included)
    return {
        "description": words,
        "quantity": quantity,
        "unitPrice": money(price, currency),
        "discount": money(discount, currency),
        "taxRatePercent": rate,
        "taxIncluded": included,
        "net": money(total - tax, currency),
        "tax": money(tax, currency),
        "total": money(total, currency),
    }


def sums(lines: Iterable[Mapping[str, Any]], currency: str) -> dict[str, Money]:
    """Totals: each the sum of the lines, so that nothing is rounded twice."""
    kept = list(lines)
    subtotal = sum(minor_units(each["unitPrice"]) * each["quantity"] for each in kept)
    members = {
        name: sum(minor_units(each[name]) for each in kept) for name in ("discount", "net", "tax", "total")
    }
    return {name: money(units, currency) for name, units in {"subtotal": subtotal, **members}.items()}


def tax_breakdown(lines: Iterable[Mapping[str, Any]], currency: str) -> list[dict[str, Any]]:
    """Net, tax and total for each rate, the lowest first."""
    by_rate: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in lines:
        by_rate[each["taxRatePercent"]].append(each)
    return [
        {
            "ratePercent": rate,
            **{
                name: money(sum(minor_units(one[name]) for one in by_rate[rate]), currency)
                for name in ("net", "tax", "total")
            },
        }
        for rate in sorted(by_rate, key=float)
    ]


def negated(lines: Iterable[Mapping[str, Any]]) -> list[Line]:
    """The same with opposite amounts."""
    names = ("unitPrice", "discount", "net", "tax", "total")
    return [{**each, **{name: opposite(each[name]) for name in names}} for each in lines]


def opposite(amount: Mapping[str, Any]) -> Money:
    """The amount with the other sign."""
    return money(-minor_units(amount), amount["currency"])
