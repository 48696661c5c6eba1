"""Refunds, through the vendor's SDK."""

from typing import Any

import pytest
import stripe

EUR = {"amount": 1999, "currency": "eur", "payment_method_types": ["card"], "confirm": True}


def paid(sdk: stripe.StripeClient, method: str = "pm_card_visa", **more: Any) -> stripe.PaymentIntent:
    return sdk.v1.payment_intents.create({**EUR, "payment_method": method, **more})


class TestCreate:
    def test_all_that_was_taken_goes_back(self, sdk: stripe.StripeClient) -> None:
        intent = paid(sdk)

        refund = sdk.v1.refunds.create({"payment_intent": intent.id})

        assert (refund.status, refund.amount, refund.charge) == ("succeeded", 1999, intent.latest_charge)
        assert sdk.v1.charges.retrieve(intent.latest_charge).refunded

    def test_parts_add_up(self, sdk: stripe.StripeClient) -> None:
        intent = paid(sdk)
        sdk.v1.refunds.create({"charge": intent.latest_charge, "amount": 500})

        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 1500})

        assert (refused.value.param, refused.value.code) == ("amount", None)
        assert sdk.v1.refunds.create({"payment_intent": intent.id}).amount == 1499

    def test_nothing_is_left_after_all_of_it(self, sdk: stripe.StripeClient) -> None:
        intent = paid(sdk)
        sdk.v1.refunds.create({"payment_intent": intent.id})

        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.refunds.create({"payment_intent": intent.id})

        assert refused.value.code == "charge_already_refunded"

    def test_what_was_not_taken_cannot_go_back(self, sdk: stripe.StripeClient) -> None:
        intent = paid(sdk, capture_method="manual")

        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.refunds.create({"payment_intent": intent.id})

        assert (refused.value.code, refused.value.param) == (None, None)

    def test_the_charge_counts_its_refunds(self, sdk: stripe.StripeClient) -> None:
        intent = paid(sdk)
        made = sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 1})

        charge = sdk.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})

        assert charge.amount_refunded == 1
        assert [one.id for one in charge.refunds.data] == [made.id]
        assert [one.id for one in sdk.v1.refunds.list({"charge": charge.id}).data] == [made.id]


class TestSettling:
    def test_a_pending_one_succeeds_later(self, sdk: stripe.StripeClient, api: Any) -> None:
        refund = sdk.v1.refunds.create({"payment_intent": paid(sdk, "pm_card_pendingRefund").id})
        assert refund.status == "pending"

        api.advance("PT5S")

        assert sdk.v1.refunds.retrieve(refund.id).status == "succeeded"

    def test_one_that_fails_gives_the_money_back_to_the_charge(
        self, sdk: stripe.StripeClient, api: Any
    ) -> None:
        intent = paid(sdk, "pm_card_refundFail")
        refund = sdk.v1.refunds.create({"payment_intent": intent.id})
        assert refund.status == "succeeded"

        api.advance("PT5S")

        assert sdk.v1.refunds.retrieve(refund.id).failure_reason == "expired_or_canceled_card"
        assert sdk.v1.charges.retrieve(intent.latest_charge).amount_refunded == 0


class TestUpdate:
    def test_metadata_can_change(self, sdk: stripe.StripeClient) -> None:
        refund = sdk.v1.refunds.create({"payment_intent": paid(sdk).id})

        assert sdk.v1.refunds.update(refund.id, {"metadata": {"a": "b"}}).metadata["a"] == "b"
