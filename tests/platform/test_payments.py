"""Payments, from the registration to its tickets, with the provider's mock behind a real socket."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.kernel.clock import parse_instant
from tests.platform.cash_desk import confirm, events_of, key, register, start
from tests.platform.ledger import pass_days


class TestCreatePayment:
    def test_it_opens_an_intent_for_what_is_due(self, api: Any) -> None:
        payment = start(api, register(api))

        assert payment["status"] == "created"
        assert payment["amount"] == {"amount": "199.00", "currency": "EUR"}
        assert payment["providerRef"].startswith("pi_")
        assert payment["clientSecret"].startswith(payment["providerRef"])
        assert payment["reference"].startswith("PAY-")

    @pytest.mark.parametrize(
        ("amount", "status", "code"),
        [
            ({"amount": "10.00", "currency": "EUR"}, 422, "AMOUNT_MISMATCH"),
            ({"amount": "199.00", "currency": "USD"}, 422, "CURRENCY_MISMATCH"),
            ({"amount": "199.001", "currency": "EUR"}, 422, "INVALID_AMOUNT_PRECISION"),
            ({"amount": "199.00", "currency": "XTS"}, 422, "UNSUPPORTED_CURRENCY"),
        ],
    )
    def test_the_amount_is_what_is_due(
        self, api: Any, amount: dict[str, str], status: int, code: str
    ) -> None:
        subject = {"type": "registration", "id": register(api)["id"]}
        body = {"subject": subject, "provider": "stripe", "amount": amount}

        answer = api.post("/api/v1/payments", json=body, headers=key("1"))

        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)

    def test_a_key_is_required(self, api: Any) -> None:
        subject = {"type": "registration", "id": register(api)["id"]}

        answer = api.post("/api/v1/payments", json={"subject": subject, "provider": "stripe"})

        assert answer.json()["error"]["code"] == "IDEMPOTENCY_KEY_REQUIRED"

    def test_the_same_key_answers_with_the_same_payment(self, api: Any) -> None:
        registration = register(api)

        assert start(api, registration)["id"] == start(api, registration)["id"]

    def test_a_card_number_is_refused_and_not_repeated(self, api: Any) -> None:
        body = {
            "subject": {"type": "registration", "id": register(api)["id"]},
            "provider": "stripe",
            "metadata": {"card": "4242 4242 4242 4242"},
        }

        answer = api.post("/api/v1/payments", json=body, headers=key("1"))

        assert answer.json()["error"]["code"] == "RAW_CARD_DATA_FORBIDDEN"
        assert "4242" not in answer.text

    def test_a_subject_must_exist(self, api: Any) -> None:
        subject = {"type": "booking", "id": "00000000-0000-4000-8000-000000000000"}

        body = {"subject": subject, "provider": "stripe"}

        answer = api.post("/api/v1/payments", json=body, headers=key("1"))

        assert answer.json()["error"]["code"] == "BUSINESS_RULE_VIOLATION"


class TestConfirmPayment:
    def test_a_good_card_confirms_the_registration_and_issues_tickets(self, api: Any) -> None:
        registration = register(api)

        answer = confirm(api, start(api, registration), "pm_card_visa")

        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "completed"
        after = api.get(f"/api/v1/registrations/{registration['id']}").json()
        assert (after["status"], after["payment"]["status"]) == ("confirmed", "paid")
        assert api.get(f"/api/v1/registrations/{registration['id']}/tickets").json()["data"]
        assert [e for e in events_of(api) if e != "registration.created"][-2:] == [
            "payment.completed",
            "registration.confirmed",
        ]

    def test_the_signed_webhook_alone_settles_it(self, api: Any) -> None:
        registration = register(api)
        payment = start(api, registration)

        answer = confirm(api, payment, "pm_card_async_success")
        assert answer.json()["status"] == "processing"
        api.advance("PT10S")

        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "completed"
        assert api.get(f"/api/v1/registrations/{registration['id']}").json()["status"] == "confirmed"
        history = api.get(f"/api/v1/payments/{payment['id']}/events").json()["data"]
        assert history[-1]["source"] == "provider"

    def test_a_late_failure_is_reported_too(self, api: Any) -> None:
        payment = start(api, register(api))
        confirm(api, payment, "pm_card_async_failure")

        api.advance("PT10S")

        after = api.get(f"/api/v1/payments/{payment['id']}").json()
        assert (after["status"], after["failure"]["declineCode"]) == ("failed", "generic_decline")

    @pytest.mark.parametrize(
        ("token", "code"),
        [
            ("pm_card_declined", "CARD_DECLINED"),
            ("pm_card_insufficient_funds", "INSUFFICIENT_FUNDS"),
            ("pm_card_expired", "EXPIRED_CARD"),
            ("pm_card_incorrect_cvc", "INCORRECT_CVC"),
            ("pm_card_processing_error", "PAYMENT_PROCESSING_ERROR"),
        ],
    )
    def test_every_decline_has_its_code(self, api: Any, token: str, code: str) -> None:
        payment = start(api, register(api))

        answer = confirm(api, payment, token)

        assert (answer.status_code, answer.json()["error"]["code"]) == (402, code)
        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "failed"
        assert events_of(api)[-1] == "payment.failed"

    def test_another_card_may_follow_a_decline(self, api: Any) -> None:
        payment = start(api, register(api))
        confirm(api, payment, "pm_card_declined")

        answer = confirm(api, payment, "pm_card_visa", attempt=2)

        assert (answer.status_code, answer.json()["status"]) == (200, "completed")

    def test_authentication_leads_to_the_bank_and_back(self, api: Any) -> None:
        registration = register(api)
        payment = start(api, registration)

        answer = confirm(api, payment, "pm_card_requires_action")

        assert answer.json()["error"]["code"] == "PAYMENT_AUTHENTICATION_REQUIRED"
        waiting = api.get(f"/api/v1/payments/{payment['id']}").json()
        assert waiting["status"] == "requires_action"
        api.post(f"{waiting['nextAction']['redirectUrl']}/approve")
        api.advance("PT1S")
        assert api.get(f"/api/v1/registrations/{registration['id']}").json()["status"] == "confirmed"

    def test_a_completed_payment_is_not_confirmed_again(self, api: Any) -> None:
        payment = start(api, register(api))
        confirm(api, payment, "pm_card_visa")

        answer = confirm(api, payment, "pm_card_visa", attempt=2)

        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "PAYMENT_ALREADY_COMPLETED")

    def test_silence_of_the_provider_leaves_it_processing_and_safe_to_repeat(
        self, api: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sandbox.connectors.stripe.TIMEOUT_SECONDS", 0.3)
        registration = register(api)
        payment = start(api, registration)

        answer = confirm(api, payment, "pm_card_timeout")

        assert (answer.status_code, answer.json()["error"]["code"]) == (504, "UPSTREAM_TIMEOUT")
        api.advance("PT1S")
        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "completed"
        assert api.get(f"/api/v1/registrations/{registration['id']}").json()["status"] == "confirmed"


class TestOfflinePayment:
    def test_cash_completes_it_at_once(self, api: Any) -> None:
        registration = register(api)
        payment = start(api, registration, provider="offline")

        answer = confirm(api, payment, "cash")

        assert answer.json()["status"] == "completed"
        assert api.get(f"/api/v1/registrations/{registration['id']}").json()["status"] == "confirmed"


class TestCapturePayment:
    def test_reserved_money_is_taken(self, api: Any) -> None:
        registration = register(api)
        payment = start(api, registration, captureMethod="manual")
        assert confirm(api, payment, "pm_card_visa").json()["status"] == "authorized"
        held = api.get(f"/api/v1/registrations/{registration['id']}").json()
        assert held["payment"]["status"] == "authorized"

        answer = api.post(f"/api/v1/payments/{payment['id']}/capture", headers=key("capture"))

        assert (answer.status_code, answer.json()["status"]) == (200, "completed")
        assert api.get(f"/api/v1/registrations/{registration['id']}").json()["status"] == "confirmed"

    def test_what_is_not_reserved_cannot_be_taken(self, api: Any) -> None:
        payment = start(api, register(api))

        answer = api.post(f"/api/v1/payments/{payment['id']}/capture", headers=key("capture"))

        assert answer.json()["error"]["code"] == "PAYMENT_NOT_CAPTURABLE"

    def test_the_reservation_ends_after_seven_days(self, api: Any) -> None:
        payment = start(api, register(api), captureMethod="manual")
        confirm(api, payment, "pm_card_visa")

        pass_days(api, "P8D")

        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "expired"

    def test_reserved_money_keeps_the_place_as_long_as_it_is_reserved(self, api: Any) -> None:
        registration = register(api)
        url = f"/api/v1/registrations/{registration['id']}"
        payment = start(api, registration, captureMethod="manual")
        held = confirm(api, payment, "pm_card_visa").json()
        assert (parse_instant(held["expiresAt"]) - parse_instant(held["authorizedAt"])).days == 7

        pass_days(api, "P6D", "registration")
        assert api.get(url).json()["status"] == "pending"
        pass_days(api, "P2D", "registration")
        given_up = api.get(url).json()

        assert (given_up["status"], given_up["cancellationReason"]) == ("cancelled", "payment_timeout")

    def test_the_place_goes_with_the_reservation(self, api: Any) -> None:
        registration = register(api)
        payment = start(api, registration, captureMethod="manual")
        confirm(api, payment, "pm_card_visa")
        pass_days(api, "PT2H", "registration")

        api.post(f"/api/v1/payments/{payment['id']}/cancel")
        api.advance("PT1S")

        after = api.get(f"/api/v1/registrations/{registration['id']}").json()
        assert (after["status"], after["payment"]["status"]) == ("cancelled", "unpaid")

    def test_a_part_that_was_taken_goes_back_when_the_rest_does_not_come(self, api: Any) -> None:
        registration = register(api)
        payment = start(api, registration, captureMethod="manual")
        confirm(api, payment, "pm_card_visa")
        pass_days(api, "PT2H", "registration")
        part = {"amount": {"amount": "50.00", "currency": "EUR"}}
        api.post(f"/api/v1/payments/{payment['id']}/capture", json=part, headers=key("part"))
        assert api.get(f"/api/v1/registrations/{registration['id']}").json()["status"] == "pending"

        pass_days(api, "PT2H", "registration")

        after = api.get(f"/api/v1/registrations/{registration['id']}").json()
        assert (after["status"], after["payment"]["status"]) == ("cancelled", "refunded")

    def test_money_that_is_reserved_too_late_is_let_go(self, api: Any) -> None:
        registration = register(api)
        payment = start(api, registration, captureMethod="manual")
        assert confirm(api, payment, "pm_card_async_success").json()["status"] == "processing"
        api.post(f"/api/v1/registrations/{registration['id']}/cancel", json={"reason": "Ill"})

        api.advance("PT5S")

        history = api.get(f"/api/v1/payments/{payment['id']}/events").json()["data"]
        assert [line["toStatus"] for line in history] == ["created", "processing", "authorized", "expired"]
        with api.workspace.transaction() as tx:
            intent = tx.need("stripe.payment_intent", payment["providerRef"])
        assert intent["status"] == "canceled"


class TestCancelPayment:
    def test_it_is_given_up_here_and_at_the_provider(self, api: Any) -> None:
        payment = start(api, register(api))

        answer = api.post(f"/api/v1/payments/{payment['id']}/cancel", json={"reason": "No longer wanted"})

        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
        with api.workspace.transaction() as tx:
            assert tx.need("stripe.payment_intent", payment["providerRef"])["status"] == "canceled"

    @pytest.mark.parametrize(("provider", "method"), [("stripe", "pm_card_visa"), ("offline", "cash")])
    def test_it_is_not_tried_again(self, api: Any, provider: str, method: str) -> None:
        payment = start(api, register(api), provider=provider)
        address = f"/api/v1/payments/{payment['id']}"
        given_up = api.post(f"{address}/cancel").json()

        answer = confirm(api, payment, method)

        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "INVALID_STATE_TRANSITION")
        assert api.get(address).json() == given_up

    def test_a_completed_one_is_not(self, api: Any) -> None:
        payment = start(api, register(api))
        confirm(api, payment, "pm_card_visa")

        answer = api.post(f"/api/v1/payments/{payment['id']}/cancel")

        assert answer.json()["error"]["code"] == "INVALID_STATE_TRANSITION"

    def test_a_cancelled_registration_ends_its_payments(self, api: Any) -> None:
        registration = register(api)
        payment = start(api, registration)

        api.post(f"/api/v1/registrations/{registration['id']}/cancel", json={"reason": "Changed my mind"})
        api.advance("PT1S")

        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "expired"
        with api.workspace.transaction() as tx:
            assert tx.need("stripe.payment_intent", payment["providerRef"])["status"] == "canceled"


class TestListPayments:
    def test_they_are_found_by_subject(self, api: Any) -> None:
        payment = start(api, register(api))

        found = api.get("/api/v1/payments", params={"subjectId": payment["subject"]["id"]}).json()["data"]

        assert [one["id"] for one in found] == [payment["id"]]


class TestDispute:
    def test_it_follows_after_an_hour(self, api: Any) -> None:
        payment = start(api, register(api))
        assert confirm(api, payment, "pm_card_dispute").json()["status"] == "completed"

        api.advance("PT1H1S")

        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "disputed"
        assert events_of(api)[-1] == "payment.disputed"


class TestConcurrency:
    def test_one_of_many_attempts_at_once_pays(self, api: Any) -> None:
        registration = register(api)
        payment = start(api, registration)

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda n: confirm(api, payment, "pm_card_visa", n), range(8)))

        codes = sorted(answer.status_code for answer in answers)
        assert codes == [200] + [409] * 7
        assert events_of(api).count("payment.completed") == 1
        assert len(api.get(f"/api/v1/registrations/{registration['id']}/tickets").json()["data"]) == 1

    def test_two_payments_for_one_registration_leave_one(self, api: Any) -> None:
        registration = register(api)
        first = start(api, registration)
        body = {"subject": {"type": "registration", "id": registration["id"]}, "provider": "stripe"}
        second = api.post("/api/v1/payments", json=body, headers=key("second")).json()

        confirm(api, first, "pm_card_visa")
        confirm(api, second, "pm_card_visa")
        api.advance("PT1S")

        states = {
            one: api.get(f"/api/v1/payments/{one}").json()["status"] for one in (first["id"], second["id"])
        }
        assert states == {first["id"]: "completed", second["id"]: "refunded"}
        after = api.get(f"/api/v1/registrations/{registration['id']}").json()
        assert (after["status"], after["payment"]["status"]) == ("confirmed", "paid")


class TestInterrupted:
    def test_an_attempt_that_was_cut_off_is_taken_up_again(self, api: Any) -> None:
        payment = start(api, register(api))
        with api.workspace.transaction() as tx:
            stored = tx.need("payment", payment["id"])
            tx.put(
                "payment", {**stored, "status": "processing", "paymentMethod": "pm_card_visa", "_attempts": 1}
            )
        assert confirm(api, payment, "pm_card_visa", 1).status_code == 409

        api.advance("PT2M")

        assert confirm(api, payment, "pm_card_visa", 2).json()["status"] == "completed"


class TestCausality:
    def test_one_correlation_runs_from_the_call_to_the_confirmation(self, api: Any) -> None:
        payment = start(api, register(api))
        correlation = "11111111-2222-4333-8444-555555555555"
        headers = {**key("c"), "X-Correlation-ID": correlation}

        api.post(
            f"/api/v1/payments/{payment['id']}/confirm",
            json={"paymentMethod": "pm_card_visa"},
            headers=headers,
        )

        with api.workspace.transaction() as tx:
            caused = [event["type"] for event in tx.find("outbox") if event["correlationId"] == correlation]
        assert caused == ["payment.completed", "registration.confirmed"]
