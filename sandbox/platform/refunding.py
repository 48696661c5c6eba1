"""Refunds: checked, made at the provider, counted on the payment; whole subjects are paid back by a job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.connectors.stripe import Answer, ProviderRefusal, StripeConnector
from sandbox.kernel import errors
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.ports import Ports
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform.bookkeeping import book_failed_refund, book_refund
from sandbox.platform.call import Call
from sandbox.platform.money import comparable, minor_units, money, share
from sandbox.platform.ownership import is_payer, sees_all
from sandbox.platform.payment_life import count_refunds, payments
from sandbox.platform.resource import Resource, at_least, at_most, equals
from sandbox.platform.sums import amount_filters

WINDOW = timedelta(days=180)
SETTLE = "refund.settle"
PATIENCE = (timedelta(), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
"""How long before each try of a refund that nobody waits for."""
REFUNDABLE = ("completed", "partially_refunded")
PROVIDER_REASONS = ("requested_by_customer", "duplicate", "fraudulent")
FINISHED = {"succeeded": "succeed", "failed": "fail", "canceled": "cancel"}
REFUND_LIFE = TransitionTable(
    "refund",
    {
        ("pending", "succeed"): "succeeded",
        ("pending", "fail"): "failed",
        ("pending", "cancel"): "cancelled",
        ("succeeded", "fail"): "failed",
    },
    by_itself=("succeed", "fail"),
)


refunds = Resource(
    "refund",
    path="/api/v1/refunds/{refundId}",
    indexes=("status", "paymentId", "providerRef"),
    sorts=("createdAt", "updatedAt", "_amount"),
    filters={
        "status": equals("status"),
        "paymentId": equals("paymentId"),
        "reason": equals("reason"),
        "provider": equals("_provider"),
        "currency": equals("amount.currency"),
        "subjectType": equals("payment.subject.type"),
        "subjectId": equals("payment.subject.id"),
        **amount_filters(),
        "createdAfter": at_least("createdAt"),
        "createdBefore": at_most("createdAt"),
    },
    visible=is_payer,
    sees_all=sees_all,
    links={},
)


async def give_back(call: Call, payment_id: str, body: Mapping[str, Any]) -> Document:
    """One refund on a caller's behalf."""
    with call.transaction() as tx:
        call.tx = tx
        refund = open_refund(tx, payments.get(call, payment_id), body)
    return await settle_at_provider(call.workspace, call.ports, refund, call.correlation_id)


def open_refund(tx: Transaction, payment: Document, body: Mapping[str, Any]) -> Document:
    """A pending refund; raises when the payment cannot be paid back, or not that much of it."""
    units = _units(tx, payment, body.get("amount"))
    members = {
        "metadata": {},
        "note": None,
        **body,
        "paymentId": payment["id"],
        "amount": money(units, payment["amount"]["currency"]),
        "status": "pending",
        "providerRef": None,
        "failureReason": None,
        "payment": _summary(payment),
        "_userId": payment["_userId"],
        "_provider": payment["provider"],
        "_amount": comparable(units, payment["amount"]["currency"]),
    }
    return refunds.insert(tx, members)


async def settle_at_provider(
    workspace: Workspace, ports: Ports, refund: Document, correlation_id: str
) -> Document:
    """Let the provider pay; raises UpstreamTimeout or UpstreamError with the refund left pending."""
    with workspace.transaction(correlation_id) as tx:
        payment = tx.need("payment", refund["paymentId"])
        if payment["providerRef"] is None or payment["provider"] != "stripe":
            return finish(tx, refund, "succeed", {})
    try:
        answer = await _at_provider(workspace, ports, payment, refund, correlation_id)
    except ProviderRefusal as refusal:
        with workspace.transaction(correlation_id) as tx:
            finish(tx, tx.need("refund", refund["id"]), "fail", {"failure_reason": str(refusal)[:500]})
        raise errors.PaymentNotRefundable(details=f"stripe refused: {refusal}", target="paymentId") from None
    with workspace.transaction(correlation_id) as tx:
        return apply_refund(tx, answer) or tx.need("refund", refund["id"])


async def _at_provider(
    workspace: Workspace, ports: Ports, payment: Document, refund: Document, correlation_id: str
) -> Answer:
    params = {
        "payment_intent": payment["providerRef"],
        "amount": minor_units(refund["amount"]),
        "reason": refund["reason"] if refund["reason"] in PROVIDER_REASONS else None,
        "metadata[refundId]": refund["id"],
    }
    connector = StripeConnector(ports, workspace.id, correlation_id)
    return await connector.create_refund(params, f"{refund['id']}:create")


def apply_refund(tx: Transaction, report: Mapping[str, Any]) -> Document | None:
    """Bring a refund in line with the provider's; None for one that is not ours."""
    refund = tx.get("refund", (report.get("metadata") or {}).get("refundId") or "")
    if refund is None:
        return None
    if refund["providerRef"] is None:
        refund = refunds.save(tx, refund, providerRef=report["id"])
    action = FINISHED.get(report["status"])
    if action is None or (refund["status"], action) not in REFUND_LIFE.table:
        return refund
    return finish(tx, refund, action, report)


def finish(tx: Transaction, refund: Document, action: str, report: Mapping[str, Any]) -> Document:
    """The refund is decided: count it on the payment and tell whoever listens."""
    status = REFUND_LIFE.next(refund["status"], action)
    payment = tx.need("payment", refund["paymentId"])
    payment = _counted(tx, payment, refund, action)
    reason = report.get("failure_reason")
    done = refunds.save(tx, refund, status=status, failureReason=reason, payment=_summary(payment))
    if action == "succeed":
        tx.emit("payment.refunded", "refund", done)
    return done


def _counted(tx: Transaction, payment: Document, refund: Document, action: str) -> Document:
    """The payment with the refund counted, or no longer counted; the ledger follows."""
    units, before = minor_units(refund["amount"]), minor_units(payment["amountRefunded"])
    if action == "succeed":
        counted = count_refunds(tx, payment, before + units, "provider")
        book_refund(tx, counted, refund, before)
    elif refund["status"] == "succeeded":
        counted = count_refunds(tx, payment, before - units, "provider")
        book_failed_refund(tx, counted, refund, before - units)
    else:
        counted = payment
    return counted


async def refund_subject(workspace: Workspace, entry: Document, ports: Ports) -> None:
    """The effect behind a cancellation: pay back the completed payments of a registration or a booking."""
    with workspace.transaction() as tx:
        paid = tx.get("registration", entry["subject"]) or tx.get("booking", entry["subject"])
        for key in paid["payment"]["paymentIds"] if paid is not None else ():
            _owe(tx, tx.need("payment", key), entry["payload"])
        tx.cancel(entry["job"], entry["subject"])


async def give_back_surplus(workspace: Workspace, entry: Document, ports: Ports) -> None:
    """The effect behind money that came too late or twice, or that a dispute kept from going back."""
    with workspace.transaction() as tx:
        payment = tx.get("payment", entry["subject"])
        if payment is not None:
            _owe(tx, payment, entry["payload"])
        tx.cancel(entry["job"], entry["subject"])


async def settle_refund(workspace: Workspace, entry: Document, ports: Ports) -> None:
    """The effect that has a pending refund paid; a provider that is silent or down is asked again later."""
    refund = workspace.store.get("refund", entry["subject"])
    if refund is None or refund["status"] != "pending":
        return
    try:
        await settle_at_provider(workspace, ports, refund, "")
    except errors.ServerProblem:
        attempt = entry["payload"].get("attempt", 1)
        with workspace.transaction() as tx:
            if attempt < len(PATIENCE):
                tx.schedule(tx.now() + PATIENCE[attempt], SETTLE, refund["id"], attempt=attempt + 1)
    except errors.DomainError:
        return  # refused: the refund itself says why


def _owe(tx: Transaction, payment: Document, payload: Mapping[str, Any]) -> None:
    """Give it back, at once or, while a dispute is open, if that is won."""
    if payment["status"] == "disputed":
        tx.put("payment", {**payment, "_owedBack": dict(payload)})
    if payment["status"] not in REFUNDABLE:
        return
    asked = _asked(tx, payment, payload)
    if asked is not None:
        tx.schedule(tx.now(), SETTLE, open_refund(tx, payment, asked)["id"])


def _asked(tx: Transaction, payment: Document, payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """The refund of so many units, or of a share, at most of what is left; None where that is nothing."""
    taken = minor_units(payment["amountCaptured"])
    wanted = payload.get("units", share(taken, payload.get("percent", 100), 100))
    units = min(wanted, left_of(tx, payment))
    if units <= 0 or (payment["completedAt"] or "") < instant(tx.now() - WINDOW):
        return None
    return {"amount": money(units, payment["amount"]["currency"]), "reason": payload["reason"]}


def left_of(tx: Transaction, payment: Document) -> int:
    """What can still be paid back; refunds under way count as paid."""
    under_way = tx.find("refund", {"paymentId": payment["id"], "status": "pending"})
    pending = sum(minor_units(refund["amount"]) for refund in under_way)
    return minor_units(payment["amountCaptured"]) - minor_units(payment["amountRefunded"]) - pending


def _units(tx: Transaction, payment: Document, asked: Mapping[str, Any] | None) -> int:
    if payment["status"] not in REFUNDABLE:
        raise errors.PaymentNotRefundable(details=f"the payment is {payment['status']}", target="paymentId")
    oldest = instant(tx.now() - WINDOW)
    if (payment["completedAt"] or "") < oldest:
        raise errors.RefundWindowClosed(
            details=f"payments can be paid back for {WINDOW.days} days", target="paymentId"
        )
    left = left_of(tx, payment)
    if asked is not None and asked["currency"] != payment["amount"]["currency"]:
        raise errors.CurrencyMismatch(
            details=f"{payment['amount']['currency']} was paid", target="/amount/currency"
        )
    units = left if asked is None else minor_units(asked)
    if asked is not None and units <= 0:
        raise errors.InvalidAmount(details="an amount is more than nothing", target="/amount/amount")
    if units > left or left <= 0:
        most = money(max(left, 0), payment["amount"]["currency"])
        raise errors.RefundExceedsBalance(
            details=f"{most['amount']} {most['currency']} is left", target="/amount/amount"
        )
    return units


def _summary(payment: Document) -> dict[str, Any]:
    return {
        name: payment[name] for name in ("reference", "status", "subject", "amountCaptured", "amountRefunded")
    }
