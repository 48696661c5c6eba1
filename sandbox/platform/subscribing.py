"""The life of a payment subscription: charged when its period begins, tried again, given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.ports import Ports
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform.collecting import begin_attempt, collect
from sandbox.platform.payment_opening import blank_payment, insert_payment, open_intent
from sandbox.platform.payment_subjects import owed
from sandbox.platform.subscription_payments import CHARGE, subscriptions

TRY_AGAIN = (timedelta(days=1), timedelta(days=3), timedelta(days=5))
"""After each charge that failed; then it is given up."""
LIFE = TransitionTable(
    "payment subscription",
    {
        ("trialing", "charge"): "past_due",
        ("active", "charge"): "past_due",
        ("past_due", "charge"): "past_due",
        **{(state, "cancel"): "cancelled" for state in ("trialing", "active", "past_due")},
    },
    by_itself=("charge",),
)


@dataclass(frozen=True, slots=True)
class DueCharge:
    """What due work brings along to the provider."""

    ports: Ports
    workspace: Workspace
    correlation_id: str = ""

    def transaction(self) -> Transaction:
        """On nobody's behalf."""
        return self.workspace.transaction(self.correlation_id)


async def charge_when_due(workspace: Workspace, entry: Document, ports: Ports) -> None:
    """The effect at the beginning of a period; a decline is tried again some days later."""
    key = entry["subject"]
    with workspace.transaction() as tx:
        subscription = tx.get("payment_subscription", key)
        if subscription is None or subscription["status"] == "cancelled":
            return
        tx.schedule(tx.now() + TRY_AGAIN[0], CHARGE, key)
        fall_due(tx, subscription)
    try:
        await charge(DueCharge(ports, workspace), key)
    except errors.DomainError:
        with workspace.transaction() as tx:
            put_off(tx, tx.need("payment_subscription", key))


def fall_due(tx: Transaction, subscription: Document) -> Document:
    """From now on the period is to be paid."""
    return subscriptions.move(tx, subscription, LIFE, "charge")


async def charge(errand: Any, key: str) -> Document:
    """Have the kept card pay for a period; raises the decline."""
    with errand.transaction() as tx:
        subscription = tx.need("payment_subscription", key)
        method = tx.need("payment_method", subscription["paymentMethodId"])
        subject = {"type": "payment_subscription", "id": key}
        due = owed(tx, subject)
        body = {"subject": subject, "provider": "stripe", "paymentMethod": method["token"]}
        draft = blank_payment(tx, due, due.due, body)
    opened = await open_intent(errand, draft)
    with errand.transaction() as tx:
        stored = insert_payment(tx, {**draft, **opened}, "clock")
        payment = begin_attempt(tx, stored, {})
    return await collect(errand, payment, {"offSession": True})


def put_off(tx: Transaction, subscription: Document) -> None:
    """Try again later, or give up."""
    if subscription["status"] != "past_due":
        return
    failures = subscription["failedCharges"]
    if failures >= len(TRY_AGAIN):
        stop(tx, subscription, "the card did not pay")
        return
    subscriptions.save(tx, subscription, failedCharges=failures + 1)
    tx.schedule(tx.now() + TRY_AGAIN[failures], CHARGE, subscription["id"])


def stop(tx: Transaction, subscription: Document, reason: str | None) -> Document:
    """Nothing is charged any more; raises InvalidStateTransition."""
    stopped = subscriptions.move(tx, subscription, LIFE, "cancel", **ended(tx, reason))
    tx.cancel(CHARGE, subscription["id"])
    return stopped


def ended(tx: Transaction, reason: str | None) -> dict[str, Any]:
    """What a cancelled one shows."""
    return {"cancelledAt": tx.stamp(), "cancellationReason": reason, "nextChargeAt": None}


def blank(body: Mapping[str, Any], user_id: str, starts: datetime, trial: bool) -> dict[str, Any]:
    """One that nothing has been paid for yet."""
    return {
        "metadata": {},
        **body,
        "userId": user_id,
        "status": "trialing" if trial else "past_due",
        "nextChargeAt": instant(starts),
        "failedCharges": 0,
        "lastPaymentId": None,
        "cancelledAt": None,
        "cancellationReason": None,
        "_userId": user_id,
        "_anchorDay": starts.day,
    }
