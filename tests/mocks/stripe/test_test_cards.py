"""The documented test cards: each row of the table does at the socket what it says."""

from pathlib import Path

import pytest
import stripe

import mocks.stripe
from mocks.stripe.test_cards import CARDS, TestCard, is_luhn, table

EUR = {"amount": 1999, "currency": "eur", "payment_method_types": ["card"], "confirm": True}
DECLINING = [card for card in CARDS if card.decline and not card.authenticate and not card.settles]
UNKNOWN = [card for card in CARDS if not card.attach]


def named(card: TestCard) -> str:
    return card.tokens[0]


class TestTable:
    @pytest.mark.parametrize("card", CARDS, ids=named)
    def test_every_number_passes_the_check(self, card: TestCard) -> None:
        assert is_luhn(card.number)

    def test_no_token_stands_twice(self) -> None:
        tokens = [token for card in CARDS for token in card.tokens]

        assert len(tokens) == len(set(tokens))


class TestCharging:
    @pytest.mark.parametrize("card", DECLINING, ids=named)
    def test_a_decline_says_why(self, sdk: stripe.StripeClient, card: TestCard) -> None:
        assert card.decline is not None

        with pytest.raises(stripe.CardError) as declined:
            sdk.v1.payment_intents.create({**EUR, "payment_method": card.tokens[0]})

        error = declined.value.error
        assert (declined.value.http_status, declined.value.code) == (402, card.decline.code)
        assert error.decline_code == card.decline.decline_code
        assert (getattr(error, "param", None) or None) == card.decline.param
        assert error.payment_intent.status == "requires_payment_method"
        assert sdk.v1.charges.retrieve(error.charge).failure_code == card.decline.code

    @pytest.mark.parametrize("brand", ["visa", "mastercard", "amex", "discover"])
    def test_good_cards_have_their_brand(self, sdk: stripe.StripeClient, brand: str) -> None:
        intent = sdk.v1.payment_intents.create(
            {**EUR, "payment_method": f"pm_card_{brand}", "expand": ["latest_charge"]}
        )

        assert intent.status == "succeeded"
        assert intent.latest_charge.payment_method_details.card.brand == brand

    def test_a_dispute_follows_where_the_card_says_so(self, sdk: stripe.StripeClient) -> None:
        intent = sdk.v1.payment_intents.create({**EUR, "payment_method": "pm_card_createDispute"})

        [dispute] = sdk.v1.disputes.list({"payment_intent": intent.id}).data
        assert (dispute.reason, dispute.status) == ("fraudulent", "needs_response")


class TestAttaching:
    @pytest.mark.parametrize("card", UNKNOWN, ids=named)
    def test_a_card_that_declines_cannot_be_kept(self, sdk: stripe.StripeClient, card: TestCard) -> None:
        customer = sdk.v1.customers.create({})

        with pytest.raises(stripe.CardError):
            sdk.v1.payment_methods.attach(card.tokens[0], {"customer": customer.id})

    def test_one_can_be_kept_and_fails_at_the_charge(self, sdk: stripe.StripeClient) -> None:
        customer = sdk.v1.customers.create({})
        method = sdk.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})

        with pytest.raises(stripe.CardError):
            sdk.v1.payment_intents.create({**EUR, "customer": customer.id, "payment_method": method.id})


class TestNumbers:
    def test_a_secret_key_must_not_send_them(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.StripeError) as refused:
            sdk.v1.payment_methods.create({"type": "card", "card": {"number": "4242424242424242"}})

        assert refused.value.http_status == 402
        assert "4242424242424242" not in str(refused.value)

    @pytest.mark.parametrize(
        ("card", "code"),
        [
            ({"number": "4242424242424241"}, "incorrect_number"),
            ({"number": "4242424242424242", "exp_month": 13}, "invalid_expiry_month"),
            ({"number": "4242424242424242", "cvc": "99"}, "invalid_cvc"),
            ({"number": "4111111111111111"}, "card_declined"),
        ],
    )
    def test_a_browser_is_told_what_is_wrong(
        self, browser: stripe.StripeClient, card: dict[str, str], code: str
    ) -> None:
        with pytest.raises(stripe.CardError) as refused:
            browser.v1.payment_methods.create({"type": "card", "card": card})  # type: ignore[typeddict-item]

        assert refused.value.code == code

    def test_a_browser_may_send_a_test_number(
        self, sdk: stripe.StripeClient, browser: stripe.StripeClient
    ) -> None:
        typed = {"number": "4242424242424242", "exp_month": 7, "exp_year": 2031, "cvc": "123"}
        method = browser.v1.payment_methods.create({"type": "card", "card": typed})  # type: ignore[typeddict-item]

        assert (method.card.last4, method.card.exp_month) == ("4242", 7)
        assert sdk.v1.payment_intents.create({**EUR, "payment_method": method.id}).status == "succeeded"


class TestDocumentation:
    def test_the_page_lists_the_table_as_it_is(self) -> None:
        page = Path(mocks.stripe.__file__).with_name("README.md").read_text(encoding="utf-8")

        assert page.endswith(table())
