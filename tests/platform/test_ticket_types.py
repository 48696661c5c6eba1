"""Ticket types: prices in their currency, stock, and who sees what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platform import event_desk as desk
from tests.platform.event_desk import code, emitted, order

DEVCONF_TYPES = f"/api/v1/events/{desk.DEVCONF}/ticket-types"


class TestListTicketTypes:
    def test_hidden_types_are_for_organisers(self, api: Any) -> None:
        everyone = api.anonymous.get(DEVCONF_TYPES).json()["data"]
        organiser = api.get(DEVCONF_TYPES).json()["data"]
        assert {kind["name"] for kind in organiser} - {kind["name"] for kind in everyone} == {"Sponsors only"}
        assert [kind["position"] for kind in organiser] == sorted(kind["position"] for kind in organiser)

    def test_those_of_a_private_event_are_not_found(self, api: Any) -> None:
        url = f"/api/v1/events/{desk.PRIVATE}/ticket-types"
        assert code(api.anonymous.get(url)) == (404, "RESOURCE_NOT_FOUND")


class TestGetTicketType:
    def test_only_below_its_own_event(self, api: Any) -> None:
        assert api.get(f"{DEVCONF_TYPES}/{desk.ticket_type(1)}").json()["name"] == "Early bird"
        assert api.get(f"{DEVCONF_TYPES}/{desk.ticket_type(4)}").status_code == 404


class TestCreateTicketType:
    def test_the_kind_follows_from_the_price(self, api: Any) -> None:
        paid = api.post(
            DEVCONF_TYPES, json={"name": "VIP", "price": {"amount": "300", "currency": "EUR"}, "quantity": 5}
        )
        assert paid.status_code == 201
        assert (paid.json()["kind"], paid.json()["price"]["amount"], paid.json()["remaining"]) == (
            "paid",
            "300.00",
            5,
        )
        assert api.post(DEVCONF_TYPES, json={"name": "Press"}).json()["kind"] == "free"
        assert emitted(api) == ["event.updated", "event.updated"]

    def test_a_price_has_the_decimals_and_a_currency_of_the_event(self, api: Any) -> None:
        refused = {
            "INVALID_AMOUNT_PRECISION": (desk.JPY_GALA, {"amount": "100.5", "currency": "JPY"}),
            "UNSUPPORTED_CURRENCY": (desk.DEVCONF, {"amount": "10.00", "currency": "USD"}),
        }
        for expected, (event_id, price) in refused.items():
            answer = api.post(f"/api/v1/events/{event_id}/ticket-types", json={"name": "X", "price": price})
            assert code(answer) == (422, expected)
        kwd = {"name": "X", "price": {"amount": "10.5", "currency": "KWD"}}
        made = api.post(f"/api/v1/events/{desk.KWD_FORUM}/ticket-types", json=kwd).json()
        assert made["price"]["amount"] == "10.500"

    @pytest.mark.parametrize("further", [["EUR"], ["USD", "USD"]])
    def test_there_is_one_price_in_a_currency(self, api: Any, further: list[str]) -> None:
        prices = [{"amount": "12.00", "currency": currency} for currency in further]
        body = {"name": "X", "price": {"amount": "10.00", "currency": "EUR"}, "currencyPrices": prices}
        answer = api.post(f"/api/v1/events/{desk.MULTI_CURRENCY}/ticket-types", json=body)
        assert code(answer) == (422, "BUSINESS_RULE_VIOLATION")

    def test_a_paid_type_needs_a_price(self, api: Any) -> None:
        answer = api.post(DEVCONF_TYPES, json={"name": "Odd", "kind": "paid"})
        assert code(answer) == (422, "BUSINESS_RULE_VIOLATION")

    def test_a_cancelled_event_gets_no_more(self, api: Any) -> None:
        answer = api.post(f"/api/v1/events/{desk.CANCELLED}/ticket-types", json={"name": "X"})
        assert code(answer) == (409, "INVALID_STATE_TRANSITION")


class TestUpdateTicketType:
    def test_less_than_is_sold_is_refused(self, api: Any) -> None:
        answer = api.patch(f"{DEVCONF_TYPES}/{desk.ticket_type(7)}", json={"quantity": 0})
        assert code(answer) == (422, "CAPACITY_BELOW_REGISTRATIONS")

    def test_more_can_be_sold_at_once(self, api: Any) -> None:
        url = f"{DEVCONF_TYPES}/{desk.ticket_type(7)}"
        assert code(api.post("/api/v1/registrations", json=order(desk.DEVCONF, kind=7))) == (
            409,
            "TICKET_TYPE_SOLD_OUT",
        )
        assert api.patch(url, json={"quantity": 2}).json()["remaining"] == 1
        assert api.post("/api/v1/registrations", json=order(desk.DEVCONF, kind=7)).status_code == 201
        assert api.get(url).json()["remaining"] == 0


class TestDeleteTicketType:
    def test_only_what_nobody_ever_ordered(self, api: Any) -> None:
        assert api.delete(f"{DEVCONF_TYPES}/{desk.ticket_type(6)}").status_code == 204
        assert code(api.delete(f"{DEVCONF_TYPES}/{desk.ticket_type(2)}")) == (409, "RESOURCE_IN_USE")
