"""Ticket types: what can be bought for an event, at which price and how many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    CapacityBelowRegistrations,
    InvalidDateRange,
    InvalidStateTransition,
    ResourceInUse,
    UnsupportedCurrency,
)
from sandbox.kernel.replies import Page
from sandbox.platform.call import Call
from sandbox.platform.event_life import events, note_ticket_types_changed
from sandbox.platform.money import exact_rate, minor_units, normalised
from sandbox.platform.ownership import is_guest
from sandbox.platform.places import stock
from sandbox.platform.resource import Resource, equals
from sandbox.platform.waitlist import promote_waiting


def _prepared(call: Call, ticket_type: dict[str, Any], before: Document | None) -> dict[str, Any]:
    """Complete and consistent; raises the rule that it breaks."""
    complete = {**DEFAULTS, **ticket_type}
    event = call.tx.need("event", complete["eventId"])
    price = _priced(event, complete["price"], "/price")
    further = [
        _priced(event, extra, f"/currencyPrices/{index}")
        for index, extra in enumerate(complete["currencyPrices"])
        if extra is not None
    ]
    _check_one_a_currency([price, *further])
    complete |= {"price": price, "currencyPrices": further, "kind": _kind(complete["kind"], price, before)}
    complete["taxRatePercent"] = exact_rate(complete["taxRatePercent"])
    _check_order_sizes(complete)
    _check_sale(complete)
    quantity, sold = complete["quantity"], complete["sold"]
    if quantity is not None and quantity < sold:
        raise CapacityBelowRegistrations(details=f"{sold} tickets are sold", target="/quantity")
    if before is not None and sold and complete["admits"] != before["admits"]:
        raise BusinessRuleViolation(details="tickets that admit otherwise are sold already", target="/admits")
    return {**complete, **stock(quantity, sold)}


def _check_one_a_currency(prices: list[Any]) -> None:
    """Raises BusinessRuleViolation for a second price in a currency."""
    currencies = [price["currency"] for price in prices if price is not None]
    for place, currency in enumerate(currencies):
        if currency in currencies[:place]:
            details = f"there are two prices in {currency}"
            raise BusinessRuleViolation(details=details, target="/currencyPrices")


def _may_see(call: Call, ticket_type: Document) -> bool:
    return _sees_all(call) or ticket_type["status"] == "active"


def _sees_all(call: Call) -> bool:
    return call.principal.has("events:write") or not is_guest(call)


DEFAULTS: dict[str, Any] = {
    "description": "",
    "kind": None,
    "price": None,
    "currencyPrices": [],
    "taxRatePercent": "0.00",
    "taxIncluded": True,
    "quantity": None,
    "minPerOrder": 1,
    "maxPerOrder": 10,
    "salesStartsAt": None,
    "salesEndsAt": None,
    "status": "active",
    "sold": 0,
    "admits": 1,
    "requiresApproval": False,
    "transferable": True,
    "position": 0,
    "metadata": {},
}

ticket_types = Resource(
    "ticket_type",
    path="/api/v1/events/{eventId}/ticket-types/{ticketTypeId}",
    indexes=("eventId",),
    sorts=("position", "name", "createdAt"),
    filters={"status": equals("status")},
    parent=("event", "eventId"),
    prepare=_prepared,
    visible=_may_see,
    sees_all=_sees_all,
)


def list_ticket_types(call: Call, event_id: str) -> Page:
    """Of an event that the caller may see."""
    events.get(call, event_id)
    return ticket_types.list(call, eventId=event_id)


def get_ticket_type(call: Call, event_id: str, ticket_type_id: str) -> Document:
    """Of an event that the caller may see."""
    events.get(call, event_id)
    return ticket_types.get(call, ticket_type_id, eventId=event_id)


def create_ticket_type(call: Call, event_id: str, body: Mapping[str, Any]) -> Document:
    """One more way to attend."""
    event = _changeable(call, event_id)
    created = ticket_types.create(call, body, eventId=event_id)
    note_ticket_types_changed(call.tx, event)
    return created


def update_ticket_type(call: Call, event_id: str, ticket_type_id: str, body: Mapping[str, Any]) -> Document:
    """More tickets go to who waits."""
    event = _changeable(call, event_id)
    before = ticket_types.get(call, ticket_type_id, eventId=event_id)
    after = ticket_types.update(call, ticket_type_id, body)
    if after is not before:
        note_ticket_types_changed(call.tx, event)
        promote_waiting(call.tx, event_id)
    return call.tx.need("ticket_type", ticket_type_id)


def delete_ticket_type(call: Call, event_id: str, ticket_type_id: str) -> None:
    """Only while nobody ever had one."""
    event = _changeable(call, event_id)
    ticket_type = ticket_types.get(call, ticket_type_id, eventId=event_id)
    if ticket_type["sold"] or _was_ordered(call, event_id, ticket_type_id):
        raise ResourceInUse(details="registrations refer to it; archive it instead", target="ticketTypeId")
    ticket_types.delete(call, ticket_type_id)
    note_ticket_types_changed(call.tx, event)


def _was_ordered(call: Call, event_id: str, ticket_type_id: str) -> bool:
    ordered = call.tx.scan("registration", {"eventId": event_id})
    return any(
        item["ticketTypeId"] == ticket_type_id for registration in ordered for item in registration["items"]
    )


def _changeable(call: Call, event_id: str) -> Document:
    event = events.get(call, event_id)
    if event["status"] == "cancelled":
        raise InvalidStateTransition(details="the event is cancelled", target="eventId")
    return event


def _priced(event: Document, price: Mapping[str, Any] | None, target: str) -> dict[str, str] | None:
    if price is None:
        return None
    if price["currency"] not in event["currencies"]:
        sells = ", ".join(event["currencies"])
        raise UnsupportedCurrency(details=f"the event sells in {sells}", target=f"{target}/currency")
    return normalised(price, target)


def _kind(kind: str | None, price: Mapping[str, Any] | None, before: Document | None) -> str:
    """As asked for when that fits the price, else what the price says."""
    costs = price is not None and minor_units(price) > 0
    if before is not None and kind != "donation":
        kind = None
    if kind == "paid" and not costs:
        raise BusinessRuleViolation(details="a paid ticket type needs a price", target="/price")
    if kind == "free" and costs:
        raise BusinessRuleViolation(details="a free ticket type has no price", target="/kind")
    return kind or ("paid" if costs else "free")


def _check_order_sizes(ticket_type: Mapping[str, Any]) -> None:
    if ticket_type["minPerOrder"] > ticket_type["maxPerOrder"]:
        raise BusinessRuleViolation(details="minPerOrder is above maxPerOrder", target="/minPerOrder")


def _check_sale(ticket_type: Mapping[str, Any]) -> None:
    starts, ends = ticket_type["salesStartsAt"], ticket_type["salesEndsAt"]
    if starts is not None and ends is not None and ends <= starts:
        raise InvalidDateRange(details="sales must end after they start", target="/salesEndsAt")
