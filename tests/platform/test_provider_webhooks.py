"""The provider's webhooks: only what is signed is believed, and repeating or reordering it does no harm."""

import hmac
import json
from hashlib import sha256
from typing import Any

import pytest

from sandbox.connectors.stripe import WEBHOOK_SECRET
from tests.platform.cash_desk import confirm, register, start

ADDRESS = "/api/v1/provider-webhooks/stripe"


def signed(api: Any, event: dict[str, Any], secret: str = WEBHOOK_SECRET, age: int = 0) -> Any:
    body = json.dumps(event).encode()
    at = int(api.workspace.now().timestamp()) - age
    value = hmac.new(secret.encode(), b"%d." % at + body, sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={at},v1={value},v0=decoy", "Content-Type": "application/json"}
    return api.anonymous.post(ADDRESS, content=body, headers=headers)


def report(payment: dict[str, Any], status: str, **more: Any) -> dict[str, Any]:
    intent = {"object": "payment_intent", "id": payment["providerRef"], "status": status, **more}
    return {"id": "evt_1", "object": "event", "type": "payment_intent.any", "data": {"object": intent}}


class TestReceiveProviderWebhook:
    def test_a_signed_success_settles_the_payment(self, api: Any) -> None:
        registration = register(api)
        payment = start(api, registration)

        answer = signed(api, report(payment, "succeeded", amount_received=19900))

        assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "completed"
        assert api.get(f"/api/v1/registrations/{registration['id']}").json()["status"] == "confirmed"

    def test_saying_it_twice_changes_nothing(self, api: Any) -> None:
        payment = start(api, register(api))
        signed(api, report(payment, "succeeded", amount_received=19900))
        before = api.get(f"/api/v1/payments/{payment['id']}").json()

        signed(api, report(payment, "succeeded", amount_received=19900))

        assert api.get(f"/api/v1/payments/{payment['id']}").json() == before

    def test_a_late_failure_does_not_undo_a_success(self, api: Any) -> None:
        payment = start(api, register(api))
        confirm(api, payment, "pm_card_visa")

        error = {"code": "card_declined", "message": "No"}
        signed(api, report(payment, "requires_payment_method", last_payment_error=error))

        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "completed"

    @pytest.mark.parametrize(
        ("secret", "age"), [("whsec_other", 0), (WEBHOOK_SECRET, 301), (WEBHOOK_SECRET, -400)]
    )
    def test_a_wrong_or_old_signature_is_refused(self, api: Any, secret: str, age: int) -> None:
        payment = start(api, register(api))

        answer = signed(api, report(payment, "succeeded", amount_received=19900), secret, age)

        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_PROVIDER_SIGNATURE")
        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "created"

    @pytest.mark.parametrize("header", [None, "", "t=1", "v1=ab", "t=x,v1=ab", "t=1,v1=é"])
    def test_a_malformed_signature_is_refused(self, api: Any, header: str | None) -> None:
        headers = {} if header is None else {"Stripe-Signature": header.encode()}

        answer = api.anonymous.post(ADDRESS, json={"id": "evt_1"}, headers=headers)

        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_PROVIDER_SIGNATURE")

    @pytest.mark.parametrize("event", [{}, {"data": 1}, {"data": {"object": {"object": "payment_intent"}}}])
    def test_what_is_not_ours_is_accepted_and_forgotten(self, api: Any, event: dict[str, Any]) -> None:
        assert signed(api, event).status_code == 202
