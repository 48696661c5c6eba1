"""The payments of the seed world: in every status, with the provider's side, and seen by their owners."""

from typing import Any

import pytest

from tests.platform.cash_desk import confirm, key, register
from tests.platform.ledger import assert_balanced, totals


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


class TestFixturesOfMoney:
    def test_a_prepaid_booking_holds_its_payment(self, api: Any) -> None:
        booking = api.get(f"/api/v1/bookings/{api.fixture('booking.paid_prepay')}").json()

        [key_of_payment] = booking["payment"]["paymentIds"]
        payment = api.get(f"/api/v1/payments/{key_of_payment}").json()

        assert payment["subject"] == {"type": "booking", "id": booking["id"]}
        assert (payment["status"], payment["amountCaptured"]) == ("completed", booking["price"])

    def test_the_disputed_one_has_an_open_dispute_that_can_be_won(self, api: Any) -> None:
        payment = api.fixture("payment.disputed")
        [dispute] = api.get("/api/v1/disputes", params={"paymentId": payment}).json()["data"]

        address = f"/api/v1/disputes/{dispute['id']}/evidence"
        answer = api.post(address, json={"text": "winning_evidence"})
        api.advance("PT5S")

        assert (dispute["status"], answer.status_code) == ("needs_response", 200)
        assert api.get(f"/api/v1/payments/{payment}").json()["status"] == "completed"

    def test_who_cannot_be_erased_has_an_open_dispute_and_a_paid_place(self, api: Any) -> None:
        berta = api.persona("erasure_blocked")

        [dispute] = berta.get("/api/v1/disputes").json()["data"]
        payment = berta.get(f"/api/v1/payments/{dispute['paymentId']}").json()
        registration = berta.get(f"/api/v1/registrations/{payment['subject']['id']}").json()

        assert dispute["status"] == "needs_response"
        assert (registration["status"], registration["payment"]["status"]) == ("confirmed", "paid")

    def test_refunds_of_the_seed_have_credit_notes(self, api: Any) -> None:
        invoice = api.get(f"/api/v1/invoices/{api.fixture('invoice.void')}").json()
        note = api.get(f"/api/v1/invoices/{invoice['relatedInvoiceId']}").json()

        assert (invoice["status"], note["type"]) == ("void", "credit_note")
        assert note["totals"]["total"]["amount"] == f"-{invoice['totals']['total']['amount']}"

    def test_a_kept_card_pays(self, api: Any) -> None:
        ada = api.persona("attendee")
        methods = ada.get("/api/v1/payment-methods").json()["data"]
        token = next(one["token"] for one in methods if one["isDefault"])
        subject = {"type": "registration", "id": register(ada, "Adela Again")["id"]}
        body = {"subject": subject, "provider": "stripe"}
        payment = ada.post("/api/v1/payments", json=body, headers=key("1")).json()

        assert confirm(ada, payment, token).json()["status"] == "completed"

    def test_an_issued_invoice_can_be_paid(self, api: Any) -> None:
        invoice = api.fixture("invoice.issued")
        body = {"subject": {"type": "invoice", "id": invoice}, "provider": "stripe"}
        payment = api.post("/api/v1/payments", json=body, headers=key("1")).json()

        confirm(api, payment, "pm_card_visa")

        assert api.get(f"/api/v1/invoices/{invoice}").json()["status"] == "paid"

    def test_the_ledger_of_the_seed_balances(self, api: Any) -> None:
        with api.workspace.transaction() as tx:
            written = tx.find("transaction", order="sequence")
            balances = {each["id"]: each["accounts"] for each in tx.find("ledger_balance")}

        assert_balanced(written)
        assert [each["sequence"] for each in written] == list(range(1, len(written) + 1))
        for currency, accounts in balances.items():
            booked = totals([each for each in written if each["currency"] == currency])
            assert booked == {name: units for name, units in accounts.items() if units}
            assert sum(accounts.values()) == 0

    def test_numbers_of_invoices_have_no_gaps(self, api: Any) -> None:
        with api.workspace.transaction() as tx:
            numbers = sorted(int(each["number"][-6:]) for each in tx.find("invoice") if each["number"])

        assert numbers == list(range(1, len(numbers) + 1))


class TestRows:
    def test_attendees_see_their_own(self, api: Any) -> None:
        names = ("completed_stripe", "paypal_completed", "disputed")
        own, booked, other = (api.fixture(f"payment.{name}") for name in names)
        ada = api.persona("attendee")

        assert ada.get(f"/api/v1/payments/{own}").status_code == 200
        assert ada.get(f"/api/v1/payments/{other}").status_code == 404
        assert {one["id"] for one in ada.get("/api/v1/payments").json()["data"]} == {own, booked}

    def test_attendees_pay_no_cash_to_themselves(self, api: Any) -> None:
        subject = {"type": "registration", "id": register(api)["id"]}

        answer = api.persona("attendee").post(
            "/api/v1/payments", json={"subject": subject, "provider": "offline"}, headers=key("1")
        )

        assert answer.status_code in (403, 422)
