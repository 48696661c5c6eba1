"""Refunds: made under their payment, counted on it, and due where a registration is cancelled."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.platform.cash_desk import EUR, confirm, events_of, paid, refund, register, start
from tests.platform.ledger import pass_days


class TestCreateRefund:
    def test_a_part_and_then_the_rest(self, api: Any) -> None:
        payment = paid(api)

        part = refund(api, payment, "50.00")
        assert (part.status_code, part.json()["status"]) == (201, "succeeded")
        assert part.json()["payment"]["status"] == "partially_refunded"
        rest = refund(api, payment, attempt="2")

        assert rest.json()["amount"] == {"amount": "149.00", "currency": EUR}
        after = api.get(f"/api/v1/payments/{payment['id']}").json()
        assert (after["status"], after["amountRefunded"]["amount"]) == ("refunded", "199.00")
        assert events_of(api)[-1] == "payment.refunded"
        registration = api.get(f"/api/v1/registrations/{payment['subject']['id']}").json()
        assert registration["payment"]["status"] == "refunded"

    @pytest.mark.parametrize(
        ("amount", "code"),
        [
            ("199.01", "REFUND_EXCEEDS_BALANCE"),
            ("0.00", "INVALID_AMOUNT"),
            ("1.001", "INVALID_AMOUNT_PRECISION"),
        ],
    )
    def test_no_more_than_was_taken(self, api: Any, amount: str, code: str) -> None:
        answer = refund(api, paid(api), amount)

        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)

    def test_what_was_not_paid_cannot_go_back(self, api: Any) -> None:
        answer = refund(api, start(api, register(api)))

        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "PAYMENT_NOT_REFUNDABLE")

    def test_nor_what_was_paid_long_ago(self, api: Any) -> None:
        payment = paid(api)
        pass_days(api, "P181D")

        assert refund(api, payment).json()["error"]["code"] == "REFUND_WINDOW_CLOSED"

    def test_one_that_fails_later_is_taken_back(self, api: Any) -> None:
        payment = paid(api, "pm_card_refund_fails")
        made = refund(api, payment).json()
        assert made["status"] == "succeeded"

        api.advance("PT10S")

        assert api.get(f"/api/v1/refunds/{made['id']}").json()["status"] == "failed"
        after = api.get(f"/api/v1/payments/{payment['id']}").json()
        assert (after["status"], after["amountRefunded"]["amount"]) == ("completed", "0.00")

    def test_cash_goes_back_at_once(self, api: Any) -> None:
        payment = start(api, register(api), provider="offline")
        confirm(api, payment, "cash")

        assert refund(api, payment).json()["status"] == "succeeded"

    def test_a_seeded_payment_can_be_paid_back(self, api: Any) -> None:
        payment = api.get(f"/api/v1/payments/{api.fixture('payment.completed_stripe')}").json()

        assert refund(api, payment).json()["status"] == "succeeded"


class TestConcurrency:
    def test_refunds_at_once_never_exceed_what_was_taken(self, api: Any) -> None:
        payment = paid(api)

        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda n: refund(api, payment, "100.00", f"r{n}"), range(6)))

        assert sorted(answer.status_code for answer in answers) == [201] + [422] * 5
        assert api.get(f"/api/v1/payments/{payment['id']}").json()["amountRefunded"]["amount"] == "100.00"


class TestListRefunds:
    def test_they_are_found_by_payment(self, api: Any) -> None:
        payment = paid(api)
        made = refund(api, payment, "1.00").json()

        everywhere = api.get("/api/v1/refunds", params={"paymentId": payment["id"]}).json()["data"]
        below = api.get(f"/api/v1/payments/{payment['id']}/refunds").json()["data"]

        assert [one["id"] for one in everywhere] == [made["id"]] == [one["id"] for one in below]


class TestCancelledSubject:
    def test_a_cancelled_registration_is_paid_back(self, api: Any) -> None:
        payment = paid(api)

        address = f"/api/v1/registrations/{payment['subject']['id']}/cancel"
        answer = api.post(address, json={"reason": "Cannot come", "refund": "full"})
        assert answer.status_code == 200, answer.text
        api.advance("PT1S")

        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "refunded"

    def test_money_that_comes_too_late_goes_back(self, api: Any) -> None:
        registration = register(api)
        payment = start(api, registration)
        confirm(api, payment, "pm_card_async_success")
        api.post(f"/api/v1/registrations/{registration['id']}/cancel", json={"reason": "Too slow"})

        api.advance("PT20S")

        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "refunded"
        assert api.get(f"/api/v1/registrations/{registration['id']}").json()["status"] == "cancelled"
