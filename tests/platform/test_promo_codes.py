"""Promotion codes: when, how often and for what they hold."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.platform import event_desk as desk
from tests.platform.event_desk import code, order, ticket_type

REGISTRATIONS = "/api/v1/registrations"


def attempt(api: Any, promo: str, number: int = 1, **members: Any) -> Any:
    """A registration for the conference with the code."""
    body = order(desk.DEVCONF, email=f"saver{number}@sandbox.example", promoCode=promo, **members)
    return api.post(REGISTRATIONS, json=body)


class TestWindows:
    def test_within_it_the_code_takes_its_part_off(self, api: Any) -> None:
        totals = attempt(api, "early20").json()["totals"]
        assert (totals["discount"]["amount"], totals["due"]["amount"]) == ("39.80", "159.20")

    def test_outside_it_is_refused_and_time_opens_and_closes_it(self, api: Any) -> None:
        assert code(attempt(api, "EXPIRED15")) == (422, "PROMO_CODE_INVALID")
        assert code(attempt(api, "SOON30")) == (422, "PROMO_CODE_INVALID")
        api.advance("P20D")
        assert attempt(api, "SOON30").status_code == 201
        assert code(attempt(api, "EARLY20", 2)) == (422, "PROMO_CODE_INVALID")


class TestLimits:
    def test_the_last_use_is_given_once_however_many_ask(self, api: Any) -> None:
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda number: attempt(api, "LASTONE25", number), range(6)))
        assert sorted(answer.status_code for answer in answers) == [201] + [422] * 5

    def test_a_cancelled_registration_gives_its_use_back(self, api: Any) -> None:
        made = attempt(api, "LASTONE25").json()
        assert code(attempt(api, "LASTONE25", 2)) == (422, "PROMO_CODE_INVALID")
        api.post(f"{REGISTRATIONS}/{made['id']}/cancel", json={"reason": "Ill"})
        assert attempt(api, "LASTONE25", 2).status_code == 201

    def test_a_lapsed_hold_gives_its_use_back(self, api: Any) -> None:
        attempt(api, "LASTONE25")
        api.advance("PT31M")
        assert attempt(api, "LASTONE25", 2).status_code == 201

    def test_one_that_is_used_up(self, api: Any) -> None:
        assert code(attempt(api, "USEDUP40")) == (422, "PROMO_CODE_INVALID")


class TestTicketTypes:
    def test_only_what_the_code_is_for_gets_cheaper(self, api: Any) -> None:
        items = [{"ticketTypeId": ticket_type(1)}, {"ticketTypeId": ticket_type(2)}]
        body = {**order(desk.DEVCONF, promoCode="REGULAR50"), "items": items}
        totals = api.post(REGISTRATIONS, json=body).json()["totals"]
        assert totals["subtotal"]["amount"] == "298.00"
        assert (totals["discount"]["amount"], totals["due"]["amount"]) == ("99.50", "198.50")

    def test_a_code_for_none_of_the_tickets_is_refused(self, api: Any) -> None:
        assert code(attempt(api, "REGULAR50", kind=1)) == (422, "PROMO_CODE_INVALID")


class TestEvents:
    @pytest.mark.parametrize(("promo", "status"), [("EARLY20", 422), ("SANDBOX50", 201), ("NOPE", 422)])
    def test_a_code_belongs_to_its_event(self, api: Any, promo: str, status: int) -> None:
        answer = api.post(REGISTRATIONS, json=order(desk.KWD_FORUM, promoCode=promo))
        assert answer.status_code == status

    def test_every_kind_of_code_is_a_fixture(self, api: Any) -> None:
        names = ("early", "expired", "not_started", "one_left", "exhausted", "regular_only")
        codes = [api.fixture(f"promo_code.{name}") for name in names]
        assert codes == ["EARLY20", "EXPIRED15", "SOON30", "LASTONE25", "USEDUP40", "REGULAR50"]
