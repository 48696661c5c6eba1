"""Receipts of payments."""

from typing import Any

from tests.platform.cash_desk import issued, paid, pay, refund, register, start
from tests.platform.event_desk import DEVCONF, ENTRY, ticket_type


class TestGetPaymentReceipt:
    def test_it_names_all_that_a_receipt_needs(self, api: Any) -> None:
        payment = paid(api)
        refund(api, payment, "50.00")

        receipt = api.get(f"/api/v1/payments/{payment['id']}/receipt").json()

        assert receipt["number"] == payment["reference"].replace("PAY", "RCP")
        assert (receipt["billTo"]["name"], receipt["issuedAt"]) == ("Petra Payer", payment["completedAt"])
        assert [line["description"] for line in receipt["lines"]] == ["Regular"]
        assert receipt["taxBreakdown"][0]["tax"]["amount"] == "37.21"
        sums = {name: receipt["totals"][name]["amount"] for name in ("total", "paid", "refunded")}
        assert sums == {"total": "199.00", "paid": "199.00", "refunded": "50.00"}
        assert "clientSecret" not in receipt["payment"]

    def test_what_was_sold_stays_as_it_was_sold(self, api: Any) -> None:
        payment = paid(api)
        before = api.get(f"/api/v1/payments/{payment['id']}/receipt").json()
        url = f"/api/v1/events/{DEVCONF}/ticket-types/{ticket_type(ENTRY[DEVCONF])}"
        changed = {"name": "Now dearer", "taxRatePercent": "8", "taxIncluded": False}
        assert api.patch(url, json=changed).json()["taxRatePercent"] == "8.00"

        assert api.get(f"/api/v1/payments/{payment['id']}/receipt").json() == before
        subject = {"registrationId": payment["subject"]["id"]}
        invoice = api.post("/api/v1/invoices", json={"subject": subject, "billTo": {"name": "Pat"}}).json()
        assert (invoice["lines"], invoice["taxBreakdown"]) == (before["lines"], before["taxBreakdown"])
        [item] = api.get(f"/api/v1/registrations/{payment['subject']['id']}").json()["items"]
        assert (item["name"], item["taxRatePercent"], item["taxIncluded"]) == ("Regular", "23.00", True)

    def test_one_of_an_invoice_has_its_lines(self, api: Any) -> None:
        invoice = issued(api)

        receipt = api.get(f"/api/v1/payments/{pay(api, invoice)['id']}/receipt").json()

        assert receipt["lines"] == invoice["lines"]
        assert receipt["billTo"] == invoice["billTo"]

    def test_one_of_a_booking_names_the_service_and_the_customer(self, api: Any) -> None:
        booking = api.get(f"/api/v1/bookings/{api.fixture('booking.paid_prepay')}").json()
        [payment] = booking["payment"]["paymentIds"]

        receipt = api.get(f"/api/v1/payments/{payment}/receipt").json()

        assert receipt["totals"]["paid"] == booking["price"]
        assert receipt["lines"][0]["total"] == booking["price"]
        assert receipt["billTo"]["name"] != "Unknown"

    def test_there_is_none_before_the_money(self, api: Any) -> None:
        payment = start(api, register(api))

        answer = api.get(f"/api/v1/payments/{payment['id']}/receipt")

        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "RECEIPT_NOT_AVAILABLE")

    def test_nobody_reads_anothers(self, api: Any) -> None:
        payment = paid(api)

        assert api.persona("attendee").get(f"/api/v1/payments/{payment['id']}/receipt").status_code == 404


class TestMail:
    def test_it_is_sent_when_the_money_is_there(self, api: Any) -> None:
        payment = paid(api)

        with api.workspace.transaction() as tx:
            [letter] = [one for one in tx.find("email") if one["related"]["id"] == payment["id"]]
        assert (letter["templateKey"], letter["to"]["email"]) == ("payment_receipt", "petra@sandbox.example")

    def test_not_to_who_gets_no_mail(self, api: Any) -> None:
        payment = paid(api, receiptEmail="suppressed+petra@sandbox.example")

        with api.workspace.transaction() as tx:
            assert [one for one in tx.find("email") if one["related"]["id"] == payment["id"]] == []
