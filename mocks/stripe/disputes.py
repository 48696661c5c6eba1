"""Disputes that some test cards bring about; they are read, not fought."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mocks.stripe.events import EXPAND, emit
from mocks.stripe.parameters import filled
from mocks.stripe.requests import Operation, StripeRequest
from mocks.stripe.resources import CREATED, LIST_READERS, Listing, insert, need, now, page, save
from mocks.stripe.test_cards import TestCard
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

DISPUTE = "stripe.dispute"
EVIDENCE_SECONDS = 7 * 24 * 3600
EVIDENCE = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure"
    " cancellation_rebuttal customer_communication customer_email_address customer_name"
    " customer_purchase_ip customer_signature duplicate_charge_documentation"
    " duplicate_charge_explanation duplicate_charge_id product_description receipt refund_policy"
    " refund_policy_disclosure refund_refusal_explanation service_date service_documentation"
    " shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number"
    " uncategorized_file uncategorized_text"
)


def expect_dispute(tx: Transaction, charge: Document, card: TestCard) -> None:
    """Where the card says so: at once, or when its time has come."""
    if card.dispute and card.dispute_after:
        due = tx.now() + timedelta(seconds=card.dispute_after)
        tx.schedule(due, DISPUTE, charge["id"], reason=card.dispute)
    elif card.dispute:
        open_dispute(tx, charge, card.dispute)


def dispute_charge(tx: Transaction, entry: Document) -> None:
    """The time of a dispute has come."""
    charge = tx.get("stripe.charge", entry["subject"])
    if charge is not None:
        open_dispute(tx, charge, entry["payload"]["reason"])


def open_dispute(tx: Transaction, charge: Document, reason: str) -> Document:
    """The payer's bank takes the money back, or asks first (`inquiry`)."""
    inquiry = reason == "inquiry"
    members: dict[str, Any] = {
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE.split()), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now(tx) + EVIDENCE_SECONDS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "general" if inquiry else reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    dispute = insert(tx, "dispute", "du", members)
    save(tx, charge, disputed=True)
    emit(tx, "charge.dispute.created", dispute)
    if not inquiry:
        emit(tx, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def get_dispute(request: StripeRequest) -> Document:
    """One dispute."""
    return need(request.tx, "dispute", request.key)


def list_disputes(request: StripeRequest) -> Listing:
    """Disputes of a charge or an intent, or all."""
    names = ("charge", "payment_intent")
    where: dict[str, Any] = {name: request.params[name] for name in names if name in request.params}
    return page(request.tx, "dispute", "/v1/disputes", request.params, where)


OPERATIONS = (
    Operation(
        "GET",
        "/disputes",
        list_disputes,
        {**LIST_READERS, **CREATED, "charge": filled, "payment_intent": filled},
    ),
    Operation("GET", "/disputes/<key>", get_dispute, EXPAND),
)
