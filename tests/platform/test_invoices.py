"""Invoices: drafted, issued without gaps, paid, taken back, mailed."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.platform.cash_desk import (
    BUYER,
    attach,
    confirm,
    drafted,
    eur,
    events_of,
    issued,
    key,
    line,
    paid,
    pay,
    refund,
    register,
    start,
)

PLAN = {"name": "Supporter", "amount": eur("9.00"), "interval": "month"}


def read(api: Any, invoice: dict[str, Any]) -> dict[str, Any]:
    return api.get(f"/api/v1/invoices/{invoice['id']}").json()  # type: ignore[no-any-return]


class TestCreateInvoice:
    def test_a_registration_gives_its_lines_and_tax(self, api: Any) -> None:
        registration = register(api)

        invoice = drafted(api, subject={"registrationId": registration["id"]})

        assert (invoice["status"], invoice["number"], invoice["type"]) == ("draft", None, "invoice")
        [sold] = invoice["lines"]
        assert (sold["quantity"], sold["taxRatePercent"]) == (1, "23.00")
        totals = {name: registration["totals"][name] for name in ("tax", "total")}
        assert {name: invoice["totals"][name] for name in totals} == totals
        assert invoice["taxBreakdown"] == [
            {"ratePercent": "23.00", "net": eur("161.79"), "tax": eur("37.21"), "total": eur("199.00")}
        ]
        assert invoice["seller"]["vatId"]

    @pytest.mark.parametrize(
        ("currency", "price", "rate", "tax", "total"),
        [
            ("JPY", "1005", "10", "101", "1106"),
            ("KWD", "12.505", "5", "0.625", "13.130"),
            ("EUR", "0.10", "5", "0.01", "0.11"),
            ("BHD", "0.001", "10", "0.000", "0.001"),
        ],
    )
    def test_lines_of_ones_own_are_rounded_in_their_currency(
        self, api: Any, currency: str, price: str, rate: str, tax: str, total: str
    ) -> None:
        invoice = drafted(api, lines=[line(price, currency, taxRatePercent=rate)])

        assert invoice["totals"]["tax"] == {"amount": tax, "currency": currency}
        assert invoice["totals"]["total"] == {"amount": total, "currency": currency}

    def test_totals_are_the_sums_of_the_lines(self, api: Any) -> None:
        discounted = line("9.99", quantity=3, discount=eur("5.00"), taxIncluded=True)

        invoice = drafted(api, lines=[line("0.33", taxRatePercent="8.5"), discounted])

        assert invoice["totals"]["subtotal"] == eur("30.30")
        assert invoice["totals"]["discount"] == eur("5.00")
        assert invoice["totals"]["total"] == eur("25.33")
        assert [one["ratePercent"] for one in invoice["taxBreakdown"]] == ["8.50", "23.00"]

    @pytest.mark.parametrize(
        ("lines", "code"),
        [
            ([], "BUSINESS_RULE_VIOLATION"),
            ([line(), line(currency="USD")], "CURRENCY_MISMATCH"),
            ([line("-1.00")], "INVALID_AMOUNT"),
            ([line("1.001")], "INVALID_AMOUNT_PRECISION"),
            ([line(currency="XTS")], "UNSUPPORTED_CURRENCY"),
            ([line("1.00", discount=eur("2.00"))], "INVALID_AMOUNT"),
            ([line("999999999999.99", quantity=2)], "INVALID_AMOUNT"),
        ],
    )
    def test_what_cannot_be_invoiced_is_refused(self, api: Any, lines: list[Any], code: str) -> None:
        answer = api.post("/api/v1/invoices", json={"billTo": BUYER, "lines": lines})

        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)

    def test_a_subject_has_one_invoice_until_that_is_void(self, api: Any) -> None:
        subject = {"registrationId": register(api)["id"]}
        first = drafted(api, subject=subject)

        again = api.post("/api/v1/invoices", json={"billTo": BUYER, "subject": subject})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "DUPLICATE_RESOURCE")
        api.post(f"/api/v1/invoices/{first['id']}/void")

        assert drafted(api, subject=subject)["id"] != first["id"]

    def test_a_payment_stands_for_what_it_paid(self, api: Any) -> None:
        registration = register(api)
        payment = start(api, registration)

        invoice = drafted(api, subject={"paymentId": payment["id"]})

        assert invoice["totals"]["total"] == registration["totals"]["total"]
        found = api.get("/api/v1/invoices", params={"subjectId": registration["id"]}).json()["data"]
        assert [one["id"] for one in found] == [invoice["id"]]

    def test_a_period_of_a_subscription_is_billed_once_for_each_payment(self, api: Any) -> None:
        period = api.persona("attendee").post(
            "/api/v1/payment-subscriptions",
            json={"plan": PLAN, "paymentMethodId": attach(api.persona("attendee")).json()["id"]},
            headers=key("s"),
        )
        subject = {"paymentId": period.json()["lastPaymentId"]}

        invoice = issued(api, subject=subject)

        assert (invoice["status"], invoice["totals"]["paid"]) == ("paid", PLAN["amount"])
        assert invoice["lines"][0]["description"] == "Supporter"
        receipt = api.get(f"/api/v1/payments/{subject['paymentId']}/receipt").json()
        assert (receipt["lines"], receipt["billTo"]["name"] != "Unknown") == (invoice["lines"], True)

    def test_other_words_for_what_was_sold_come_to_the_same(self, api: Any) -> None:
        registration = register(api)
        body = {"billTo": BUYER, "subject": {"registrationId": registration["id"]}}

        dearer = api.post("/api/v1/invoices", json={**body, "lines": [line("199.01", taxIncluded=True)]})
        reworded = api.post("/api/v1/invoices", json={**body, "lines": [line("199.00", taxIncluded=True)]})

        assert (dearer.status_code, dearer.json()["error"]["target"]) == (422, "/lines")
        assert reworded.status_code == 201, reworded.text

    def test_what_came_to_nothing_is_not_billed(self, api: Any) -> None:
        registration = register(api)
        api.post(f"/api/v1/registrations/{registration['id']}/cancel", json={"reason": "No"})

        subject = {"registrationId": registration["id"]}
        answer = api.post("/api/v1/invoices", json={"billTo": BUYER, "subject": subject})

        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "BUSINESS_RULE_VIOLATION")

    def test_a_subject_must_exist(self, api: Any) -> None:
        subject = {"bookingId": "00000000-0000-4000-8000-000000000000"}

        answer = api.post("/api/v1/invoices", json={"billTo": BUYER, "subject": subject})

        assert answer.json()["error"]["code"] == "BUSINESS_RULE_VIOLATION"


class TestIssueInvoice:
    def test_it_is_numbered_and_due(self, api: Any) -> None:
        invoice = issued(api)

        assert invoice["number"].startswith("INV-2026-")
        assert invoice["issuedAt"] < invoice["dueAt"]
        assert (invoice["status"], events_of(api)[-1]) == ("issued", "invoice.issued")

    def test_it_cannot_be_issued_again(self, api: Any) -> None:
        answer = api.post(f"/api/v1/invoices/{issued(api)['id']}/issue")

        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "INVOICE_IMMUTABLE")

    def test_numbers_have_no_gaps_under_concurrency(self, api: Any) -> None:
        drafts = [drafted(api) for _ in range(12)]
        refused = [{"id": issued(api)["id"]} for _ in range(2)]

        def attempt(draft: dict[str, Any]) -> Any:
            return api.post(f"/api/v1/invoices/{draft['id']}/issue")

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(attempt, [*drafts, *refused, *drafts]))

        good = [answer.json()["number"] for answer in answers if answer.status_code == 200]
        numbers = sorted(int(number[-6:]) for number in good)
        assert numbers == list(range(numbers[0], numbers[0] + 12))
        with api.workspace.transaction() as tx:
            everything = sorted(one["number"] for one in tx.find("invoice") if one["number"])
        assert [int(number[-6:]) for number in everything] == list(range(1, len(everything) + 1))

    def test_what_was_paid_before_counts_at_once(self, api: Any) -> None:
        registration = register(api)
        confirm(api, start(api, registration), "pm_card_visa")

        invoice = issued(api, subject={"registrationId": registration["id"]})

        assert (invoice["status"], invoice["totals"]["due"]) == ("paid", eur("0.00"))
        assert events_of(api)[-2:] == ["invoice.issued", "invoice.paid"]

    def test_what_went_back_since_was_paid_all_the_same(self, api: Any) -> None:
        payment = paid(api)
        refund(api, payment, "50.00")

        invoice = issued(api, subject={"paymentId": payment["id"]})

        assert (invoice["status"], invoice["totals"]["due"]) == ("paid", eur("0.00"))
        listed = api.get("/api/v1/invoices", params={"provider": "stripe", "status": "paid"}).json()["data"]
        assert invoice["id"] in [each["id"] for each in listed]


class TestPaying:
    def test_a_payment_of_an_invoice_pays_it(self, api: Any) -> None:
        invoice = issued(api)

        payment = pay(api, invoice)

        assert (payment["status"], payment["amount"]) == ("completed", eur("123.00"))
        after = read(api, invoice)
        assert (after["status"], after["totals"]["due"]) == ("paid", eur("0.00"))
        unchanged = ("number", "lines", "taxBreakdown", "billTo", "seller", "issuedAt", "dueAt")
        assert {name: after[name] for name in unchanged} == {name: invoice[name] for name in unchanged}
        assert [e for e in events_of(api) if e[:7] in ("payment", "invoice")] == [
            "invoice.issued",
            "payment.completed",
            "invoice.paid",
        ]

    def test_money_that_no_provider_moves_may_be_of_any_amount(self, api: Any) -> None:
        invoice = issued(api, lines=[line("1000000.00")])
        body = {"subject": {"type": "invoice", "id": invoice["id"]}, "provider": "stripe"}
        refused = api.post("/api/v1/payments", json=body, headers=key("card"))
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "INVALID_AMOUNT")

        begun = api.post("/api/v1/payments", json={**body, "provider": "offline"}, headers=key("bank"))
        noted = {"json": {"paymentMethod": "bank_transfer"}, "headers": key("noted")}
        api.post(f"/api/v1/payments/{begun.json()['id']}/confirm", **noted)

        assert read(api, invoice)["status"] == "paid"

    def test_it_confirms_the_registration_behind_it(self, api: Any) -> None:
        registration = register(api)

        pay(api, issued(api, subject={"registrationId": registration["id"]}))

        after = api.get(f"/api/v1/registrations/{registration['id']}").json()
        assert (after["status"], after["payment"]["status"]) == ("confirmed", "paid")

        api.post(f"/api/v1/registrations/{registration['id']}/cancel", json={"reason": "Ill"})
        api.advance("PT1S")

        after = api.get(f"/api/v1/registrations/{registration['id']}").json()
        assert (after["payment"]["status"], after["totals"]["refunded"]) == ("refunded", eur("199.00"))

    def test_paying_the_registration_pays_its_invoice(self, api: Any) -> None:
        registration = register(api)
        invoice = issued(api, subject={"registrationId": registration["id"]})

        confirm(api, start(api, registration), "pm_card_visa")

        assert read(api, invoice)["status"] == "paid"

    @pytest.mark.parametrize(
        ("step", "code"),
        [
            ("", "INVALID_STATE_TRANSITION"),
            ("void", "REGISTRATION_EXPIRED"),
            ("pay", "PAYMENT_ALREADY_COMPLETED"),
        ],
    )
    def test_only_issued_ones_are_paid(self, api: Any, step: str, code: str) -> None:
        invoice = drafted(api)
        if step:
            api.post(f"/api/v1/invoices/{invoice['id']}/issue")
        if step == "pay":
            pay(api, invoice)
        elif step:
            api.post(f"/api/v1/invoices/{invoice['id']}/void")

        body = {"subject": {"type": "invoice", "id": invoice["id"]}, "provider": "offline"}
        answer = api.post("/api/v1/payments", json=body, headers=key("2"))

        assert answer.json()["error"]["code"] == code


class TestVoidInvoice:
    @pytest.mark.parametrize("paid", [False, True])
    def test_a_credit_note_has_the_opposite_amounts(self, api: Any, paid: bool) -> None:
        invoice = issued(api)
        if paid:
            pay(api, invoice)

        answer = api.post(f"/api/v1/invoices/{invoice['id']}/void", json={"reason": "Wrong buyer"})

        voided = answer.json()
        assert (answer.status_code, voided["status"]) == (200, "void")
        note = read(api, {"id": voided["relatedInvoiceId"]})
        assert (note["type"], note["relatedInvoiceId"]) == ("credit_note", invoice["id"])
        assert int(note["number"][-6:]) == int(invoice["number"][-6:]) + 1
        assert note["totals"]["total"] == eur("-123.00")
        assert note["taxBreakdown"][0]["tax"] == eur("-23.00")
        assert events_of(api)[-2:] == ["invoice.voided", "invoice.issued"]

    @pytest.mark.parametrize("step", ["", "issue"])
    def test_what_is_sold_no_more_is_taken_back(self, api: Any, step: str) -> None:
        registration = register(api)
        invoice = drafted(api, subject={"registrationId": registration["id"]})
        if step:
            api.post(f"/api/v1/invoices/{invoice['id']}/{step}")

        api.advance("PT31M")

        after = read(api, invoice)
        assert (after["status"], after["voidReason"]) == ("void", "the registration is cancelled")
        assert (after["relatedInvoiceId"] is not None) == bool(step)
        assert after["totals"]["due"] == eur("0.00")

    def test_what_is_given_for_nothing_is_taken_back(self, api: Any) -> None:
        registration = register(api)
        invoice = issued(api, subject={"registrationId": registration["id"]})

        given = api.post(
            f"/api/v1/registrations/{registration['id']}/confirm", json={"method": "complimentary"}
        )

        assert (given.json()["status"], read(api, invoice)["status"]) == ("confirmed", "void")

    def test_a_draft_just_goes(self, api: Any) -> None:
        voided = api.post(f"/api/v1/invoices/{drafted(api)['id']}/void").json()

        assert (voided["status"], voided["number"], voided["relatedInvoiceId"]) == ("void", None, None)

    def test_neither_twice_nor_a_credit_note(self, api: Any) -> None:
        invoice = issued(api)
        voided = api.post(f"/api/v1/invoices/{invoice['id']}/void").json()

        for one in (invoice["id"], voided["relatedInvoiceId"]):
            assert "void" not in read(api, {"id": one})["_links"]
            answer = api.post(f"/api/v1/invoices/{one}/void")
            assert answer.json()["error"]["code"] == "INVALID_STATE_TRANSITION"

    def test_nobody_pays_it_any_more(self, api: Any) -> None:
        invoice = issued(api)
        body = {"subject": {"type": "invoice", "id": invoice["id"]}, "provider": "stripe"}
        payment = api.post("/api/v1/payments", json=body, headers=key("1")).json()

        api.post(f"/api/v1/invoices/{invoice['id']}/void")

        assert api.get(f"/api/v1/payments/{payment['id']}").json()["status"] == "expired"


class TestSendInvoice:
    def test_the_mail_lies_in_the_outbox(self, api: Any) -> None:
        invoice = issued(api)

        answer = api.post(f"/api/v1/invoices/{invoice['id']}/send", json={"message": "Thank you"})

        assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
        with api.workspace.transaction() as tx:
            letter = tx.need("email", answer.json()["id"])
        assert letter["to"]["email"] == BUYER["email"]
        assert letter["related"] == {"type": "invoice", "id": invoice["id"]}
        assert read(api, invoice)["sentAt"] is not None

    @pytest.mark.parametrize(
        ("step", "to", "code"),
        [
            ("issue", "suppressed+petra@sandbox.example", "EMAIL_SUPPRESSED"),
            ("", "petra@sandbox.example", "INVALID_STATE_TRANSITION"),
            ("void", "petra@sandbox.example", "INVALID_STATE_TRANSITION"),
        ],
    )
    def test_not_to_everybody_and_only_what_holds(self, api: Any, step: str, to: str, code: str) -> None:
        invoice = drafted(api)
        if step:
            api.post(f"/api/v1/invoices/{invoice['id']}/{step}")

        answer = api.post(f"/api/v1/invoices/{invoice['id']}/send", json={"to": to})

        assert (answer.status_code, answer.json()["error"]["code"]) == (409, code)
        assert ("send" in read(api, invoice)["_links"]) == (step == "issue")


class TestListInvoices:
    def test_filters_and_order(self, api: Any) -> None:
        small, large = drafted(api), drafted(api, lines=[line("5000", "JPY", taxRatePercent="0")])

        drafts = {"status": "draft", "createdAfter": "2026-11-18T00:00:00Z"}

        def ids(**query: Any) -> list[str]:
            answer = api.get("/api/v1/invoices", params={**drafts, **query})
            return [one["id"] for one in answer.json()["data"]]

        assert ids(sort="amount", minAmount="123.00") == [small["id"], large["id"]]
        assert ids(sort="-amount", maxAmount="123") == [small["id"]]
        assert ids(currency="JPY") == [large["id"]]

    def test_attendees_have_no_business_here(self, api: Any) -> None:
        answer = api.persona("attendee").get("/api/v1/invoices")

        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")
