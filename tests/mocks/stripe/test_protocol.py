"""Keys, idempotency, headers and addresses, as any HTTP client meets them."""

from typing import Any

import pytest
import stripe

KEY = {"Authorization": "Bearer sk_test_sandbox"}
EUR = {"amount": "1999", "currency": "eur"}


def post(api: Any, address: str, path: str = "payment_intents", form: Any = None, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.post(f"{address}/v1/{path}", data=EUR if form is None else form, headers={**KEY, **named})


class TestKeys:
    @pytest.mark.parametrize("header", ["", "Bearer sk_live_abc", "Bearer nonsense", "Digest x"])
    def test_only_test_keys_open(self, api: Any, address: str, header: str) -> None:
        answer = api.get(f"{address}/v1/payment_intents", headers={"Authorization": header})

        assert answer.status_code == 401
        assert answer.json()["error"]["type"] == "invalid_request_error"

    def test_basic_authentication_carries_the_key_as_user(self, api: Any, address: str) -> None:
        answer = api.get(f"{address}/v1/payment_intents", auth=("sk_test_sandbox", ""))

        assert answer.status_code == 200

    def test_a_publishable_key_may_not_list(self, browser: stripe.StripeClient) -> None:
        with pytest.raises(stripe.AuthenticationError):
            browser.v1.payment_intents.list()


class TestIdempotency:
    def test_a_repeated_request_has_the_same_answer(self, api: Any, address: str) -> None:
        first = post(api, address, Idempotency_Key="k")
        again = post(api, address, Idempotency_Key="k")

        assert again.content == first.content
        assert again.headers["idempotent-replayed"] == "true"
        assert again.headers["original-request"] == first.headers["request-id"]
        assert again.headers["request-id"] != first.headers["request-id"]

    def test_other_parameters_need_another_key(self, api: Any, address: str) -> None:
        post(api, address, Idempotency_Key="k")

        answer = post(api, address, form={**EUR, "amount": "2000"}, Idempotency_Key="k")

        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "idempotency_error"
        assert "code" not in answer.json()["error"]

    def test_another_endpoint_needs_another_key(self, sdk: stripe.StripeClient) -> None:
        sdk.v1.customers.create({}, {"idempotency_key": "k"})

        with pytest.raises(stripe.IdempotencyError):
            sdk.v1.payment_intents.create({"amount": 999, "currency": "eur"}, {"idempotency_key": "k"})

    def test_a_decline_is_kept(self, api: Any, address: str) -> None:
        form = {
            **EUR,
            "payment_method": "pm_card_chargeDeclined",
            "confirm": "true",
            "payment_method_types[]": "card",
        }

        first = post(api, address, form=form, Idempotency_Key="k")
        again = post(api, address, form=form, Idempotency_Key="k")

        assert (first.status_code, again.content) == (402, first.content)

    def test_a_faulty_request_is_not_kept(self, api: Any, address: str) -> None:
        assert post(api, address, form={"amount": "1"}, Idempotency_Key="k").status_code == 400

        assert post(api, address, Idempotency_Key="k").status_code == 200

    def test_the_answer_outlives_its_object(self, sdk: stripe.StripeClient) -> None:
        made = sdk.v1.customers.create({}, {"idempotency_key": "k"})
        sdk.v1.customers.delete(made.id)

        assert sdk.v1.customers.create({}, {"idempotency_key": "k"}).id == made.id


class TestForms:
    @pytest.mark.parametrize("name", ["payment_method_types[]", "payment_method_types[0]"])
    def test_lists_come_in_both_spellings(self, api: Any, address: str, name: str) -> None:
        answer = post(api, address, form={**EUR, name: "card"})

        assert answer.json()["payment_method_types"] == ["card"]

    @pytest.mark.parametrize(
        "form", [{"amount[x]": "1", "currency": "eur"}, {"amount": "1", "amount[a]": "2"}]
    )
    def test_shapes_that_do_not_fit_are_refused(self, api: Any, address: str, form: dict[str, str]) -> None:
        assert post(api, address, form=form).status_code == 400

    def test_json_is_not_understood(self, api: Any, address: str) -> None:
        answer = api.post(f"{address}/v1/payment_intents", json={"amount": 1}, headers=KEY)

        assert answer.status_code == 400

    def test_bytes_that_are_no_text_are_refused(self, api: Any, address: str) -> None:
        headers = {**KEY, "Content-Type": "application/x-www-form-urlencoded"}

        answer = api.post(
            f"{address}/v1/payment_intents", content=b"amount=\xff&currency=eur", headers=headers
        )

        assert answer.status_code == 400


class TestAddresses:
    @pytest.mark.parametrize("path", ["", "/v1/nothing", "/v2/payment_intents", "/v1/payment_intents/"])
    def test_what_is_nowhere_is_404(self, api: Any, address: str, path: str) -> None:
        answer = api.get(f"{address}{path}", headers=KEY)

        assert answer.status_code == 404
        assert answer.json()["error"]["message"].startswith("Unrecognized request URL")

    def test_another_partner_is_not_there(self, api: Any) -> None:
        answer = api.get("/mocks/nobody/v1/x")

        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ENDPOINT_NOT_FOUND")

    def test_workspaces_do_not_see_each_other(self, sdk: stripe.StripeClient, api: Any) -> None:
        made = sdk.v1.customers.create({})

        address = f"{api.server.url}/w/ws_default/mocks/stripe/v1/customers/{made.id}"

        answer = api.get(address, headers=KEY)

        assert answer.status_code == 404
