"""Early fraud warnings as the vendor's SDK answers them."""

from typing import Any

import stripe

EUR: Any = {"amount": 5000, "currency": "eur", "confirm": True, "payment_method_types": ["card"]}
PREFIX = "radar.early_fraud_warning"


def reported(sdk: stripe.StripeClient) -> tuple[stripe.PaymentIntent, stripe.radar.EarlyFraudWarning]:
    """A payment that the issuer reports, and the report."""
    intent = sdk.v1.payment_intents.create({**EUR, "payment_method": "pm_card_createIssuerFraudRecord"})
    [warning] = sdk.v1.radar.early_fraud_warnings.list({"payment_intent": intent.id}).data
    return intent, warning


def types(sdk: stripe.StripeClient) -> list[str]:
    found = sdk.v1.events.list({"limit": 100}).data
    return [one.type for one in reversed(found) if one.type.startswith(PREFIX)]


class TestWarnings:
    def test_the_card_pays_and_is_reported(self, sdk: stripe.StripeClient) -> None:
        intent, warning = reported(sdk)

        assert (intent.status, warning.actionable, warning.fraud_type) == ("succeeded", True, "misc")
        assert (warning.charge, types(sdk)) == (intent.latest_charge, [f"{PREFIX}.created"])
        assert sdk.v1.radar.early_fraud_warnings.retrieve(warning.id) == warning

    def test_nothing_is_to_be_done_after_a_refund_of_all(self, sdk: stripe.StripeClient) -> None:
        intent, warning = reported(sdk)

        sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
        assert sdk.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable
        sdk.v1.refunds.create({"payment_intent": intent.id})

        assert not sdk.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable
        assert types(sdk) == [f"{PREFIX}.created", f"{PREFIX}.updated"]

    def test_its_charge_can_be_expanded(self, sdk: stripe.StripeClient) -> None:
        _, warning = reported(sdk)
        found = sdk.v1.radar.early_fraud_warnings.retrieve(warning.id, {"expand": ["charge"]})
        assert not isinstance(found.charge, str)
        assert found.charge.amount == 5000
