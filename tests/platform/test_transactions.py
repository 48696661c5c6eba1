"""The ledger through the front door: what is written, how it is found, who reads it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.platform.cash_desk import confirm, issued, key, line, paid, pay, refund, register, start
from tests.platform.ledger import assert_balanced, records, totals

CURRENCIES = [("JPY", "1005", "101"), ("EUR", "10.15", "1.02"), ("KWD", "10.005", "1.001")]


class TestWriting:
    def test_a_payment_is_a_charge_and_a_fee(self, api: Any) -> None:
        payment = paid(api)

        charge, fee = records(api, paymentId=payment["id"])

        assert (charge["type"], charge["direction"], charge["amount"]) == (
            "charge",
            "credit",
            payment["amount"],
        )
        assert charge["subject"] == payment["subject"]
        assert {entry["account"]: entry["amount"]["amount"] for entry in charge["entries"]} == {
            "balance": "199.00",
            "sales": "161.79",
            "tax_payable": "37.21",
        }
        assert (fee["type"], fee["direction"], fee["amount"]) == ("fee", "debit", payment["fees"])
        assert fee["sequence"] == charge["sequence"] + 1

    def test_refunds_give_back_tax_in_proportion_and_in_the_end_all_of_it(self, api: Any) -> None:
        payment = paid(api)

        for attempt, amount in enumerate(("0.01", "33.33", "66.66", None)):
            assert refund(api, payment, amount, str(attempt)).status_code == 201
        over = refund(api, payment, "0.01", "over")

        assert over.json()["error"]["code"] == "PAYMENT_NOT_REFUNDABLE"
        written = records(api, paymentId=payment["id"])
        assert [one["type"] for one in written] == ["charge", "fee", *["refund"] * 4]
        assert totals(written) == {"balance": -324, "provider_fees": 324}
        assert_balanced(written)

    def test_a_refund_that_fails_later_is_adjusted(self, api: Any) -> None:
        payment = paid(api, "pm_card_refund_fails")
        refund(api, payment, "50.00")
        api.advance("PT5S")

        written = records(api, paymentId=payment["id"])

        assert [one["type"] for one in written] == ["charge", "fee", "refund", "adjustment"]
        assert totals(written)["balance"] == 19900 - 324

    def test_only_what_is_captured_counts(self, api: Any) -> None:
        payment = start(api, register(api), captureMethod="manual")
        confirm(api, payment, "pm_card_visa")
        assert records(api, paymentId=payment["id"]) == []

        part = {"amount": {"amount": "99.00", "currency": "EUR"}}
        api.post(f"/api/v1/payments/{payment['id']}/capture", json=part, headers=key("c"))

        assert records(api, paymentId=payment["id"])[0]["amount"] == part["amount"]

    @pytest.mark.parametrize(("currency", "price", "tax"), CURRENCIES)
    def test_every_kind_of_currency_is_exact(self, api: Any, currency: str, price: str, tax: str) -> None:
        invoice = issued(api, lines=[line(price, currency, taxRatePercent="10")])
        payment = pay(api, invoice)
        address = f"/api/v1/payments/{payment['id']}/refunds"

        api.post(address, json={"amount": {"amount": price, "currency": currency}}, headers=key("1"))
        rest = api.post(address, json={}, headers=key("2")).json()

        assert rest["amount"] == {"amount": tax, "currency": currency}
        written = records(api, paymentId=payment["id"])
        assert_balanced(written)
        assert "tax_payable" not in totals(written)
        assert {one["currency"] for one in written} == {currency}

    def test_cash_costs_no_fee(self, api: Any) -> None:
        payment = start(api, register(api), provider="offline")
        confirm(api, payment, "cash")

        assert [one["type"] for one in records(api, paymentId=payment["id"])] == ["charge"]

    def test_nothing_is_written_where_nothing_is_due(self, api: Any) -> None:
        with api.workspace.transaction() as tx:
            before = tx.count("transaction")
        free = api.fixture("event.free_meetup")
        ticket = api.get(f"/api/v1/events/{free}/ticket-types").json()["data"][0]["id"]
        body = {
            "eventId": free,
            "contact": {"name": "Fred Free", "email": "fred@sandbox.example"},
            "items": [{"ticketTypeId": ticket}],
            "consents": [{"purpose": "terms", "granted": True}],
        }
        assert api.post("/api/v1/registrations", json=body).json()["status"] == "confirmed"

        with api.workspace.transaction() as tx:
            assert tx.count("transaction") == before

    def test_balances_hold_under_concurrency(self, api: Any) -> None:
        payments = [start(api, register(api, f"Payer{n} Many")) for n in range(6)]
        first = len(records(api, createdAfter="2026-11-18T08:00:00Z"))

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda payment: confirm(api, payment, "pm_card_visa"), payments))
            list(pool.map(lambda payment: refund(api, payment, "1.00"), payments))

        written = records(api, createdAfter="2026-11-18T08:00:00Z", currency="EUR")
        assert len(written) == first + 18
        for before, after in zip(written, written[1:], strict=False):
            moved = float(after["amount"]["amount"]) * (1 if after["direction"] == "credit" else -1)
            expected = float(before["balanceAfter"]["amount"]) + moved
            assert float(after["balanceAfter"]["amount"]) == pytest.approx(expected)
            assert after["sequence"] == before["sequence"] + 1


class TestReading:
    def test_one_is_read_and_never_changed(self, api: Any) -> None:
        one = records(api, paymentId=paid(api)["id"])[0]
        address = f"/api/v1/transactions/{one['id']}"

        assert api.get(address).json() == one
        assert api.delete(address).status_code == 405
        assert api.patch(address, json={}).status_code == 405

    def test_filters_and_order(self, api: Any) -> None:
        payment = paid(api)
        since = {"createdAfter": "2026-11-18T08:00:00Z"}

        assert {one["type"] for one in records(api, type="fee", **since)} == {"fee"}
        assert len(records(api, subjectId=payment["subject"]["id"], provider="stripe")) == 2
        large = api.get("/api/v1/transactions", params={"sort": "-amount", "minAmount": "198", **since})
        assert [one["amount"]["amount"] for one in large.json()["data"]] == ["199.00"]
        assert records(api, maxAmount="198", direction="credit", **since) == []

    @pytest.mark.parametrize("path", ["payments", "refunds"])
    def test_payments_and_refunds_are_found_by_amount_too(self, api: Any, path: str) -> None:
        query = {"minAmount": "199", "maxAmount": "199.00", "sort": "amount", "currency": "EUR"}

        found = api.get(f"/api/v1/{path}", params={**query, "provider": "stripe"})

        assert {one["amount"]["amount"] for one in found.json()["data"]} == {"199.00"}
        ordered = api.get(f"/api/v1/{path}", params={"sort": "-amount", "pageSize": 100}).json()["data"]
        values = [float(one["amount"]["amount"]) for one in ordered]
        assert values == sorted(values, reverse=True)

    def test_attendees_read_what_concerns_them(self, api: Any) -> None:
        strangers = records(api, paymentId=paid(api)["id"])[0]
        ada = api.persona("attendee")

        mine = records(ada)
        own = {api.fixture("payment.completed_stripe"), api.fixture("payment.paypal_completed")}
        assert {one["paymentId"] for one in mine} == own
        assert ada.get(f"/api/v1/transactions/{strangers['id']}").status_code == 404

    def test_cursors_go_through_all_by_amount(self, api: Any) -> None:
        with api.workspace.transaction() as tx:
            everything = tx.count("transaction")
        seen: list[str] = []
        query: dict[str, Any] = {"cursor": "", "pageSize": 100, "sort": "amount"}
        while query["cursor"] is not None:
            page = api.get("/api/v1/transactions", params=query).json()
            seen += [one["id"] for one in page["data"]]
            query["cursor"] = page["pagination"]["nextCursor"]

        assert len(seen) == len(set(seen)) == everything
