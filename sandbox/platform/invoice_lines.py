"""What was sold, as lines: the items of a registration, a booking, or what a caller wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.accounting.amounts import exact_rate, taxed
from sandbox.accounting.lines import Line, line
from sandbox.kernel.errors import CurrencyMismatch, InvalidAmount
from sandbox.kernel.workspace import Transaction
from sandbox.platform.money import minor_units


def lines_of(tx: Transaction, kind: str, document: Mapping[str, Any]) -> list[Line]:
    """Each item of a registration, a booking or a period as a line; those of an invoice as they are."""
    if kind == "invoice":
        return list(document["lines"])
    if kind == "registration":
        return [_item_line(item, document["currency"]) for item in document["items"]]
    if kind == "booking" and document.get("price"):
        return [_booking_line(tx, document)]
    if kind == "payment":
        subject = document["subject"]
        return lines_of(tx, subject["type"], tx.need(subject["type"], subject["id"]))
    if kind == "payment_subscription":
        name, price = document["plan"]["name"], document["plan"]["amount"]
        return [line(name, 1, (minor_units(price), 0), "0.00", True, price["currency"])]
    return []


def own_lines(asked: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Lines as a caller wrote them, completed; raises what is wrong with their amounts."""
    currency = asked[0]["unitPrice"]["currency"]
    return [_own_line(each, currency, f"/lines/{index}") for index, each in enumerate(asked)]


def _item_line(item: Mapping[str, Any], currency: str) -> Line:
    """As it was sold; the discount is what lies between price and total: the item was priced with it."""
    rate, included = item["taxRatePercent"], item["taxIncluded"]
    quantity, price, total = item["quantity"], minor_units(item["unitPrice"]), minor_units(item["total"])
    tax, _ = taxed(total, rate, included=True)
    discount = price * quantity - (total if included else total - tax)
    return line(item["name"], quantity, (price, discount), rate, included, currency)


def _booking_line(tx: Transaction, booking: Mapping[str, Any]) -> Line:
    offering: Mapping[str, Any] = tx.get("offering", booking.get("offeringId") or "") or {}
    service: Mapping[str, Any] = tx.get("service", offering.get("serviceId") or "") or {}
    price = booking["price"]
    words = f"{service.get('name', 'Appointment')}, {booking['startsAt'][:10]}"
    return line(words, 1, (minor_units(price), 0), "0.00", True, price["currency"])


def _own_line(asked: Mapping[str, Any], currency: str, target: str) -> Line:
    quantity = asked.get("quantity", 1)
    price = _units(asked["unitPrice"], currency, f"{target}/unitPrice")
    discount = _units(asked["discount"], currency, f"{target}/discount") if "discount" in asked else 0
    if discount > price * quantity:
        raise InvalidAmount(details="more is taken off than it costs", target=f"{target}/discount/amount")
    rate, included = exact_rate(asked.get("taxRatePercent", "0.00")), asked.get("taxIncluded", False)
    return line(asked["description"], quantity, (price, discount), rate, included, currency)


def _units(amount: Mapping[str, Any], currency: str, target: str) -> int:
    units = minor_units(amount, target)
    if amount["currency"] != currency:
        raise CurrencyMismatch(details=f"the first line is in {currency}", target=f"{target}/currency")
    if units < 0:
        raise InvalidAmount(details="an amount is not below nothing", target=f"{target}/amount")
    return units
