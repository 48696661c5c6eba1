"""Payments as a subscription sees them: what a period costs, and that it was paid."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from typing import Any

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.money import Money, normalised
from sandbox.platform.ownership import is_payer, sees_all
from sandbox.platform.resource import Resource, equals

CHARGE = "payment_subscription.charge"

subscriptions = Resource(
    "payment_subscription",
    path="/api/v1/payment-subscriptions/{paymentSubscriptionId}",
    indexes=("status", "userId", "paymentMethodId"),
    sorts=("createdAt", "nextChargeAt"),
    filters={"status": equals("status"), "userId": equals("userId")},
    visible=is_payer,
    sees_all=sees_all,
)


def subscription_due(tx: Transaction, key: str) -> Money | None:
    """The price of the period that is to be paid; None between two of them."""
    subscription = tx.get("payment_subscription", key)
    if subscription is None or subscription["status"] != "past_due":
        return None
    return normalised(subscription["plan"]["amount"])


def settle_subscription(tx: Transaction, key: str, payment: Mapping[str, Any]) -> Document | None:
    """The period is paid: the next charge is due when it ends."""
    subscription = tx.need("payment_subscription", key)
    if subscription["status"] != "past_due":
        return None
    then = following(
        subscription["nextChargeAt"], subscription["_anchorDay"], subscription["plan"]["interval"]
    )
    tx.schedule(parse_instant(then), CHARGE, key)
    members = {"lastPaymentId": payment["id"], "failedCharges": 0, "nextChargeAt": then}
    return subscriptions.save(tx, subscription, status="active", **members)


def following(start: str, anchor_day: int, interval: str) -> str:
    """The beginning of the next period: the same day of the month, or the last that the month has."""
    moment = parse_instant(start)
    months = moment.year * 12 + moment.month - 1 + (12 if interval == "year" else 1)
    year, month = divmod(months, 12)
    day = min(anchor_day, monthrange(year, month + 1)[1])
    return instant(moment.replace(year=year, month=month + 1, day=day))
