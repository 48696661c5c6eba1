"""Payment subscriptions: a kept card that pays every month or year until it is told to stop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.platform.call import Call
from sandbox.platform.money import minor_units
from sandbox.platform.ownership import is_guest, is_payer
from sandbox.platform.subscribing import blank, charge, charge_when_due, stop
from sandbox.platform.subscription_payments import CHARGE, subscriptions

__all__ = ["EFFECTS", "subscriptions"]

Body = Mapping[str, Any]


async def create_payment_subscription(call: Call, body: Body) -> Document:
    """Charge the first period, or wait for the trial to end; raises the decline, and then there is none."""
    with call.transaction() as tx:
        call.tx = tx
        subscription = subscriptions.insert(tx, _draft(call, body))
        if subscription["status"] == "trialing":
            tx.schedule(parse_instant(subscription["nextChargeAt"]), CHARGE, subscription["id"])
            return subscription
    await _charge_first(call, subscription["id"])
    with call.transaction() as tx:
        return tx.need("payment_subscription", subscription["id"])


def cancel_payment_subscription(
    call: Call, payment_subscription_id: str, body: Body | None = None
) -> Document:
    """At once; what was paid is not given back."""
    subscription = subscriptions.get(call, payment_subscription_id)
    subscriptions.check_match(call, subscription)
    return stop(call.tx, subscription, (body or {}).get("reason"))


async def _charge_first(call: Call, key: str) -> None:
    try:
        payment = await charge(call, key)
    except errors.DomainError:
        with call.transaction() as tx:
            tx.delete("payment_subscription", key)
        raise
    if payment["status"] == "processing":
        return  # the provider's report settles it


def _draft(call: Call, body: Body) -> dict[str, Any]:
    method = call.tx.get("payment_method", body["paymentMethodId"])
    if method is None or method["userId"] is None or (is_guest(call) and not is_payer(call, method)):
        raise errors.BusinessRuleViolation(
            details=f"no user keeps a payment method '{body['paymentMethodId']}'", target="/paymentMethodId"
        )
    if minor_units(body["plan"]["amount"], "/plan/amount") <= 0:
        raise errors.InvalidAmount(details="a plan costs more than nothing", target="/plan/amount/amount")
    days = body.get("trialDays", 0)
    return blank(body, method["userId"], call.tx.now() + timedelta(days=days), days > 0)


EFFECTS = {CHARGE: charge_when_due}
