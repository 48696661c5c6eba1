"""The life of a payment: its table, its history, and what each change leads to for what is paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import PaymentAlreadyCompleted
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.money import minor_units, money
from sandbox.platform.ownership import sees_all
from sandbox.platform.payment_subjects import is_surplus, note_on_subject, settle_subject
from sandbox.platform.resource import Resource, at_least, at_most, equals

GIVE_BACK = "payment.give_back"

_OPEN = ("created", "requires_action", "processing", "failed")
_PAID = ("completed", "partially_refunded", "refunded")
LIFE = TransitionTable(
    "payment",
    {(state, "process"): "processing" for state in _OPEN}
    | {(state, "require_action"): "requires_action" for state in _OPEN}
    | {(state, "authorize"): "authorized" for state in _OPEN}
    | {(state, "complete"): "completed" for state in (*_OPEN, "authorized", "cancelled", "expired")}
    | {(state, "fail"): "failed" for state in _OPEN}
    | {("processing", "retreat"): "created"}
    | {(state, "cancel"): "cancelled" for state in ("created", "requires_action", "failed", "authorized")}
    | {(state, "expire"): "expired" for state in ("created", "requires_action", "failed", "authorized")}
    | {(state, "refund_partly"): "partially_refunded" for state in _PAID}
    | {(state, "refund"): "refunded" for state in _PAID}
    | {(state, "restore"): "completed" for state in _PAID}
    | {(state, "dispute"): "disputed" for state in ("completed", "partially_refunded")}
    | {("disputed", "win"): "completed", ("disputed", "lose"): "charged_back"},
)
"""A payer may be faster than a deadline, so money that arrives late completes the payment all the same."""


def _is_visible(call: Call, payment: Document) -> bool:
    return payment["_userId"] is not None and payment["_userId"] == call.principal.user_id


payments = Resource(
    "payment",
    path="/api/v1/payments/{paymentId}",
    type_code="d1",
    indexes=("status", "subject.id", "providerRef"),
    sorts=("createdAt", "updatedAt"),
    filters={
        "status": equals("status"),
        "provider": equals("provider"),
        "subjectType": equals("subject.type"),
        "subjectId": equals("subject.id"),
        "currency": equals("amount.currency"),
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
        "lose": "payment.dispute_closed",
    },
    visible=_is_visible,
    sees_all=sees_all,
    links={"events": "/api/v1/payments/{id}/events", "refunds": "/api/v1/payments/{id}/refunds"},
)


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


def complete(tx: Transaction, payment: Document, units: int, source: str) -> Document:
    """The money is here: settle what was paid for, or give it back where nothing is owed any more."""
    surplus = is_surplus(tx, payment["subject"])
    done = change(
        tx,
        payment,
        "complete",
        source,
        amountCaptured=money(units, payment["amount"]["currency"]),
        completedAt=tx.stamp(),
        failure=None,
        failedAt=None,
        nextAction=None,
        _unknown=False,
    )
    settle_subject(tx, done)
    if surplus:
        tx.schedule(tx.now(), GIVE_BACK, done["id"], reason="other")
    return done


def fail(tx: Transaction, payment: Document, failure: Mapping[str, Any], source: str) -> Document:
    """The attempt did not succeed; another may follow."""
    members = {"failure": dict(failure), "failedAt": tx.stamp(), "nextAction": None, "_unknown": False}
    return change(tx, payment, "fail", source, failure["declineCode"] or failure["code"], **members)


def expire(tx: Transaction, payment: Document, detail: str) -> Document:
    """Nobody waits for it any more; reserved money that goes back is a failure to those who hoped for it."""
    held = payment["status"] == "authorized"
    gone = change(tx, payment, "expire", "clock", detail, nextAction=None)
    if held:
        tx.emit("payment.failed", "payment", gone)
        note_on_subject(tx, gone)
    return gone


def count_refunds(tx: Transaction, payment: Document, refunded_units: int, source: str) -> Document:
    """Bring the status in line with what has been paid back in all."""
    captured = minor_units(payment["amountCaptured"])
    action = "restore" if not refunded_units else "refund" if refunded_units >= captured else "refund_partly"
    refunded = money(refunded_units, payment["amount"]["currency"])
    changed = change(tx, payment, action, source, amountRefunded=refunded)
    note_on_subject(tx, changed)
    return changed
