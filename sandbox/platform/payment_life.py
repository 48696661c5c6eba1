"""The life of a payment: its table, its history, and what each change leads to for what is paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.accounting.fees import fee_of
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import PaymentAlreadyCompleted
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.bookkeeping import book_charge
from sandbox.platform.money import minor_units, money
from sandbox.platform.ownership import is_payer, sees_all
from sandbox.platform.payment_subjects import note_on_subject, settle_subject, surplus_of, tax_within
from sandbox.platform.receipts import send_receipt
from sandbox.platform.resource import Resource, at_least, at_most, equals
from sandbox.platform.sums import amount_filters

GIVE_BACK = "payment.give_back"

_OPEN = ("created", "requires_action")
_PAID = ("completed", "partially_refunded", "refunded")
COURSE = {
    ("created", "require_action"): "requires_action",
    **{(state, "process"): "processing" for state in (*_OPEN, "failed")},
    ("processing", "complete"): "completed",
    ("processing", "authorize"): "authorized",
    ("authorized", "complete"): "completed",
    **{(state, "fail"): "failed" for state in (*_OPEN, "processing")},
    **{(state, "cancel"): "cancelled" for state in (*_OPEN, "authorized")},
    **{(state, "expire"): "expired" for state in (*_OPEN, "authorized")},
    **{(state, "refund_partly"): "partially_refunded" for state in ("completed", "partially_refunded")},
    **{(state, "refund"): "refunded" for state in ("completed", "partially_refunded")},
    ("completed", "dispute"): "disputed",
    ("disputed", "win"): "completed",
    ("disputed", "lose"): "charged_back",
}
"""The course of things."""
TURNS = {
    ("processing", "require_action"): "requires_action",
    **{(state, "process"): "processing" for state in ("cancelled", "expired")},
    ("refunded", "refund_partly"): "partially_refunded",
    **{(state, "restore"): "completed" for state in ("partially_refunded", "refunded")},
    ("partially_refunded", "dispute"): "disputed",
    ("disputed", "win_rest"): "partially_refunded",
}
"""What a provider may report besides: a payer who was faster than the deadline, a bank that wants to see who
pays after a first card failed, a refund that came back, a dispute about what a refund had left."""
REPORTED = {action for _, action in COURSE | TURNS} - {"cancel", "complete", "refund"}
"""What only a provider or the clock does."""
LIFE = TransitionTable("payment", COURSE | TURNS, by_itself=REPORTED)


payments = Resource(
    "payment",
    path="/api/v1/payments/{paymentId}",
    indexes=("status", "subject.id", "providerRef"),
    sorts=("createdAt", "updatedAt", "_amount"),
    filters={
        "status": equals("status"),
        "provider": equals("provider"),
        "subjectType": equals("subject.type"),
        "subjectId": equals("subject.id"),
        "currency": equals("amount.currency"),
        **amount_filters(),
        "createdAfter": at_least("createdAt"),
        "createdBefore": at_most("createdAt"),
        "updatedSince": at_least("updatedAt"),
    },
    emits={
        "authorize": "payment.authorized",
        "complete": "payment.completed",
        "fail": "payment.failed",
        "dispute": "payment.disputed",
        "win": "payment.dispute_closed",
        "win_rest": "payment.dispute_closed",
        "lose": "payment.dispute_closed",
    },
    visible=is_payer,
    sees_all=sees_all,
    links={"events": "/api/v1/payments/{id}/events", "refunds": "/api/v1/payments/{id}/refunds"},
)


NOTHING_PENDING: Mapping[str, Any] = {
    "failure": None,
    "failedAt": None,
    "nextAction": None,
    "_unknown": False,
    "_trying": None,
}
"""Of an attempt that has come to its end."""


def entry(
    tx: Transaction, before: str | None, after: str, source: str, detail: str | None = None
) -> dict[str, Any]:
    """One line of a payment's history."""
    return {"at": tx.stamp(), "fromStatus": before, "toStatus": after, "source": source, "detail": detail}


def change(
    tx: Transaction, payment: Document, action: str, source: str, detail: str | None = None, **members: Any
) -> Document:
    """Move a payment along its table; raises InvalidStateTransition."""
    following = LIFE.next(payment["status"], action)
    history = [*payment["_history"], entry(tx, payment["status"], following, source, detail)]
    return payments.move(tx, payment, LIFE, action, _history=history, **members)


def can(payment: Mapping[str, Any], action: str) -> bool:
    """Whether the table lists the action for the payment's status."""
    return (payment["status"], action) in LIFE.table


def require_unpaid(payment: Mapping[str, Any]) -> None:
    """Raises PaymentAlreadyCompleted for one that has its money."""
    if payment["status"] in (*_PAID, "authorized", "disputed", "charged_back"):
        raise PaymentAlreadyCompleted(details=f"the payment is {payment['status']}", target="status")


def under_way(tx: Transaction, payment: Document, source: str) -> Document:
    """The payment in processing, where every outcome of an attempt begins."""
    return change(tx, payment, "process", source) if can(payment, "process") else payment


def complete(
    tx: Transaction, payment: Document, units: int, source: str, detail: str | None = None
) -> Document:
    """The money is here: settle what was paid for, and give back what is owed no more."""
    surplus = surplus_of(tx, payment["subject"], units)
    currency = payment["amount"]["currency"]
    fee = fee_of(payment["provider"], units, currency)
    done = change(
        tx,
        under_way(tx, payment, source),
        "complete",
        source,
        detail,
        amountCaptured=money(units, currency),
        fees=money(fee, currency) if fee else None,
        completedAt=tx.stamp(),
        _tax=tax_within(tx, payment["subject"], units),
        **NOTHING_PENDING,
    )
    book_charge(tx, done)
    settle_subject(tx, done)
    send_receipt(tx, done)
    if surplus:
        tx.schedule(tx.now(), GIVE_BACK, done["id"], reason="other", units=surplus)
    return done


def fail(tx: Transaction, payment: Document, failure: Mapping[str, Any], source: str) -> Document:
    """The attempt did not succeed; another may follow."""
    members = {**NOTHING_PENDING, "failure": dict(failure), "failedAt": tx.stamp()}
    tried = under_way(tx, payment, source) if payment["status"] == "failed" else payment
    return change(tx, tried, "fail", source, failure["declineCode"] or failure["code"], **members)


def expire(tx: Transaction, payment: Document, detail: str) -> Document:
    """Nobody waits for it any more; reserved money that goes back is a failure to those who hoped for it."""
    held = payment["status"] == "authorized"
    gone = change(tx, payment, "expire", "clock", detail, nextAction=None)
    if held:
        tx.emit("payment.failed", "payment", gone)
        note_on_subject(tx, gone)
    return gone


def count_refunds(tx: Transaction, payment: Document, refunded_units: int, source: str) -> Document:
    """Bring the status in line with what has been paid back in all; a dispute is not over because of it."""
    captured = minor_units(payment["amountCaptured"])
    action = "restore" if not refunded_units else "refund" if refunded_units >= captured else "refund_partly"
    refunded = money(refunded_units, payment["amount"]["currency"])
    if can(payment, action):
        changed = change(tx, payment, action, source, amountRefunded=refunded)
    else:
        changed = payments.save(tx, payment, amountRefunded=refunded)
    note_on_subject(tx, changed)
    return changed
