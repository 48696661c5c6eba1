"""Events and their signed delivery, verified by the vendor's own code."""

import contextlib
import json
from typing import Any

import pytest
import stripe

from mocks.stripe.signatures import signature_header

BIN = "/inspect/{bin}/stripe"
EUR = {"amount": 1999, "currency": "eur", "payment_method_types": ["card"]}


@pytest.fixture(name="bin_id")
def _bin_id(api: Any) -> str:
    answer = api.control.post("/sandbox/v1/inspector/bins", json={"name": "Stripe's events"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def received(api: Any, bin_id: str) -> list[dict[str, Any]]:
    """What the inspector caught, oldest first."""
    return sorted(
        api.control.get(f"/sandbox/v1/inspector/bins/{bin_id}/requests").json()["data"],
        key=lambda one: one["sequence"],
    )


class TestEvents:
    def test_a_payment_leaves_its_events(self, sdk: stripe.StripeClient) -> None:
        sdk.v1.payment_intents.create({**EUR, "payment_method": "pm_card_visa", "confirm": True})

        kinds = [event.type for event in sdk.v1.events.list().data]

        assert kinds == ["payment_intent.succeeded", "charge.succeeded", "payment_intent.created"]

    def test_an_event_is_a_snapshot(self, sdk: stripe.StripeClient) -> None:
        intent = sdk.v1.payment_intents.create(EUR)
        sdk.v1.payment_intents.cancel(intent.id)

        [event] = sdk.v1.events.list({"type": "payment_intent.created"}).data

        assert event.data.object["status"] == "requires_payment_method"
        assert sdk.v1.events.retrieve(event.id).id == event.id
        assert event.request.idempotency_key

    @pytest.mark.parametrize(
        ("card", "kinds"),
        [
            ("pm_card_chargeDeclined", ["payment_intent.payment_failed", "charge.failed"]),
            ("pm_card_authenticationRequired", ["payment_intent.requires_action"]),
            ("pm_sandbox_settlesLater", ["payment_intent.processing"]),
        ],
    )
    def test_every_outcome_has_its_own(self, sdk: stripe.StripeClient, card: str, kinds: list[str]) -> None:
        with contextlib.suppress(stripe.CardError):
            sdk.v1.payment_intents.create({**EUR, "payment_method": card, "confirm": True})

        assert [event.type for event in sdk.v1.events.list().data][:-1] == kinds


class TestEndpoints:
    def test_the_secret_is_shown_once(self, sdk: stripe.StripeClient) -> None:
        made = sdk.v1.webhook_endpoints.create({"url": "https://shop.example/hook", "enabled_events": ["*"]})

        assert made.secret.startswith("whsec_")
        read = sdk.v1.webhook_endpoints.retrieve(made.id)
        assert getattr(read, "secret", None) is None
        assert sdk.v1.webhook_endpoints.update(made.id, {"disabled": True}).status == "disabled"
        assert sdk.v1.webhook_endpoints.delete(made.id).deleted

    def test_a_url_must_be_one(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.webhook_endpoints.create({"url": "nowhere", "enabled_events": ["*"]})

        assert (refused.value.code, refused.value.param) == ("url_invalid", "url")


class TestDelivery:
    def test_events_arrive_in_order_and_verify(self, sdk: stripe.StripeClient, api: Any, bin_id: str) -> None:
        url = f"{api.server.url}/w/{api.workspace_id}/inspect/{bin_id}/stripe"
        endpoint = sdk.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})

        sdk.v1.payment_intents.create({**EUR, "payment_method": "pm_card_visa", "confirm": True})
        api.advance("PT1S")

        caught = received(api, bin_id)
        assert [json.loads(one["bodyText"])["type"] for one in caught] == [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
        ]
        for one in caught:
            header = one["headers"]["stripe-signature"]
            event = stripe.Webhook.construct_event(
                one["bodyText"].encode(), header, endpoint.secret, tolerance=10**9
            )
            assert sdk.v1.events.retrieve(event.id).pending_webhooks == 0

    def test_a_wrong_secret_does_not_verify(self) -> None:
        header = signature_header(["whsec_a"], 1_700_000_000, b"{}")

        stripe.WebhookSignature.verify_header("{}", header, "whsec_a")
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header("{}", header, "whsec_b")
