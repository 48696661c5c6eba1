"""The SDK's own annotations as the schema of what the mock answers: no member unknown, none missing."""

from typing import Any

import pytest
import stripe

CLASSES: dict[str, type[Any]] = {
    "payment_intents": stripe.PaymentIntent,
    "charges": stripe.Charge,
    "refunds": stripe.Refund,
    "customers": stripe.Customer,
    "payment_methods": stripe.PaymentMethod,
    "events": stripe.Event,
    "webhook_endpoints": stripe.WebhookEndpoint,
    "disputes": stripe.Dispute,
}


def faults(cls: type[Any], shown: dict[str, Any], path: str) -> list[str]:
    """Where an object and the class that the SDK has for it disagree."""
    found = []
    known = {name: str(kind) for name, kind in cls.__annotations__.items() if "ClassVar" not in str(kind)}
    found += [f"{path}.{name} is unknown" for name in shown if name not in known]
    for name, kind in known.items():
        if name not in shown:
            found += [f"{path}.{name} is missing"] if "None" not in kind and "Optional" not in kind else []
            continue
        found += _nested(cls, name, shown[name], f"{path}.{name}")
    return found


def _nested(cls: type[Any], name: str, value: Any, path: str) -> list[str]:
    """Inner classes carry the member's name in capitals."""
    inner = getattr(cls, "".join(part.capitalize() for part in name.split("_")), None)
    if not isinstance(value, dict) or inner is None or not getattr(inner, "__annotations__", None):
        return []
    return faults(inner, value, path)


@pytest.fixture(name="filled")
def _filled(sdk: stripe.StripeClient) -> stripe.StripeClient:
    """An account in which every kind of object exists."""
    card = {"amount": 1999, "currency": "eur", "payment_method_types": ["card"], "confirm": True}
    intent = sdk.v1.payment_intents.create({**card, "payment_method": "pm_card_visa"})
    sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 10})
    sdk.v1.payment_intents.create({**card, "payment_method": "pm_card_createDispute"})
    sdk.v1.payment_intents.create({**card, "payment_method": "pm_card_createIssuerFraudRecord"})
    sdk.v1.payment_intents.create(
        {**card, "payment_method": "pm_card_authenticationRequired", "return_url": "https://shop.example"}
    )
    sdk.v1.customers.create({"payment_method": "pm_card_visa", "email": "ada@example.com"})
    return sdk


class TestShapes:
    @pytest.mark.parametrize("plural", [name for name in CLASSES if name != "payment_methods"])
    def test_lists_hold_what_the_sdk_knows(self, filled: stripe.StripeClient, plural: str) -> None:
        listed = getattr(filled.v1, plural).list().to_dict()["data"]

        assert listed
        assert [fault for one in listed for fault in faults(CLASSES[plural], one, plural)] == []

    def test_payment_methods_too(self, filled: stripe.StripeClient) -> None:
        customer = filled.v1.customers.list().data[0]
        [method] = filled.v1.payment_methods.list({"customer": customer.id}).to_dict()["data"]

        assert faults(stripe.PaymentMethod, method, "payment_method") == []

    def test_fraud_warnings_too(self, filled: stripe.StripeClient) -> None:
        [warning] = filled.v1.radar.early_fraud_warnings.list().to_dict()["data"]

        assert faults(stripe.radar.EarlyFraudWarning, warning, "warning") == []

    def test_a_card_error_too(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.CardError) as declined:
            sdk.v1.payment_intents.create(
                {
                    "amount": 1999,
                    "currency": "eur",
                    "payment_method_types": ["card"],
                    "confirm": True,
                    "payment_method": "pm_card_chargeDeclined",
                }
            )

        error = declined.value.json_body["error"]
        assert faults(stripe.PaymentIntent, error["payment_intent"], "payment_intent") == []
        assert set(error) <= set(stripe.ErrorObject.__annotations__) | {"advice_code"}
