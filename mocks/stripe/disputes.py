"""Disputes that some test cards bring about: read, answered with evidence, accepted, and decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mocks.stripe.errors import invalid
from mocks.stripe.events import EXPAND, emit
from mocks.stripe.fraud_warnings import end_warning
from mocks.stripe.parameters import (
    accepted,
    boolean,
    filled,
    merged_metadata,
    metadata,
    shape,
    text,
)
from mocks.stripe.requests import Operation, StripeRequest
from mocks.stripe.resources import CREATED, LIST_READERS, Listing, insert, named, need, now, page, save
from mocks.stripe.test_cards import TestCard
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

DISPUTE = "stripe.dispute"
DECIDE = "stripe.decide_dispute"
OVERDUE = "stripe.dispute_overdue"
DECIDED_AFTER = timedelta(seconds=2)
OPEN = ("needs_response", "warning_needs_response")
ESCALATED = "escalate_inquiry_evidence"
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
    if charge is not None and rest_of(charge):
        open_dispute(tx, charge, entry["payload"]["reason"])


def rest_of(charge: Document) -> int:
    """What was taken and not given back."""
    return int(charge["amount_captured"] - charge["amount_refunded"])


def dispute_members(charge: Document, reason: str, due_by: int) -> dict[str, Any]:
    """A dispute of all that was taken and not given back, as it begins."""
    inquiry = reason == "inquiry"
    return {
        "amount": rest_of(charge),
        "balance_transactions": [],
        "charge": charge["id"],
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE.split()), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": due_by,
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


def open_dispute(tx: Transaction, charge: Document, reason: str) -> Document:
    """The payer's bank takes the money back, or asks first (`inquiry`)."""
    dispute = insert(tx, "dispute", "du", dispute_members(charge, reason, now(tx) + EVIDENCE_SECONDS))
    save(tx, charge, disputed=True)
    end_warning(tx, charge)
    emit(tx, "charge.dispute.created", dispute)
    if reason != "inquiry":
        emit(tx, "charge.dispute.funds_withdrawn", dispute)
    tx.schedule(tx.now() + timedelta(seconds=EVIDENCE_SECONDS), OVERDUE, dispute["id"])
    return dispute


def verdict_on(dispute: Document) -> str | None:
    """What the test mode's magic evidence leads to; any other leaves the bank undecided."""
    inquiry = dispute["status"].startswith("warning")
    verdicts = {"winning_evidence": "won", "losing_evidence": "lost"}
    verdict = verdicts.get(dispute["evidence"]["uncategorized_text"] or "")
    return "warning_closed" if inquiry and verdict else verdict


def decide_dispute(tx: Transaction, entry: Document) -> None:
    """The bank has read the evidence."""
    dispute = tx.get(DISPUTE, entry["subject"])
    if dispute is None or not dispute["status"].endswith("under_review"):
        return
    if dispute["evidence"]["uncategorized_text"] == ESCALATED:
        escalate(tx, dispute)
    elif verdict := verdict_on(dispute):
        close(tx, dispute, verdict)


def end_overdue(tx: Transaction, entry: Document) -> None:
    """Nobody answered in time: the payer keeps the money; an inquiry is dropped."""
    dispute = tx.get(DISPUTE, entry["subject"])
    if dispute is not None and dispute["status"] in OPEN:
        details = {**dispute["evidence_details"], "past_due": True}
        close(tx, save(tx, dispute, evidence_details=details), lost_form(dispute))


def lost_form(dispute: Document) -> str:
    """How a dispute ends that is not fought."""
    return "warning_closed" if dispute["status"].startswith("warning") else "lost"


def escalate(tx: Transaction, inquiry: Document) -> None:
    """The bank was not content: the money is withdrawn now, unless it was given back meanwhile."""
    rest = rest_of(need(tx, "charge", inquiry["charge"]))
    if not rest:
        close(tx, inquiry, lost_form(inquiry))
        return
    due = {**inquiry["evidence_details"], "due_by": now(tx) + EVIDENCE_SECONDS}
    taken = {"status": "needs_response", "amount": rest, "is_charge_refundable": False}
    dispute = save(tx, inquiry, **taken, evidence_details=due)
    tx.schedule(tx.now() + timedelta(seconds=EVIDENCE_SECONDS), OVERDUE, dispute["id"])
    emit(tx, "charge.dispute.updated", dispute, None, {"status": inquiry["status"]})
    emit(tx, "charge.dispute.funds_withdrawn", dispute)


def close(tx: Transaction, dispute: Document, status: str, origin: StripeRequest | None = None) -> Document:
    """Decided; with a win the money comes back."""
    closed = save(tx, dispute, status=status)
    tx.cancel(OVERDUE, dispute["id"])
    if status != "lost":
        save(tx, need(tx, "charge", dispute["charge"]), disputed=False)
    emit(tx, "charge.dispute.closed", closed, origin, {"status": dispute["status"]})
    if status == "won":
        emit(tx, "charge.dispute.funds_reinstated", closed, origin)
    return closed


def update_dispute(request: StripeRequest) -> Document:
    """Stage evidence, or submit it: `submit` is true unless it is said otherwise."""
    tx, params = request.tx, request.params
    dispute = _open(need(tx, "dispute", request.key))
    given = {name: value or None for name, value in (params.get("evidence") or {}).items()}
    details = dispute["evidence_details"]
    has_evidence = details["has_evidence"] or bool(given)
    submits = has_evidence and params.get("submit", "evidence" in params)
    changes: dict[str, Any] = {
        "evidence": {**dispute["evidence"], **given},
        "evidence_details": {
            **details,
            "has_evidence": has_evidence,
            "submission_count": details["submission_count"] + submits,
            "submission_method": "manual" if submits else details["submission_method"],
        },
        "metadata": merged_metadata(dispute["metadata"], params.get("metadata")),
    }
    if submits:
        changes["status"] = dispute["status"].replace("needs_response", "under_review")
        tx.schedule(tx.now() + DECIDED_AFTER, DECIDE, dispute["id"])
    changed = save(tx, dispute, **changes)
    emit(tx, "charge.dispute.updated", changed, request, {"status": dispute["status"]})
    return changed


def close_dispute(request: StripeRequest) -> Document:
    """Accept that the money is gone."""
    dispute = _open(need(request.tx, "dispute", request.key))
    return close(request.tx, dispute, lost_form(dispute), request)


def _open(dispute: Document) -> Document:
    if dispute["status"] not in OPEN:
        raise invalid(f"This dispute is already {dispute['status']}.", code="dispute_already_closed")
    return dispute


def get_dispute(request: StripeRequest) -> Document:
    """One dispute."""
    return need(request.tx, "dispute", request.key)


def list_disputes(request: StripeRequest) -> Listing:
    """Disputes of a charge or an intent, or all."""
    where = named(request.params, "charge", "payment_intent")
    return page(request.tx, "dispute", "/v1/disputes", request.params, where)


OPERATIONS = (
    Operation(
        "GET",
        "/disputes",
        list_disputes,
        {**LIST_READERS, **CREATED, "charge": filled, "payment_intent": filled},
    ),
    Operation("GET", "/disputes/<key>", get_dispute, EXPAND),
    Operation(
        "POST",
        "/disputes/<key>",
        update_dispute,
        {
            "evidence": shape(**dict.fromkeys(EVIDENCE.split(), text), **accepted("enhanced_evidence")),
            "submit": boolean,
            "metadata": metadata,
            **EXPAND,
        },
    ),
    Operation("POST", "/disputes/<key>/close", close_dispute, EXPAND),
)
