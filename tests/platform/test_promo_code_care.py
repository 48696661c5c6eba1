"""Promo codes as those who sell look after them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platform import event_desk as desk
from tests.platform.event_desk import code, order

CODES = "/api/v1/promo-codes"


def made(api: Any, **members: Any) -> Any:
    """A new code."""
    answer = api.post(CODES, json={"code": "AUTUMN30", "percent": 30, **members})
    assert answer.status_code == 201, answer.text
    return answer.json()


def discount(api: Any, promo_code: str, email: str = "new@sandbox.example") -> Any:
    """What it takes off a registration; the refusal where it does not."""
    answer = api.post("/api/v1/registrations", json=order(desk.DEVCONF, email, promoCode=promo_code))
    return answer.json()["totals"]["discount"]["amount"] if answer.status_code == 201 else code(answer)


class TestCreatePromoCode:
    def test_it_holds_at_once(self, api: Any) -> None:
        shown = made(api, eventId=desk.DEVCONF)
        assert (shown["used"], shown["maxUses"], shown["ticketTypeIds"]) == (0, None, [])
        assert discount(api, "autumn30") == "59.70"
        assert api.get(f"{CODES}/AUTUMN30").json()["used"] == 1

    def test_of_one_event_it_is_of_no_other(self, api: Any) -> None:
        made(api, eventId=desk.JPY_GALA)
        assert discount(api, "AUTUMN30") == (422, "PROMO_CODE_INVALID")

    @pytest.mark.parametrize(
        ("members", "expected"),
        [
            ({"code": "EARLY20"}, (409, "DUPLICATE_RESOURCE")),
            ({"code": "SANDBOX10"}, (409, "DUPLICATE_RESOURCE")),
            ({"eventId": "e1000000-0000-4000-8000-000000009999"}, (422, "BUSINESS_RULE_VIOLATION")),
            (
                {"eventId": desk.JPY_GALA, "ticketTypeIds": [desk.ticket_type(2)]},
                (422, "BUSINESS_RULE_VIOLATION"),
            ),
            (
                {"startsAt": "2026-12-02T00:00:00Z", "endsAt": "2026-12-01T00:00:00Z"},
                (400, "INVALID_DATE_RANGE"),
            ),
            ({"code": "lower"}, (400, "VALIDATION_ERROR")),
            ({"percent": 0}, (400, "VALIDATION_ERROR")),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, api: Any, members: Any, expected: tuple[int, str]) -> None:
        before = api.workspace.state_hash()
        assert code(api.post(CODES, json={"code": "AUTUMN30", "percent": 30, **members})) == expected
        assert api.workspace.state_hash() == before

    def test_not_by_guests(self, api: Any) -> None:
        guest = api.persona("attendee")
        for answer in (guest.get(CODES), guest.get(f"{CODES}/EARLY20"), guest.post(CODES, json={})):
            assert code(answer) == (403, "INSUFFICIENT_SCOPE")
        assert api.persona("organizer").get(f"{CODES}/EARLY20").status_code == 200


class TestListPromoCodes:
    def test_of_an_event(self, api: Any) -> None:
        made(api)
        found = api.get(CODES, params={"eventId": desk.DEVCONF}).json()
        assert "EARLY20" in {each["code"] for each in found["data"]}
        assert "AUTUMN30" not in {each["code"] for each in found["data"]}
        assert "AUTUMN30" in {each["code"] for each in api.get(CODES, params={"limit": 100}).json()["data"]}


class TestUpdatePromoCode:
    def test_used_up_it_can_be_had_again(self, api: Any) -> None:
        assert discount(api, "USEDUP40") == (422, "PROMO_CODE_INVALID")
        changed = api.patch(f"{CODES}/USEDUP40", json={"maxUses": 10}).json()
        assert (changed["maxUses"], changed["used"], changed["percent"]) == (10, 3, 40)
        assert discount(api, "USEDUP40") == "79.60"

    def test_whoever_has_it_keeps_what_they_were_given(self, api: Any) -> None:
        made(api)
        assert discount(api, "AUTUMN30") == "59.70"
        api.patch(f"{CODES}/AUTUMN30", json={"percent": 10})
        assert discount(api, "AUTUMN30", "second@sandbox.example") == "19.90"


class TestDeletePromoCode:
    def test_unless_somebody_has_it(self, api: Any) -> None:
        assert code(api.delete(f"{CODES}/LASTONE25")) == (409, "RESOURCE_IN_USE")
        made(api)
        assert api.delete(f"{CODES}/AUTUMN30").status_code == 204
        assert code(api.get(f"{CODES}/AUTUMN30")) == (404, "RESOURCE_NOT_FOUND")
        assert discount(api, "AUTUMN30") == (422, "PROMO_CODE_INVALID")
