"""What a registration costs: items at the price of their ticket type, promo codes, tax, totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import add
from typing import Any, NamedTuple

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    CurrencyMismatch,
    MaxTicketsExceeded,
    TicketTypeUnavailable,
)
from sandbox.kernel.workspace import Transaction
from sandbox.platform.money import Money, minor_units, money, share, taxed
from sandbox.platform.places import quantities
from sandbox.platform.promo_codes import NOTHING_OFF, check_covers, promotion

KEPT = ("admits", "name", "taxRatePercent", "taxIncluded")
"""What an item keeps of its ticket type: the type may change afterwards, what was sold does not."""


class Order(NamedTuple):
    """Priced items with their totals."""

    items: list[dict[str, Any]]
    totals: dict[str, Money]
    approval: bool


def price_order(tx: Transaction, event: Document, body: Mapping[str, Any]) -> Order:
    """Price the items of a registration; raises what forbids the order, except that it is sold out."""
    currency = body.get("currency") or event["currencies"][0]
    if currency not in event["currencies"]:
        raise CurrencyMismatch(
            details=f"the event sells in {', '.join(event['currencies'])}", target="/currency"
        )
    code = body.get("promoCode")
    granted = promotion(tx, event, code) if code is not None else NOTHING_OFF
    sums: Sequence[int] = (0, 0, 0, 0)
    items, approval, sold = [], False, {}
    for index, item in enumerate(body["items"]):
        ticket_type = _on_sale(tx, event, item["ticketTypeId"], f"/items/{index}/ticketTypeId")
        percent = granted.percent_of(ticket_type["id"])
        priced, amounts = _priced(ticket_type, item, currency, percent)
        sums = tuple(map(add, sums, amounts))
        approval = approval or ticket_type["requiresApproval"]
        items.append(priced)
        sold[ticket_type["id"]] = ticket_type
    if code is not None:
        check_covers(granted, items, code)
    _check_quantities(sold, items)
    subtotal, discount, tax, total = sums
    return Order(items, totals(currency, subtotal, discount, tax, total), approval)


def totals(currency: str, subtotal: int, discount: int, tax: int, total: int) -> dict[str, Money]:
    """Totals before any payment."""
    zero = money(0, currency)
    return {
        "subtotal": money(subtotal, currency),
        "discount": money(discount, currency),
        "tax": money(tax, currency),
        "total": money(total, currency),
        "paid": zero,
        "refunded": zero,
        "due": money(total, currency),
    }


def unit_price(ticket_type: Mapping[str, Any], currency: str) -> int:
    """Price of one ticket in minor units; raises CurrencyMismatch."""
    price = ticket_type["price"]
    if price is None or (ticket_type["kind"] == "free"):
        return 0
    for offered in (price, *ticket_type["currencyPrices"]):
        if offered["currency"] == currency:
            return minor_units(offered)
    raise CurrencyMismatch(details=f"'{ticket_type['name']}' has no price in {currency}", target="/currency")


def _on_sale(tx: Transaction, event: Document, key: str, target: str) -> Document:
    ticket_type = tx.get("ticket_type", key)
    if ticket_type is None or ticket_type["eventId"] != event["id"]:
        raise BusinessRuleViolation(details=f"ticket type '{key}' is not one of the event", target=target)
    now = tx.stamp()
    if ticket_type["status"] != "active":
        raise TicketTypeUnavailable(
            details=f"'{ticket_type['name']}' is {ticket_type['status']}", target=target
        )
    if now < (ticket_type["salesStartsAt"] or now) or now > (ticket_type["salesEndsAt"] or now):
        raise TicketTypeUnavailable(details=f"'{ticket_type['name']}' is not on sale now", target=target)
    return ticket_type


def _priced(
    ticket_type: Document, item: Mapping[str, Any], currency: str, percent: int
) -> tuple[dict[str, Any], tuple[int, int, int, int]]:
    """The item as stored, and (subtotal, discount, tax, total) in minor units."""
    quantity = item.get("quantity", 1)
    attendees = item.get("attendees", [])
    if len(attendees) > quantity * ticket_type["admits"]:
        raise BusinessRuleViolation(
            details=f"{len(attendees)} attendees on tickets for {quantity * ticket_type['admits']}",
            target="/items",
        )
    price = unit_price(ticket_type, currency)
    subtotal = price * quantity
    discount = share(subtotal, percent, 100)
    tax, total = taxed(subtotal - discount, ticket_type["taxRatePercent"], ticket_type["taxIncluded"])
    stored = {
        "ticketTypeId": ticket_type["id"],
        "quantity": quantity,
        "attendees": attendees,
        "unitPrice": money(price, currency),
        "total": money(total, currency),
        **{member: ticket_type[member] for member in KEPT},
    }
    return stored, (subtotal, discount, tax, total)


def _check_quantities(sold: Mapping[str, Document], items: list[dict[str, Any]]) -> None:
    for key, quantity in quantities(items).items():
        ticket_type = sold[key]
        least, most = ticket_type["minPerOrder"], ticket_type["maxPerOrder"]
        if quantity > most:
            raise MaxTicketsExceeded(
                details=f"{quantity} of '{ticket_type['name']}', at most {most}", target="/items"
            )
        if quantity < least:
            raise BusinessRuleViolation(
                details=f"{quantity} of '{ticket_type['name']}', at least {least}", target="/items"
            )
