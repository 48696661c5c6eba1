"""What the provider says of an intent, applied to its payment; saying it twice, or late, changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.payment_deadlines import kept_while_owed
from sandbox.platform.payment_life import (
    NOTHING_PENDING,
    can,
    change,
    complete,
    expire,
    fail,
    payments,
    under_way,
)
from sandbox.platform.payment_subjects import note_on_subject

Report = Mapping[str, Any]
RESERVED_FOR = timedelta(days=7)
"""How long the provider keeps money that is authorised."""

DECLINES = {
    "expired_card": errors.ExpiredCard,
    "incorrect_cvc": errors.IncorrectCvc,
    "invalid_cvc": errors.IncorrectCvc,
    "processing_error": errors.PaymentProcessingError,
    "authentication_required": errors.PaymentAuthenticationRequired,
    "insufficient_funds": errors.InsufficientFunds,
}
"""By the provider's code, or by its decline code where the code only says `card_declined`."""


def apply_intent(tx: Transaction, payment: Document, intent: Report, source: str) -> Document:
    """Bring a payment in line with its intent."""
    report = _REPORTS.get(intent["status"])
    return report(tx, payment, intent, source) if report is not None else payment


def _succeeded(tx: Transaction, payment: Document, intent: Report, source: str) -> Document:
    if not (can(payment, "complete") or can(payment, "process")):
        return payment
    return complete(tx, payment, intent["amount_received"], source)


def _authorized(tx: Transaction, payment: Document, intent: Report, source: str) -> Document:
    if not (can(payment, "authorize") or can(payment, "process")):
        return payment
    tried = under_way(tx, payment, source)
    times = {"authorizedAt": tx.stamp(), "expiresAt": instant(tx.now() + RESERVED_FOR)}
    held = change(tx, tried, "authorize", source, **times, **NOTHING_PENDING)
    note_on_subject(tx, held)
    return kept_while_owed(tx, held)


def _needs_action(tx: Transaction, payment: Document, intent: Report, source: str) -> Document:
    if payment["status"] in ("requires_action", "cancelled", "expired"):
        return _released(tx, payment)
    tried = under_way(tx, payment, source) if payment["status"] == "failed" else payment
    if not can(tried, "require_action"):
        return _released(tx, tried)
    action = {"type": "redirect", "redirectUrl": _redirect(intent.get("next_action") or {})}
    return change(tx, tried, "require_action", source, **{**NOTHING_PENDING, "nextAction": action})


def _processing(tx: Transaction, payment: Document, intent: Report, source: str) -> Document:
    if payment["status"] in ("cancelled", "expired") or not can(payment, "process"):
        return _released(tx, payment)
    return change(tx, payment, "process", source, **NOTHING_PENDING)


def _failed(tx: Transaction, payment: Document, intent: Report, source: str) -> Document:
    error = intent.get("last_payment_error")
    if not error or payment["status"] == "failed" or not can(payment, "fail"):
        return payment
    return fail(tx, payment, failure_of(error), source)


def _canceled(tx: Transaction, payment: Document, intent: Report, source: str) -> Document:
    if not can(payment, "expire"):
        return payment
    return expire(
        tx, payment, f"cancelled at the provider: {intent.get('cancellation_reason') or 'no reason'}"
    )


def _released(tx: Transaction, payment: Document) -> Document:
    """The attempt came to its end, whatever it changed."""
    return payments.save(tx, payment, _trying=None, _unknown=False) if payment["_trying"] else payment


_REPORTS = {
    "succeeded": _succeeded,
    "requires_capture": _authorized,
    "requires_action": _needs_action,
    "processing": _processing,
    "requires_payment_method": _failed,
    "canceled": _canceled,
}


def fail_with(tx: Transaction, payment: Document, error: Report) -> Document:
    """Record a decline that the provider answered with; its webhook may have been faster."""
    tried = payment["_trying"] is not None
    if not (can(payment, "fail") or (payment["status"] == "failed" and tried)):
        return payment
    return fail(tx, payment, failure_of(error), "api")


def failure_of(error: Report) -> dict[str, Any]:
    """A provider's error object as a payment shows it."""
    return {
        "code": error.get("code") or "card_declined",
        "declineCode": error.get("decline_code") or None,
        "message": error.get("message") or "The card was declined.",
    }


def decline_of(payment: Document) -> errors.PaymentProblem:
    """The error of a failed payment; the payment itself is linked."""
    return decline_for(payment["failure"], target="/paymentMethod", links=links_of(payment))


def decline_for(failure: Report, **more: Any) -> errors.PaymentProblem:
    """The error that a failure is."""
    kind = DECLINES.get(failure["code"]) or DECLINES.get(failure["declineCode"] or "") or errors.CardDeclined
    details = f"{failure['message']} (declineCode {failure['declineCode'] or failure['code']})"
    return kind(details=details, **more)


def links_of(payment: Document) -> dict[str, Any]:
    """Where an error about a payment leads."""
    links = {"payment": {"href": f"/api/v1/payments/{payment['id']}"}}
    if payment["nextAction"]:
        links["redirect"] = {"href": payment["nextAction"]["redirectUrl"]}
    return links


def _redirect(action: Report) -> str:
    kind = action.get("type")
    if kind == "redirect_to_url":
        return str(action["redirect_to_url"]["url"])
    return str((action.get("use_stripe_sdk") or {}).get("stripe_js", ""))
