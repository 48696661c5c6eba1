"""Payment methods: kept at the provider, used for what is started afterwards, forgotten."""

from typing import Any

import pytest

from tests.platform.cash_desk import attach, confirm, key, register


def customer(api: Any) -> str:
    return str(api.fixture("customer.unicode"))


class TestAttachPaymentMethod:
    def test_the_provider_keeps_it(self, api: Any) -> None:
        owner = customer(api)

        answer = attach(api, customerId=owner)

        method = answer.json()
        assert answer.status_code == 201, answer.text
        assert (method["brand"], method["last4"], method["isDefault"]) == ("visa", "4242", True)
        with api.workspace.transaction() as tx:
            kept = tx.need("stripe.payment_method", method["token"])
            assert kept["customer"] == tx.need("payer", owner)["customerRef"]

    def test_one_is_the_default(self, api: Any) -> None:
        first = attach(api, customerId=customer(api)).json()
        second = attach(api, "pm_card_mastercard", customerId=customer(api), isDefault=True).json()
        attach(api, "pm_card_amex", customerId=customer(api))

        found = api.get("/api/v1/payment-methods", params={"customerId": customer(api)}).json()["data"]

        assert [one["id"] for one in found if one["isDefault"]] == [second["id"]]
        assert first["id"] in [one["id"] for one in found]

    @pytest.mark.parametrize(
        ("token", "status", "code"),
        [
            ("pm_card_declined", 402, "CARD_DECLINED"),
            ("pm_card_expired", 402, "EXPIRED_CARD"),
            ("pm_nothing_like_it", 422, "BUSINESS_RULE_VIOLATION"),
        ],
    )
    def test_a_card_that_cannot_be_kept_is_refused(
        self, api: Any, token: str, status: int, code: str
    ) -> None:
        answer = attach(api, token, customerId=customer(api))

        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)

    def test_card_numbers_are_refused(self, api: Any) -> None:
        answer = attach(api, customerId=customer(api), metadata={"card": "4242424242424242"})

        assert answer.json()["error"]["code"] == "RAW_CARD_DATA_FORBIDDEN"

    def test_machines_say_for_whom(self, api: Any) -> None:
        both = {"userId": api.fixture("user.attendee"), "customerId": customer(api)}

        for named in ({}, both):
            assert attach(api, **named).json()["error"]["code"] == "BUSINESS_RULE_VIOLATION"

    def test_attendees_keep_their_own(self, api: Any) -> None:
        ada, other = api.persona("attendee"), api.fixture("user.attendee_other")

        assert attach(ada, userId=other).json()["error"]["code"] == "BUSINESS_RULE_VIOLATION"
        mine = attach(ada).json()
        strangers = attach(api, userId=other).json()

        assert mine["userId"] == api.fixture("user.attendee")
        seen = [one["id"] for one in ada.get("/api/v1/payment-methods").json()["data"]]
        assert mine["id"] in seen
        assert strangers["id"] not in seen
        assert ada.delete(f"/api/v1/payment-methods/{strangers['id']}").status_code == 404


class TestPaying:
    def test_what_is_kept_pays_again_and_again(self, api: Any) -> None:
        ada = api.persona("attendee")
        token = attach(ada).json()["token"]
        registrations = [register(ada, name) for name in ("Ada One", "Ida Two")]

        for number, registration in enumerate(registrations):
            subject = {"type": "registration", "id": registration["id"]}
            body = {"subject": subject, "provider": "stripe"}
            payment = ada.post("/api/v1/payments", json=body, headers=key(f"p{number}")).json()

            assert confirm(ada, payment, token).json()["status"] == "completed"

    def test_what_was_kept_later_pays_too(self, api: Any) -> None:
        ada = api.persona("attendee")
        subject = {"type": "registration", "id": register(ada, "Ada Early")["id"]}
        body = {"subject": subject, "provider": "stripe"}
        payment = ada.post("/api/v1/payments", json=body, headers=key("1")).json()
        kept = attach(api, customerId=customer(api)).json()["token"]

        refused = confirm(ada, payment, kept)
        paid = confirm(api, payment, kept)

        assert refused.json()["error"]["code"] == "BUSINESS_RULE_VIOLATION"
        assert paid.json()["status"] == "completed"


class TestDetachPaymentMethod:
    def test_it_is_forgotten_here_and_there(self, api: Any) -> None:
        first = attach(api, customerId=customer(api)).json()
        second = attach(api, customerId=customer(api)).json()

        assert api.delete(f"/api/v1/payment-methods/{first['id']}").status_code == 204

        [left] = api.get("/api/v1/payment-methods", params={"customerId": customer(api)}).json()["data"]
        assert (left["id"], left["isDefault"]) == (second["id"], True)
        with api.workspace.transaction() as tx:
            assert tx.need("stripe.payment_method", first["token"])["customer"] is None
        assert api.delete(f"/api/v1/payment-methods/{first['id']}").status_code == 404

    def test_not_while_something_is_to_be_paid_with_it(self, api: Any) -> None:
        ada = api.persona("attendee")
        method = attach(ada).json()
        subject = {"type": "registration", "id": register(ada)["id"]}
        body = {"subject": subject, "provider": "stripe", "paymentMethod": method["token"]}
        assert ada.post("/api/v1/payments", json=body, headers=key("1")).status_code == 201

        answer = ada.delete(f"/api/v1/payment-methods/{method['id']}")

        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "RESOURCE_IN_USE")
