"""Disputes: opened by the payer's bank, answered by us, decided by the bank; the ledger follows."""

from typing import Any

import pytest

from sandbox.platform.money import minor_units
from tests.platform.cash_desk import events_of, issued, key, paid, pay, register
from tests.platform.event_desk import DEVCONF
from tests.platform.ledger import assert_balanced, pass_days, records, totals

SUMS = ("paid", "refunded", "due")
FRAUD, INQUIRY = "pm_card_createDispute", "pm_card_createDisputeInquiry"


def disputed(api: Any, card: str = FRAUD) -> dict[str, Any]:
    """The dispute of a new payment, once the provider's webhook has told of it."""
    return listed(api, paid(api, card))[0]


def listed(api: Any, payment: dict[str, Any]) -> list[dict[str, Any]]:
    api.advance("PT1S")
    return api.get("/api/v1/disputes", params={"paymentId": payment["id"]}).json()["data"]  # type: ignore[no-any-return]


def read(api: Any, invoice: dict[str, Any]) -> dict[str, Any]:
    return api.get(f"/api/v1/invoices/{invoice['id']}").json()  # type: ignore[no-any-return]


def answer(api: Any, dispute: dict[str, Any], text: str, **more: Any) -> Any:
    return api.post(f"/api/v1/disputes/{dispute['id']}/evidence", json={"text": text, **more})


def payment_of(api: Any, dispute: dict[str, Any]) -> dict[str, Any]:
    return api.get(f"/api/v1/payments/{dispute['paymentId']}").json()  # type: ignore[no-any-return]


class TestOpening:
    def test_the_money_is_withdrawn_and_the_payment_disputed(self, api: Any) -> None:
        dispute = disputed(api)

        assert (dispute["status"], dispute["reason"], dispute["evidence"]) == (
            "needs_response",
            "fraudulent",
            None,
        )
        assert dispute["amount"] == {"amount": "199.00", "currency": "EUR"}
        assert payment_of(api, dispute)["status"] == "disputed"
        assert "payment.disputed" in events_of(api)
        written = records(api, paymentId=dispute["paymentId"])
        assert [(one["type"], one["direction"]) for one in written] == [
            ("charge", "credit"),
            ("fee", "debit"),
            ("dispute", "debit"),
        ]
        assert written[-1]["disputeId"] == dispute["id"]

    def test_a_question_withdraws_nothing(self, api: Any) -> None:
        dispute = disputed(api, INQUIRY)

        assert payment_of(api, dispute)["status"] == "completed"
        assert [one["type"] for one in records(api, paymentId=dispute["paymentId"])] == ["charge", "fee"]

    def test_the_platforms_own_token_is_disputed_after_an_hour(self, api: Any) -> None:
        payment = paid(api, "pm_card_dispute")

        api.advance("PT61M")

        assert listed(api, payment)[0]["status"] == "needs_response"


class TestSubmitDisputeEvidence:
    @pytest.mark.parametrize(
        ("text", "status", "payment_status", "kinds", "disputed_units"),
        [
            ("winning_evidence", "won", "completed", ["dispute", "dispute_reversal"], 0),
            ("losing_evidence", "lost", "charged_back", ["dispute"], 19900),
        ],
    )
    def test_the_bank_decides(
        self, api: Any, text: str, status: str, payment_status: str, kinds: list[str], disputed_units: int
    ) -> None:
        dispute = disputed(api)
        urls = ["https://files.sandbox.example/a.pdf"]

        given = answer(api, dispute, text, documents=urls)

        assert given.status_code == 200, given.text
        assert given.json()["status"] == "under_review"
        assert given.json()["evidence"]["documents"] == urls
        api.advance("PT5S")
        after = api.get(f"/api/v1/disputes/{dispute['id']}").json()
        assert after["status"] == status
        assert after["closedAt"] is not None
        assert payment_of(api, dispute)["status"] == payment_status
        assert "payment.dispute_closed" in events_of(api)
        written = records(api, paymentId=dispute["paymentId"])
        assert [one["type"] for one in written][2:] == kinds
        assert totals(written).get("disputed", 0) == disputed_units
        assert_balanced(written)

    @pytest.mark.parametrize(
        ("text", "status", "payment_status"),
        [
            ("winning_evidence", "closed", "completed"),
            ("escalate_inquiry_evidence", "needs_response", "disputed"),
        ],
    )
    def test_a_question_is_closed_or_becomes_a_dispute(
        self, api: Any, text: str, status: str, payment_status: str
    ) -> None:
        dispute = disputed(api, INQUIRY)

        answer(api, dispute, text)
        api.advance("PT5S")

        assert api.get(f"/api/v1/disputes/{dispute['id']}").json()["status"] == status
        assert payment_of(api, dispute)["status"] == payment_status

    def test_once_only(self, api: Any) -> None:
        dispute = disputed(api)
        assert "evidence" in dispute["_links"]
        answered = answer(api, dispute, "It was delivered.").json()
        assert "evidence" not in answered["_links"]

        again = answer(api, dispute, "winning_evidence")

        assert (again.status_code, again.json()["error"]["code"]) == (409, "DISPUTE_CLOSED")

    def test_silence_loses_and_what_comes_late_is_refused(self, api: Any) -> None:
        dispute = disputed(api)
        pass_days(api, "P8D")

        late = answer(api, dispute, "winning_evidence")

        assert (late.status_code, late.json()["error"]["code"]) == (409, "DISPUTE_CLOSED")
        assert payment_of(api, dispute)["status"] == "charged_back"

    def test_what_is_charged_back_is_no_revenue(self, api: Any) -> None:
        numbers = f"/api/v1/events/{DEVCONF}/statistics"
        dispute = disputed(api)
        (before,) = api.get(numbers).json()["revenue"]
        answer(api, dispute, "losing_evidence")
        api.advance("PT5S")

        (after,) = api.get(numbers).json()["revenue"]

        assert after["gross"] == before["gross"]
        assert minor_units(before["net"]) - minor_units(after["net"]) == minor_units(dispute["amount"])

    def test_what_is_charged_back_cannot_be_refunded(self, api: Any) -> None:
        dispute = disputed(api)
        answer(api, dispute, "losing_evidence")
        api.advance("PT5S")

        refused = api.post(f"/api/v1/payments/{dispute['paymentId']}/refunds", json={}, headers=key("r"))

        assert refused.json()["error"]["code"] == "PAYMENT_NOT_REFUNDABLE"

    def test_what_is_charged_back_is_due_again(self, api: Any) -> None:
        dispute = disputed(api)
        subject = payment_of(api, dispute)["subject"]
        address = f"/api/v1/registrations/{subject['id']}"
        answer(api, dispute, "losing_evidence")
        api.advance("PT5S")

        owed = api.get(address).json()
        again = api.post(
            "/api/v1/payments", json={"subject": subject, "provider": "stripe"}, headers=key("p")
        )
        card = {"paymentMethod": "pm_card_visa"}
        api.post(f"/api/v1/payments/{again.json()['id']}/confirm", json=card, headers=key("c"))
        api.advance("PT1S")
        settled = api.get(address).json()

        sums = [{name: each["totals"][name]["amount"] for name in SUMS} for each in (owed, settled)]
        assert sums[0] == {"paid": "0.00", "refunded": "0.00", "due": "199.00"}
        assert sums[1] == {"paid": "199.00", "refunded": "0.00", "due": "0.00"}
        states = [(each["status"], each["payment"]["status"]) for each in (owed, settled)]
        assert states == [("confirmed", "unpaid"), ("confirmed", "paid")]

    @pytest.mark.parametrize("billed", ["registration", "lines"])
    def test_the_invoice_is_open_again_until_it_is_paid_anew(self, api: Any, billed: str) -> None:
        subject = {"subject": {"registrationId": register(api)["id"]}} if billed == "registration" else {}
        invoice = issued(api, **subject)
        (dispute,) = listed(api, pay(api, invoice, card=FRAUD))
        assert read(api, invoice)["status"] == "paid"
        answer(api, dispute, "losing_evidence")
        api.advance("PT5S")

        owed = read(api, invoice)
        again = {name: owed["totals"][name]["amount"] for name in ("paid", "due")}
        assert (owed["status"], owed["paidAt"]) == ("issued", None)
        assert again == {"paid": "0.00", "due": invoice["totals"]["total"]["amount"]}

        pay(api, invoice, attempt="2")
        assert (read(api, invoice)["status"], read(api, invoice)["totals"]["paid"]) == (
            "paid",
            invoice["totals"]["total"],
        )

    def test_what_was_refunded_before_stays_refunded(self, api: Any) -> None:
        payment = paid(api, "pm_card_dispute")
        invoice = issued(api, subject={"paymentId": payment["id"]})
        part = {"amount": {"amount": "50.00", "currency": "EUR"}, "reason": "other"}
        api.post(f"/api/v1/payments/{payment['id']}/refunds", json=part, headers=key("part"))
        api.advance("PT61M")
        (dispute,) = listed(api, payment)
        assert dispute["amount"]["amount"] == "149.00"
        answer(api, dispute, "losing_evidence")
        api.advance("PT5S")

        after = api.get(f"/api/v1/registrations/{payment['subject']['id']}").json()

        assert {name: after["totals"][name]["amount"] for name in SUMS} == {
            "paid": "50.00",
            "refunded": "50.00",
            "due": "149.00",
        }
        assert after["payment"]["status"] == "unpaid"
        sums = read(api, invoice)["totals"]
        assert (sums["paid"]["amount"], sums["due"]["amount"]) == ("50.00", "149.00")

    @pytest.mark.parametrize(
        ("text", "status", "refunded", "billed"),
        [
            ("winning_evidence", "refunded", "199.00", "paid"),
            ("losing_evidence", "charged_back", "0.00", "void"),
        ],
    )
    def test_what_was_cancelled_meanwhile_is_paid_back_if_it_is_won(
        self, api: Any, text: str, status: str, refunded: str, billed: str
    ) -> None:
        dispute = disputed(api)
        subject = payment_of(api, dispute)["subject"]
        invoice = issued(api, subject={"registrationId": subject["id"]})
        api.post(f"/api/v1/registrations/{subject['id']}/cancel", json={"reason": "Ill"})
        api.advance("PT1S")
        assert payment_of(api, dispute)["status"] == "disputed"

        answer(api, dispute, text)
        api.advance("PT9S")

        after = payment_of(api, dispute)
        assert (after["status"], after["amountRefunded"]["amount"]) == (status, refunded)
        assert read(api, invoice)["status"] == billed


class TestRows:
    def test_a_stranger_sees_none(self, api: Any) -> None:
        dispute = disputed(api)
        ada = api.persona("attendee")

        assert ada.get(f"/api/v1/disputes/{dispute['id']}").status_code == 404
        assert dispute["id"] not in {one["id"] for one in ada.get("/api/v1/disputes").json()["data"]}
