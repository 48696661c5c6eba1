"""Payment intents, through the vendor's SDK over a real socket."""

from itertools import islice
from typing import Any

import pytest
import stripe

from tests.platform.ledger import pass_days

NEVER = {"enabled": True, "allow_redirects": "never"}
EUR = {"amount": 1999, "currency": "eur", "automatic_payment_methods": NEVER}


def paid(sdk: stripe.StripeClient, method: str = "pm_card_visa", **more: Any) -> stripe.PaymentIntent:
    return sdk.v1.payment_intents.create({**EUR, "payment_method": method, "confirm": True, **more})


class TestCreate:
    def test_it_waits_for_a_payment_method(self, sdk: stripe.StripeClient) -> None:
        intent = sdk.v1.payment_intents.create({**EUR, "metadata": {"order": "1"}})

        assert intent.id.startswith("pi_")
        assert intent.status == "requires_payment_method"
        assert intent.client_secret.startswith(f"{intent.id}_secret_")
        assert (intent.amount, intent.currency, intent.metadata["order"]) == (1999, "eur", "1")

    def test_a_named_method_makes_it_wait_for_confirmation(self, sdk: stripe.StripeClient) -> None:
        intent = sdk.v1.payment_intents.create({**EUR, "payment_method": "pm_card_visa"})

        assert intent.status == "requires_confirmation"
        assert intent.payment_method.startswith("pm_")
        assert intent.payment_method != "pm_card_visa"

    def test_an_unknown_parameter_is_refused(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.payment_intents.create({**EUR, "colour": "red"})  # type: ignore[typeddict-unknown-key]

        assert refused.value.code == "parameter_unknown"
        assert refused.value.param == "colour"

    def test_a_missing_parameter_is_named(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.payment_intents.create({"amount": 100})  # type: ignore[typeddict-item]

        assert (refused.value.code, refused.value.param) == ("parameter_missing", "currency")

    @pytest.mark.parametrize("amount", ["ten", "1.5", "-1", "0"])
    def test_an_amount_is_a_positive_whole_number(self, sdk: stripe.StripeClient, amount: str) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.payment_intents.create({**EUR, "amount": amount})

        assert (refused.value.code, refused.value.param) == ("parameter_invalid_integer", "amount")

    def test_a_currency_must_exist(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.payment_intents.create({**EUR, "currency": "xts"})

        assert refused.value.param == "currency"

    def test_a_customer_must_exist(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.payment_intents.create({**EUR, "customer": "cus_nobody"})

        assert refused.value.http_status == 400
        assert refused.value.code == "resource_missing"


class TestConfirm:
    def test_a_good_card_pays(self, sdk: stripe.StripeClient) -> None:
        intent = sdk.v1.payment_intents.create(EUR)

        done = sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

        assert (done.status, done.amount_received) == ("succeeded", 1999)
        charge = sdk.v1.charges.retrieve(done.latest_charge)
        assert (charge.paid, charge.captured, charge.status) == (True, True, "succeeded")
        assert charge.payment_method_details.card.last4 == "4242"

    def test_a_decline_leaves_the_intent_open(self, sdk: stripe.StripeClient) -> None:
        intent = sdk.v1.payment_intents.create(EUR)

        with pytest.raises(stripe.CardError) as declined:
            sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})

        assert declined.value.error.payment_intent.id == intent.id
        after = sdk.v1.payment_intents.retrieve(intent.id)
        assert after.status == "requires_payment_method"
        assert after.last_payment_error.decline_code == "generic_decline"
        again = sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        assert again.status == "succeeded"

    def test_a_refused_create_still_makes_the_intent(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.CardError):
            paid(sdk, "pm_card_chargeDeclined")

        [newest] = sdk.v1.payment_intents.list({"limit": 1}).data
        assert (newest.status, newest.amount) == ("requires_payment_method", 1999)

    def test_a_paid_intent_cannot_be_confirmed(self, sdk: stripe.StripeClient) -> None:
        intent = paid(sdk)

        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.payment_intents.confirm(intent.id)

        assert refused.value.code == "payment_intent_unexpected_state"

    def test_a_redirect_needs_somewhere_to_return_to(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            paid(sdk, automatic_payment_methods={"enabled": True})

        assert refused.value.param == "return_url"

    def test_a_browser_confirms_with_the_client_secret(
        self, sdk: stripe.StripeClient, browser: stripe.StripeClient
    ) -> None:
        intent = sdk.v1.payment_intents.create(EUR)
        secret = {"client_secret": intent.client_secret, "payment_method": "pm_card_visa"}

        assert browser.v1.payment_intents.confirm(intent.id, secret).status == "succeeded"  # type: ignore[arg-type]
        with pytest.raises(stripe.InvalidRequestError):
            browser.v1.payment_intents.retrieve(intent.id)

    def test_a_secret_that_is_wrong_is_refused_to_everybody(
        self, sdk: stripe.StripeClient, browser: stripe.StripeClient
    ) -> None:
        intent = sdk.v1.payment_intents.create(EUR)
        for client in (sdk, browser):
            with pytest.raises(stripe.InvalidRequestError) as refused:
                client.v1.payment_intents.retrieve(intent.id, {"client_secret": "pi_1_secret_2"})
            assert (refused.value.param, refused.value.code) == (
                "client_secret",
                "payment_intent_invalid_parameter",
            )


class TestReuse:
    def test_a_method_without_a_customer_pays_once(self, sdk: stripe.StripeClient) -> None:
        intent = paid(sdk)

        with pytest.raises(stripe.InvalidRequestError):
            paid(sdk, intent.payment_method)

    def test_one_for_the_future_stays_with_the_customer(self, sdk: stripe.StripeClient) -> None:
        customer = sdk.v1.customers.create({})
        intent = paid(sdk, customer=customer.id, setup_future_usage="off_session")

        again = paid(sdk, intent.payment_method, customer=customer.id, off_session=True)

        assert again.status == "succeeded"


class TestAuthentication:
    def test_the_payer_is_sent_to_the_bank(self, sdk: stripe.StripeClient, api: Any) -> None:
        intent = paid(sdk, "pm_card_threeDSecure2Required", return_url="https://shop.example/back?n=1")

        assert intent.status == "requires_action"
        assert intent.next_action.type == "redirect_to_url"
        page = intent.next_action.redirect_to_url.url
        assert "19.99" in api.get(page).text
        back = api.post(f"{page}/approve")
        assert back.status_code == 302
        again = api.get(page)
        assert (again.status_code, "<strong>succeeded</strong>" in again.text) == (404, True)
        assert back.headers["location"].startswith("https://shop.example/back?n=1&payment_intent=")
        assert sdk.v1.payment_intents.retrieve(intent.id).status == "succeeded"

    def test_failing_it_asks_for_another_method(self, sdk: stripe.StripeClient, api: Any) -> None:
        intent = paid(sdk, "pm_card_authenticationRequired")
        assert intent.next_action.type == "use_stripe_sdk"

        api.post(f"{intent.next_action.use_stripe_sdk['stripe_js']}/fail")

        after = sdk.v1.payment_intents.retrieve(intent.id)
        assert after.status == "requires_payment_method"
        assert after.last_payment_error.code == "payment_intent_authentication_failure"

    def test_off_session_it_is_a_decline(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.CardError) as declined:
            paid(sdk, "pm_card_authenticationRequired", off_session=True)

        assert declined.value.code == "authentication_required"

    def test_the_card_may_still_be_declined_afterwards(self, sdk: stripe.StripeClient, api: Any) -> None:
        intent = paid(sdk, "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")

        api.post(f"{intent.next_action.use_stripe_sdk['stripe_js']}/approve")

        after = sdk.v1.payment_intents.retrieve(intent.id)
        assert after.last_payment_error.decline_code == "insufficient_funds"


class TestCapture:
    def test_money_is_held_and_taken_in_part(self, sdk: stripe.StripeClient) -> None:
        intent = paid(sdk, capture_method="manual")
        assert (intent.status, intent.amount_capturable) == ("requires_capture", 1999)

        taken = sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1000})

        assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 1000, 0)

    def test_no_more_than_is_held(self, sdk: stripe.StripeClient) -> None:
        intent = paid(sdk, capture_method="manual")

        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 2000})

        assert refused.value.param == "amount_to_capture"

    def test_what_is_not_held_cannot_be_taken(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.payment_intents.capture(paid(sdk).id)

        assert refused.value.code == "payment_intent_unexpected_state"

    def test_it_is_given_back_after_seven_days(self, sdk: stripe.StripeClient, api: Any) -> None:
        intent = paid(sdk, capture_method="manual")

        pass_days(api, "P7DT1S")

        assert sdk.v1.payment_intents.retrieve(intent.id).cancellation_reason == "automatic"


class TestCancel:
    def test_an_open_intent_is_given_up(self, sdk: stripe.StripeClient) -> None:
        intent = sdk.v1.payment_intents.create(EUR)

        gone = sdk.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})

        assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")

    def test_a_paid_one_is_not(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.payment_intents.cancel(paid(sdk).id)

        assert refused.value.code == "payment_intent_unexpected_state"


class TestUpdate:
    def test_metadata_is_merged_key_by_key(self, sdk: stripe.StripeClient) -> None:
        intent = sdk.v1.payment_intents.create({**EUR, "metadata": {"a": "1", "b": "2"}})

        after = sdk.v1.payment_intents.update(intent.id, {"metadata": {"a": "", "c": "3"}, "amount": 2500})

        assert after.metadata.to_dict() == {"b": "2", "c": "3"}
        assert after.amount == 2500

    def test_a_paid_one_keeps_its_amount(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError):
            sdk.v1.payment_intents.update(paid(sdk).id, {"amount": 1})


class TestList:
    def test_pages_lead_from_the_newest_to_the_oldest(self, sdk: stripe.StripeClient) -> None:
        made = [sdk.v1.payment_intents.create({**EUR, "amount": 1000 + n}).id for n in range(5)]

        first = sdk.v1.payment_intents.list({"limit": 2})

        assert first.has_more
        assert [one.id for one in islice(first.auto_paging_iter(), 5)] == made[::-1]
        back = sdk.v1.payment_intents.list({"limit": 2, "ending_before": made[0]})
        assert [one.id for one in back.data] == [made[2], made[1]]

    def test_what_is_named_can_be_expanded(self, sdk: stripe.StripeClient) -> None:
        paid(sdk)

        paths = ["data.latest_charge.payment_intent", "data.payment_method"]
        [intent] = sdk.v1.payment_intents.list({"expand": paths, "limit": 1}).data

        assert intent.latest_charge.payment_intent.id == intent.id
        assert intent.payment_method.card.brand == "visa"

    def test_what_names_nothing_cannot(self, sdk: stripe.StripeClient) -> None:
        paid(sdk)

        with pytest.raises(stripe.InvalidRequestError):
            sdk.v1.payment_intents.list({"expand": ["data.amount"]})

    def test_it_is_filtered_by_time(self, sdk: stripe.StripeClient) -> None:
        intent = sdk.v1.payment_intents.create(EUR)

        assert sdk.v1.payment_intents.list({"created": {"gte": intent.created}}).data
        assert not sdk.v1.payment_intents.list({"created": {"gt": intent.created}}).data


class TestRetrieve:
    def test_an_unknown_one_is_404(self, sdk: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.payment_intents.retrieve("pi_nothing")

        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
        assert refused.value.request_id.startswith("req_")
