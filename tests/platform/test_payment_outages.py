"""When the provider is down or its answer is lost: the specified error, and nothing lost or done twice."""

from typing import Any

import pytest

from sandbox.platform.payment_opening import open_intent
from sandbox.platform.registration_ends import cancel
from tests.platform.cash_desk import confirm, key, paid, register, start


def break_stripe(api: Any, **action: Any) -> None:
    """The next call to the provider goes wrong."""
    fault = {"match": {"provider": "stripe"}, "action": {"type": "respond", **action}, "times": 1}
    answer = api.control.post("/sandbox/v1/faults", json=fault)
    assert answer.status_code == 201, answer.text


class TestOutage:
    @pytest.mark.parametrize(
        ("status", "expected", "code"),
        [(500, 502, "UPSTREAM_ERROR"), (503, 502, "UPSTREAM_ERROR"), (401, 502, "INTEGRATION_AUTH_FAILED")],
    )
    def test_a_payment_is_not_started(self, api: Any, status: int, expected: int, code: str) -> None:
        registration = register(api)
        break_stripe(api, status=status)
        body = {"subject": {"type": "registration", "id": registration["id"]}, "provider": "stripe"}

        answer = api.post("/api/v1/payments", json=body, headers=key("1"))

        assert (answer.status_code, answer.json()["error"]["code"]) == (expected, code)
        assert api.post("/api/v1/payments", json=body, headers=key("1")).status_code == 201

    def test_what_ended_while_a_payment_was_begun_leaves_none_open(
        self, api: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        registration = register(api)

        async def slowly(call: Any, draft: Any) -> dict[str, Any]:
            with call.transaction() as tx:
                cancel(tx, tx.need("registration", registration["id"]), "Ill", None)
            return await open_intent(call, draft)

        monkeypatch.setattr("sandbox.platform.payments.open_intent", slowly)
        payment = start(api, registration)
        api.advance("PT1S")

        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "expired"
        with api.workspace.transaction() as tx:
            assert tx.need("stripe.payment_intent", payment["providerRef"])["status"] == "canceled"

    def test_a_confirmation_can_be_repeated(self, api: Any) -> None:
        payment = start(api, register(api))
        break_stripe(api, status=503)

        answer = confirm(api, payment, "pm_card_visa")

        assert (answer.status_code, answer.json()["error"]["code"]) == (502, "UPSTREAM_ERROR")
        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "created"
        assert confirm(api, payment, "pm_card_visa").json()["status"] == "completed"

    def test_a_lost_answer_does_not_charge_twice(self, api: Any) -> None:
        payment = start(api, register(api))
        fault = {
            "match": {"operationIds": ["confirmPayment"]},
            "action": {"type": "respond", "status": 503},
            "phase": "after",
            "times": 1,
        }
        assert api.control.post("/sandbox/v1/faults", json=fault).status_code == 201

        assert confirm(api, payment, "pm_card_visa").status_code == 503
        assert confirm(api, payment, "pm_card_visa").json()["status"] == "completed"

        with api.workspace.transaction() as tx:
            assert tx.count("stripe.charge", {"payment_intent": payment["providerRef"]}) == 1

    def test_a_refund_nobody_waits_for_is_tried_again(self, api: Any) -> None:
        payment = paid(api)
        break_stripe(api, status=503)

        address = f"/api/v1/registrations/{payment['subject']['id']}/cancel"
        api.post(address, json={"reason": "Cannot come", "refund": "full"})
        api.advance("PT30S")
        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "completed"
        api.advance("PT1M")

        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "refunded"
