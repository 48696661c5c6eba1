"""The payments of the seed world: in every status, with the provider's side, and seen by their owners."""

from typing import Any

import pytest

from tests.platform.test_payments import key, register


class TestSeededPayments:
    def test_every_one_is_readable_page_by_page(self, api: Any) -> None:
        first = api.get("/api/v1/payments", params={"pageSize": 100}).json()

        pages = range(2, first["pagination"]["totalPages"] + 1)
        answers = [api.get("/api/v1/payments", params={"pageSize": 100, "page": page}) for page in pages]

        assert first["pagination"]["totalItems"] > 11
        assert {answer.status_code for answer in answers} == {200}

    @pytest.mark.parametrize(
        ("name", "status"),
        [
            ("completed_stripe", "completed"),
            ("failed_declined", "failed"),
            ("requires_action", "requires_action"),
            ("authorized_uncaptured", "authorized"),
            ("partially_refunded", "partially_refunded"),
            ("refunded", "refunded"),
            ("disputed", "disputed"),
            ("paypal_completed", "completed"),
            ("jpy", "completed"),
            ("processing", "processing"),
            ("authorization_expiring", "authorized"),
        ],
    )
    def test_the_named_ones_are_in_their_status(self, api: Any, name: str, status: str) -> None:
        payment = api.get(f"/api/v1/payments/{api.fixture(f'payment.{name}')}").json()

        assert payment["status"] == status

    def test_reserved_money_of_the_seed_can_be_taken(self, api: Any) -> None:
        payment = api.fixture("payment.authorized_uncaptured")

        answer = api.post(f"/api/v1/payments/{payment}/capture", headers=key("c"))

        assert (answer.status_code, answer.json()["status"]) == (200, "completed")

    def test_what_was_given_up_cannot_be_paid(self, api: Any) -> None:
        subject = {"type": "registration", "id": api.fixture("registration.pending_expired")}

        answer = api.post(
            "/api/v1/payments", json={"subject": subject, "provider": "stripe"}, headers=key("1")
        )

        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "REGISTRATION_EXPIRED")


class TestRows:
    def test_attendees_see_their_own(self, api: Any) -> None:
        own, other = (api.fixture(f"payment.{name}") for name in ("completed_stripe", "disputed"))
        ada = api.persona("attendee")

        assert ada.get(f"/api/v1/payments/{own}").status_code == 200
        assert ada.get(f"/api/v1/payments/{other}").status_code == 404
        assert {one["id"] for one in ada.get("/api/v1/payments").json()["data"]} == {own}

    def test_attendees_pay_no_cash_to_themselves(self, api: Any) -> None:
        subject = {"type": "registration", "id": register(api)["id"]}

        answer = api.persona("attendee").post(
            "/api/v1/payments", json={"subject": subject, "provider": "offline"}, headers=key("1")
        )

        assert answer.status_code in (403, 422)
