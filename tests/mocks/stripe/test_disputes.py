"""Disputes as the vendor's SDK answers them, and how the bank decides."""

from typing import Any

import pytest
import stripe

from tests.platform.ledger import pass_days

EUR: Any = {"amount": 5000, "currency": "eur", "confirm": True, "payment_method_types": ["card"]}


def disputed(sdk: stripe.StripeClient, card: str = "pm_card_createDispute") -> stripe.Dispute:
    intent = sdk.v1.payment_intents.create({**EUR, "payment_method": card})
    [dispute] = sdk.v1.disputes.list({"payment_intent": intent.id}).data
    return dispute


def answer(sdk: stripe.StripeClient, dispute: stripe.Dispute, words: str, **more: Any) -> stripe.Dispute:
    return sdk.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": words}, **more})


def types(sdk: stripe.StripeClient) -> list[str]:
    found = sdk.v1.events.list({"limit": 100}).data
    return [one.type for one in reversed(found) if one.type.startswith("charge.dispute")]


class TestUpdate:
    @pytest.mark.parametrize(
        ("evidence", "status", "last"),
        [
            ("winning_evidence", "won", "charge.dispute.funds_reinstated"),
            ("losing_evidence", "lost", "charge.dispute.closed"),
            ("It was delivered.", "under_review", "charge.dispute.updated"),
        ],
    )
    def test_the_evidence_decides(
        self, api: Any, sdk: stripe.StripeClient, evidence: str, status: str, last: str
    ) -> None:
        dispute = disputed(sdk)

        assert answer(sdk, dispute, evidence).status == "under_review"
        api.advance("PT3S")

        assert sdk.v1.disputes.retrieve(dispute.id).status == status
        assert types(sdk)[-1] == last

    def test_staged_evidence_is_not_submitted(self, sdk: stripe.StripeClient) -> None:
        dispute = disputed(sdk)

        staged = answer(sdk, dispute, "Wait for more.", submit=False)

        assert (staged.status, staged.evidence_details.submission_count) == ("needs_response", 0)
        assert staged.evidence_details.has_evidence
        assert sdk.v1.disputes.update(dispute.id, {"submit": True}).status == "under_review"

    def test_an_inquiry_can_become_a_chargeback(self, api: Any, sdk: stripe.StripeClient) -> None:
        inquiry = disputed(sdk, "pm_card_createDisputeInquiry")

        assert answer(sdk, inquiry, "escalate_inquiry_evidence").status == "warning_under_review"
        api.advance("PT3S")

        assert sdk.v1.disputes.retrieve(inquiry.id).status == "needs_response"
        assert types(sdk)[-1] == "charge.dispute.funds_withdrawn"

    def test_what_is_decided_takes_no_evidence(self, sdk: stripe.StripeClient) -> None:
        dispute = disputed(sdk)
        sdk.v1.disputes.close(dispute.id)

        with pytest.raises(stripe.InvalidRequestError):
            answer(sdk, dispute, "winning_evidence")


class TestClose:
    @pytest.mark.parametrize(
        ("card", "status"),
        [("pm_card_createDispute", "lost"), ("pm_card_createDisputeInquiry", "warning_closed")],
    )
    def test_closing_accepts_it(self, sdk: stripe.StripeClient, card: str, status: str) -> None:
        dispute = disputed(sdk, card)

        assert sdk.v1.disputes.close(dispute.id).status == status
        assert types(sdk)[-1] == "charge.dispute.closed"

    def test_silence_loses(self, api: Any, sdk: stripe.StripeClient) -> None:
        dispute = disputed(sdk)

        pass_days(api, "P8D")

        late = sdk.v1.disputes.retrieve(dispute.id)
        assert (late.status, late.evidence_details.past_due) == ("lost", True)
