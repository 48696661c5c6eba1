"""Disputes as the provider reports them: opened, answered, decided; what that does to the payment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.clock import from_epoch, instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import DisputeClosed
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.bookkeeping import book_dispute, book_won_dispute
from sandbox.platform.money import comparable, minor_units, money
from sandbox.platform.ownership import is_payer, sees_all
from sandbox.platform.payment_life import GIVE_BACK, can, change
from sandbox.platform.payment_subjects import note_on_subject
from sandbox.platform.resource import Resource, at_least, at_most, equals

Report = Mapping[str, Any]

REASONS = ("fraudulent", "duplicate", "product_not_received")
"""Every other reason of the provider's is `other` here."""
STATUSES = {
    "needs_response": "needs_response",
    "warning_needs_response": "needs_response",
    "under_review": "under_review",
    "warning_under_review": "under_review",
    "won": "won",
    "lost": "lost",
    "warning_closed": "closed",
}
DECIDED = ("won", "lost", "closed")
LIFE = TransitionTable("dispute", {("needs_response", "evidence"): "under_review"})
"""What may be asked for; everything else the provider reports."""

disputes = Resource(
    "dispute",
    path="/api/v1/disputes/{disputeId}",
    indexes=("status", "paymentId", "providerRef"),
    sorts=("createdAt", "evidenceDueAt"),
    filters={
        "status": equals("status"),
        "reason": equals("reason"),
        "paymentId": equals("paymentId"),
        "createdAfter": at_least("createdAt"),
        "createdBefore": at_most("createdAt"),
    },
    visible=is_payer,
    sees_all=sees_all,
    links={"evidence": "/api/v1/disputes/{id}/evidence"},
    life=LIFE,
)


def require_open(tx: Transaction, dispute: Document) -> None:
    """Raises DisputeClosed where evidence comes too late."""
    if dispute["status"] != "needs_response":
        raise DisputeClosed(details=f"the dispute is {dispute['status'].replace('_', ' ')}", target="status")
    if dispute["evidenceDueAt"] < tx.stamp():
        raise DisputeClosed(
            details=f"evidence was due until {dispute['evidenceDueAt']}", target="evidenceDueAt"
        )


def apply_dispute(tx: Transaction, payment: Document | None, report: Report) -> Document | None:
    """Bring a dispute in line with the provider; reports that are older than what is known change nothing."""
    if payment is None or report.get("status") not in STATUSES:
        return None
    known = tx.find("dispute", {"providerRef": report["id"]}, limit=1)
    dispute = known[0] if known else _opened(tx, payment, report)
    if dispute["status"] in DECIDED:
        return dispute
    if not report["status"].startswith("warning") and not dispute["_withdrawn"] and can(payment, "dispute"):
        return _withdrawn(tx, payment, dispute, report)
    status = STATUSES[report["status"]]
    if status in DECIDED:
        return _decided(tx, payment, dispute, status)
    return disputes.save(tx, dispute, status=status) if status == "under_review" else dispute


def with_evidence(tx: Transaction, dispute: Document, body: Report) -> Document:
    """Note what was submitted."""
    evidence = {"text": None, "documents": [], **body, "submittedAt": tx.stamp()}
    return disputes.save(tx, dispute, evidence=evidence)


def _opened(tx: Transaction, payment: Document, report: Report) -> Document:
    currency = payment["amount"]["currency"]
    reason = report.get("reason")
    members = {
        "metadata": {},
        "paymentId": payment["id"],
        "amount": money(report["amount"], currency),
        "reason": reason if reason in REASONS else "other",
        "status": "needs_response",
        "evidenceDueAt": instant(from_epoch(report["evidence_details"]["due_by"])),
        "evidence": None,
        "closedAt": None,
        "providerRef": report["id"],
        "_withdrawn": False,
        "_userId": payment["_userId"],
        "_amount": comparable(report["amount"], currency),
    }
    return disputes.insert(tx, members)


def _withdrawn(tx: Transaction, payment: Document, dispute: Document, report: Report) -> Document:
    """The provider has taken the money; the payment is disputed from now on."""
    due = instant(from_epoch(report["evidence_details"]["due_by"]))
    amount = money(report["amount"], payment["amount"]["currency"])
    taken = disputes.save(
        tx, dispute, status="needs_response", amount=amount, evidenceDueAt=due, _withdrawn=True
    )
    book_dispute(tx, payment, taken)
    disputed = change(tx, payment, "dispute", "provider", taken["reason"])
    return taken if report["status"] == "needs_response" else apply_dispute(tx, disputed, report) or taken


def _decided(tx: Transaction, payment: Document, dispute: Document, status: str) -> Document:
    decided = disputes.save(tx, dispute, status=status, closedAt=tx.stamp())
    if not dispute["_withdrawn"]:
        return decided
    if status == "lost":
        note_on_subject(tx, change(tx, payment, "lose", "provider"))
    else:
        book_won_dispute(tx, payment, decided)
        rest = minor_units(payment["amountRefunded"])
        change(tx, payment, "win_rest" if rest else "win", "provider", _owedBack=None)
        if payment.get("_owedBack"):
            tx.schedule(tx.now(), GIVE_BACK, payment["id"], **payment["_owedBack"])
    return decided
