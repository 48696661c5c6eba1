"""Payments: started, confirmed, captured and cancelled at the provider, or settled offline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.connectors.stripe import StripeConnector
from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.replies import Page
from sandbox.platform.call import Call
from sandbox.platform.card_data import refuse_card_numbers
from sandbox.platform.collecting import begin_attempt, collect, require_own_method
from sandbox.platform.money import minor_units, normalised
from sandbox.platform.ownership import is_guest
from sandbox.platform.payment_deadlines import kept_while_owed
from sandbox.platform.payment_life import LIFE, change, complete, payments
from sandbox.platform.payment_opening import at_provider, blank_payment, insert_payment, open_intent
from sandbox.platform.payment_reports import apply_intent
from sandbox.platform.payment_subjects import Owed, note_on_subject, owed
from sandbox.platform.reach import is_within
from sandbox.platform.receipts import receipt_of
from sandbox.platform.refunding import give_back, refunds

Body = Mapping[str, Any]

LARGEST_UNITS = 99_999_999


async def create_payment(call: Call, body: Body) -> Document:
    """Open an intent at the provider for exactly what is due."""
    refuse_card_numbers(body)
    with call.transaction() as tx:
        call.tx = tx
        draft = _draft(call, body)
    opened = await open_intent(call, draft) if draft["provider"] == "stripe" else {}
    with call.transaction() as tx:
        return kept_while_owed(tx, insert_payment(tx, {**draft, **opened}, "api"))


async def confirm_payment(call: Call, payment_id: str, body: Body | None = None) -> Document:
    """Try a payment method; raises the decline."""
    asked = body or {}
    refuse_card_numbers(asked)
    with call.transaction() as tx:
        call.tx = tx
        payment = begin_attempt(tx, payments.get(call, payment_id), asked)
        require_own_method(call, payment)
        if payment["provider"] == "offline":
            return complete(tx, payment, minor_units(payment["amount"]), "api")
    return await collect(call, payment, asked)


async def capture_payment(call: Call, payment_id: str, body: Body | None = None) -> Document:
    """Take what is reserved, or a part of it."""
    with call.transaction() as tx:
        call.tx = tx
        payment = payments.get(call, payment_id)
        units = _capture_units(payment, (body or {}).get("amount"))
    intent = await at_provider(
        _stripe(call).capture_intent(payment["providerRef"], units, f"{payment_id}:capture:{units}")
    )
    with call.transaction() as tx:
        return apply_intent(tx, tx.need("payment", payment_id), intent, "api")


async def cancel_payment(call: Call, payment_id: str, body: Body | None = None) -> Document:
    """Give it up before it completes."""
    with call.transaction() as tx:
        call.tx = tx
        payment = payments.get(call, payment_id)
        LIFE.next(payment["status"], "cancel")
    if payment["providerRef"]:
        await at_provider(_stripe(call).cancel_intent(payment["providerRef"], f"{payment_id}:cancel"))
    with call.transaction() as tx:
        return _cancelled(call, tx.need("payment", payment_id), (body or {}).get("reason"))


def list_payment_events(call: Call, payment_id: str) -> dict[str, Any]:
    """Every change of its status."""
    return {"data": payments.get(call, payment_id)["_history"]}


def get_payment_receipt(call: Call, payment_id: str) -> dict[str, Any]:
    """Once it has completed."""
    return receipt_of(call.tx, payments.get(call, payment_id))


def list_payment_refunds(call: Call, payment_id: str) -> Page:
    """All of them, oldest first."""
    payments.get(call, payment_id)
    found = call.tx.find("refund", {"paymentId": payment_id}, order="createdAt")
    return Page.of_all(found)


async def create_refund(call: Call, payment_id: str, body: Body) -> Document:
    """Give money back, all that is left or a part."""
    refuse_card_numbers(body)
    return await give_back(call, payment_id, body)


def _draft(call: Call, body: Body) -> dict[str, Any]:
    if body["provider"] == "paypal":
        raise errors.IntegrationNotConnected(
            details="paypal is not connected; use stripe or offline", target="/provider"
        )
    subject = owed(call.tx, body["subject"])
    _require_own(call, body, subject)
    amount = _amount(body.get("amount"), subject, body["provider"])
    return blank_payment(call.tx, subject, amount, body)


def _require_own(call: Call, body: Body, subject: Owed) -> None:
    """Guests pay what is theirs, by card; whose role does not reach a subject is a guest there."""
    kind, key = body["subject"]["type"], body["subject"]["id"]
    if not is_guest(call) and is_within(call, "payment", body):
        return
    if subject.user_id != call.principal.user_id:
        raise errors.BusinessRuleViolation(details=f"{kind} '{key}' does not exist", target="/subject/id")
    if body["provider"] == "offline":
        raise errors.InsufficientPermissions(
            details="money at the desk is noted by staff", target="/provider"
        )


def _amount(asked: Body | None, subject: Owed, provider: str) -> dict[str, str]:
    """What is due; an amount that was given must be just that."""
    due = subject.due
    if asked is not None:
        if asked["currency"] != due["currency"]:
            minor_units(asked)
            raise errors.CurrencyMismatch(details=f"{due['currency']} is due", target="/amount/currency")
        given = normalised(asked)
        if minor_units(given) <= 0:
            raise errors.InvalidAmount(details="an amount is more than nothing", target="/amount/amount")
        if given != due:
            raise errors.AmountMismatch(
                details=f"{due['amount']} {due['currency']} is due", target="/amount/amount"
            )
    if provider == "stripe" and minor_units(due) > LARGEST_UNITS:
        raise errors.InvalidAmount(details="more than the provider takes at once", target="/amount/amount")
    return dict(due)


def _capture_units(payment: Document, asked: Body | None) -> int:
    if payment["status"] != "authorized":
        raise errors.PaymentNotCapturable(details=f"the payment is {payment['status']}", target="status")
    held = minor_units(payment["amount"])
    if asked is None:
        return held
    if asked["currency"] != payment["amount"]["currency"]:
        raise errors.CurrencyMismatch(
            details=f"{payment['amount']['currency']} is reserved", target="/amount/currency"
        )
    units = minor_units(asked)
    if not 0 < units <= held:
        raise errors.InvalidAmount(
            details=f"at most {payment['amount']['amount']} is reserved", target="/amount/amount"
        )
    return units


def _cancelled(call: Call, payment: Document, reason: str | None) -> Document:
    if payment["status"] in ("cancelled", "expired"):
        return payment
    gone = change(call.tx, payment, "cancel", "api", reason, nextAction=None)
    note_on_subject(call.tx, gone)
    return gone


def _stripe(call: Call) -> StripeConnector:
    return StripeConnector(call.ports, call.workspace.id, call.correlation_id)


__all__ = ["payments", "refunds"]
