"""Payment subscriptions: charged by due work, tried again, given up, cancelled."""

from typing import Any

import pytest

from tests.platform.cash_desk import attach, key
from tests.platform.ledger import assert_balanced, pass_days, records

PLAN = {"name": "Supporter", "amount": {"amount": "9.00", "currency": "EUR"}, "interval": "month"}


def subscribe(api: Any, card: str = "pm_card_visa", **body: Any) -> Any:
    method = attach(api, card).json()["id"]
    asked = {"plan": PLAN, "paymentMethodId": method, **body}
    return api.post("/api/v1/payment-subscriptions", json=asked, headers=key("s"))


def read(api: Any, subscription: dict[str, Any]) -> dict[str, Any]:
    return api.get(f"/api/v1/payment-subscriptions/{subscription['id']}").json()  # type: ignore[no-any-return]


@pytest.fixture(name="ada")
def _ada(api: Any) -> Any:
    return api.persona("attendee")


class TestCreatePaymentSubscription:
    def test_the_first_period_is_charged_at_once(self, ada: Any) -> None:
        answer = subscribe(ada)

        subscription = answer.json()
        assert answer.status_code == 201, answer.text
        assert (subscription["status"], subscription["nextChargeAt"][:10]) == ("active", "2026-12-18")
        payment = ada.get(f"/api/v1/payments/{subscription['lastPaymentId']}").json()
        assert (payment["status"], payment["amount"]) == ("completed", PLAN["amount"])
        assert payment["subject"] == {"type": "payment_subscription", "id": subscription["id"]}
        written = records(ada, paymentId=payment["id"])
        assert [one["type"] for one in written] == ["charge", "fee"]
        assert_balanced(written)

    def test_a_declined_card_starts_none(self, ada: Any) -> None:
        answer = subscribe(ada, "pm_card_chargeCustomerFail")

        assert (answer.status_code, answer.json()["error"]["code"]) == (402, "CARD_DECLINED")
        assert ada.get("/api/v1/payment-subscriptions").json()["data"] == []

    def test_with_a_trial_nothing_is_charged_before_it_ends(self, api: Any, ada: Any) -> None:
        subscription = subscribe(ada, trialDays=10).json()
        assert (subscription["status"], subscription["lastPaymentId"]) == ("trialing", None)

        pass_days(api, "P10DT1S")

        after = read(api, subscription)
        assert after["status"] == "active"
        assert after["nextChargeAt"][:10] == "2026-12-28"

    def test_anothers_card_is_not_known(self, api: Any, ada: Any) -> None:
        method = attach(api, userId=api.fixture("user.attendee_other")).json()["id"]
        body = {"plan": PLAN, "paymentMethodId": method}

        answer = ada.post("/api/v1/payment-subscriptions", json=body, headers=key("s"))

        assert answer.json()["error"]["code"] == "BUSINESS_RULE_VIOLATION"


class TestCharging:
    def test_every_month_is_charged(self, api: Any, ada: Any) -> None:
        subscription = subscribe(ada).json()

        pass_days(api, "P92D")

        query = {"subjectId": subscription["id"], "pageSize": 100}
        paid = api.get("/api/v1/payments", params=query).json()["data"]
        assert [one["status"] for one in paid] == ["completed"] * 4
        assert read(api, subscription)["nextChargeAt"][:10] == "2027-03-18"

    def test_what_fails_is_tried_again_and_given_up(self, api: Any, ada: Any) -> None:
        subscription = subscribe(ada, "pm_card_chargeCustomerFail", trialDays=1).json()
        statuses = []
        for duration in ("P1DT1S", "P1DT1S", "P3DT1S", "P5DT1S"):
            pass_days(api, duration)
            after = read(api, subscription)
            statuses.append((after["status"], after["failedCharges"]))

        assert statuses == [("past_due", 1), ("past_due", 2), ("past_due", 3), ("cancelled", 3)]
        tried = api.get("/api/v1/payments", params={"subjectId": subscription["id"]}).json()["data"]
        assert [one["status"] for one in tried] == ["failed"] * 4


class TestCancelPaymentSubscription:
    def test_it_stops_at_once(self, api: Any, ada: Any) -> None:
        subscription = subscribe(ada).json()
        address = f"/api/v1/payment-subscriptions/{subscription['id']}/cancel"

        cancelled = ada.post(address, json={"reason": "Enough"}).json()
        pass_days(api, "P40D")

        assert (cancelled["status"], cancelled["nextChargeAt"]) == ("cancelled", None)
        paid = api.get("/api/v1/payments", params={"subjectId": subscription["id"]}).json()["data"]
        assert len(paid) == 1
        again = api.post(address)
        assert again.json()["error"]["code"] == "INVALID_STATE_TRANSITION"

    def test_strangers_find_none(self, api: Any, ada: Any) -> None:
        subscription = subscribe(ada).json()

        other = api.persona("attendee_other")
        assert other.get(f"/api/v1/payment-subscriptions/{subscription['id']}").status_code == 404

    @pytest.mark.parametrize("trial", [0, 3])
    def test_its_card_is_kept_until_then(self, ada: Any, trial: int) -> None:
        subscription = subscribe(ada, trialDays=trial).json()

        assert ada.delete(f"/api/v1/payment-methods/{subscription['paymentMethodId']}").status_code == 409

    def test_who_is_erased_pays_no_more(self, api: Any) -> None:
        subscription = subscribe(api.persona("erasable"), trialDays=3).json()
        body = {"type": "erasure", "subject": {"type": "user", "id": api.fixture("user.erasable")}}
        request = api.post("/api/v1/privacy/requests", json=body).json()
        api.post(f"/api/v1/privacy/requests/{request['id']}/verify", json={"code": "123456"})
        api.advance("PT1S")

        with api.workspace.transaction() as tx:
            stopped = tx.need("payment_subscription", subscription["id"])
            assert tx.count("agenda", {"subject": subscription["id"]}) == 0
        assert (stopped["status"], stopped["cancellationReason"]) == ("cancelled", "erasure")
        done = api.get(f"/api/v1/privacy/requests/{request['id']}").json()
        assert "paymentSubscriptions" in {each["collection"] for each in done["results"]}
