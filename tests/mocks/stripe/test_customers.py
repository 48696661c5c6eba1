"""Customers and their payment methods, through the vendor's SDK."""

import pytest
import stripe


class TestCustomers:
    def test_one_is_created_read_and_changed(self, sdk: stripe.StripeClient) -> None:
        made = sdk.v1.customers.create({"email": "ada@example.com", "address": {"city": "Łódź"}})
        assert made.id.startswith("cus_")
        assert len(made.id) == 18

        changed = sdk.v1.customers.update(made.id, {"name": "Ada", "email": ""})

        assert (changed.name, changed.email, changed.address.city) == ("Ada", None, "Łódź")
        assert sdk.v1.customers.retrieve(made.id).name == "Ada"

    def test_a_deleted_one_can_still_be_read_as_such(self, sdk: stripe.StripeClient) -> None:
        made = sdk.v1.customers.create({"email": "gone@example.com"})

        assert sdk.v1.customers.delete(made.id).deleted
        read = sdk.v1.customers.retrieve(made.id)

        assert read.to_dict() == {"id": made.id, "object": "customer", "deleted": True}
        assert made.id not in [one.id for one in sdk.v1.customers.list({"limit": 100}).data]
        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.customers.delete(made.id)
        assert (refused.value.http_status, refused.value.code, refused.value.param) == (
            404,
            "resource_missing",
            "id",
        )

    def test_they_are_found_by_email(self, sdk: stripe.StripeClient) -> None:
        made = [sdk.v1.customers.create({"email": f"{name}@example.com"}).id for name in ("a", "b")]

        found = sdk.v1.customers.list({"email": "b@example.com"})

        assert [one.id for one in found.data] == made[1:]


class TestPaymentMethods:
    def test_a_token_becomes_a_method_of_its_own(self, sdk: stripe.StripeClient) -> None:
        customer = sdk.v1.customers.create({})

        method = sdk.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})

        assert method.id != "pm_card_visa"
        assert method.customer == customer.id
        assert [one.id for one in sdk.v1.customers.payment_methods.list(customer.id).data] == [method.id]
        listed = sdk.v1.payment_methods.list({"customer": customer.id, "type": "card"})
        assert [one.id for one in listed.data] == [method.id]

    def test_what_was_detached_cannot_be_attached_again(self, sdk: stripe.StripeClient) -> None:
        customer = sdk.v1.customers.create({"payment_method": "pm_card_visa"})
        [method] = sdk.v1.customers.payment_methods.list(customer.id).data
        assert sdk.v1.payment_methods.detach(method.id).customer is None

        with pytest.raises(stripe.InvalidRequestError):
            sdk.v1.payment_methods.attach(method.id, {"customer": customer.id})

    def test_a_method_of_another_customer_is_refused(self, sdk: stripe.StripeClient) -> None:
        owner, other = (sdk.v1.customers.create({}).id for _ in range(2))
        method = sdk.v1.payment_methods.attach("pm_card_visa", {"customer": owner})

        with pytest.raises(stripe.InvalidRequestError) as refused:
            sdk.v1.payment_intents.create(
                {"amount": 999, "currency": "eur", "customer": other, "payment_method": method.id}
            )

        assert refused.value.param == "payment_method"

    def test_one_is_created_from_a_token(self, sdk: stripe.StripeClient) -> None:
        details = {"name": "Ada", "address": {"country": "PL"}}

        method = sdk.v1.payment_methods.create(
            {"type": "card", "card": {"token": "tok_mastercard"}, "billing_details": details}
        )

        assert (method.card.brand, method.billing_details.address.country) == ("mastercard", "PL")
