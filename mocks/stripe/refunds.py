"""Refunds: money given back, at once, after a while, or not after all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from mocks.stripe.errors import invalid, missing_object
from mocks.stripe.events import EXPAND, emit
from mocks.stripe.fraud_warnings import end_warning
from mocks.stripe.parameters import accepted, filled, merged_metadata, metadata, one_of, positive
from mocks.stripe.requests import Operation, StripeRequest
from mocks.stripe.resources import CREATED, LIST_READERS, Listing, insert, named, need, page, save, shown
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

SETTLE = "stripe.settle_refund"
SETTLES_AFTER = timedelta(seconds=2)


def create_refund(request: StripeRequest) -> Document:
    """Give back a charge or a part of it."""
    params, tx = request.params, request.tx
    charge = _charge(request)
    amount = params.get("amount", charge["amount_captured"] - charge["amount_refunded"])
    _check(charge, amount)
    refund = insert(tx, "refund", "re", refund_members(charge, amount, params))
    emit(tx, "refund.created", refund, request)
    _count(tx, charge, amount, request)
    if charge["_refund"]:
        tx.schedule(tx.now() + SETTLES_AFTER, SETTLE, refund["id"])
    return refund


def _charge(request: StripeRequest) -> Document:
    params, tx = request.params, request.tx
    if "charge" in params:
        return need(tx, "charge", params["charge"], "charge")
    if "payment_intent" not in params:
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    intent = need(tx, "payment_intent", params["payment_intent"], "payment_intent")
    if intent["status"] != "succeeded":
        raise invalid(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    return need(tx, "charge", intent["latest_charge"])


def _check(charge: Document, amount: int) -> None:
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise invalid(f"Charge {charge['id']} cannot be refunded: it has not been captured.")
    left = charge["amount_captured"] - charge["amount_refunded"]
    if charge["refunded"] or left <= 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"]:
        raise invalid(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", "amount"
        )


def refund_members(charge: Document, amount: int, params: Mapping[str, Any]) -> dict[str, Any]:
    """A refund of so much, as its charge and card make it."""
    pending = charge["_refund"] == "pending"
    card = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    return {
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "currency": charge["currency"],
        "destination_details": {"card": card, "type": "card"},
        "metadata": merged_metadata({}, params.get("metadata")),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending" if pending else "succeeded",
        "transfer_reversal": None,
        **({"pending_reason": "processing"} if pending else {}),
    }


def _count(tx: Transaction, charge: Document, amount: int, origin: StripeRequest | None) -> None:
    """Keep the charge's sum; it is refunded when nothing is left."""
    total = charge["amount_refunded"] + amount
    changed = save(tx, charge, amount_refunded=total, refunded=total >= charge["amount_captured"])
    if amount > 0:
        previous = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
        emit(tx, "charge.refunded", changed, origin, previous)
    if changed["refunded"]:
        end_warning(tx, changed)


def settle_refund(tx: Transaction, entry: Document) -> None:
    """A pending refund succeeds; one that seemed to have succeeded fails."""
    refund = tx.get("stripe.refund", entry["subject"])
    if refund is None:
        return
    charge = need(tx, "charge", refund["charge"])
    if refund["status"] == "pending":
        done = save(
            tx,
            {name: value for name, value in refund.items() if name != "pending_reason"},
            status="succeeded",
        )
        emit(tx, "refund.updated", done, None, {"status": "pending"})
        emit(tx, "charge.refund.updated", done, None, {"status": "pending"})
        return
    failed = save(
        tx,
        refund,
        status="failed",
        failure_reason="expired_or_canceled_card",
        failure_balance_transaction=None,
    )
    _count(tx, charge, -refund["amount"], None)
    emit(tx, "refund.failed", failed)
    emit(tx, "charge.refund.updated", failed, None, {"status": "succeeded"})


def get_refund(request: StripeRequest) -> Document:
    """One refund."""
    return need(request.tx, "refund", request.key)


def list_refunds(request: StripeRequest) -> Listing:
    """Refunds of a charge or an intent, or all."""
    where = named(request.params, "charge", "payment_intent")
    return page(request.tx, "refund", "/v1/refunds", request.params, where)


def update_refund(request: StripeRequest) -> Document:
    """Metadata is all that can change."""
    refund = need(request.tx, "refund", request.key)
    changed = save(
        request.tx, refund, metadata=merged_metadata(refund["metadata"], request.params.get("metadata"))
    )
    emit(request.tx, "refund.updated", changed, request, {"metadata": refund["metadata"]})
    return changed


def cancel_refund(request: StripeRequest) -> Document:
    """Only refunds that wait for the payer's action can be cancelled, and cards have none."""
    refund = need(request.tx, "refund", request.key)
    raise invalid(f"Refund {shown(refund)['id']} cannot be canceled: its status is {refund['status']}.")


def list_charge_refunds(request: StripeRequest) -> Listing:
    """The refunds of the charge in the path."""
    if request.tx.get("stripe.charge", request.key) is None:
        raise missing_object("charge", request.key)
    url = f"/v1/charges/{request.key}/refunds"
    return page(request.tx, "refund", url, request.params, {"charge": request.key})


_REASON = one_of("duplicate", "fraudulent", "requested_by_customer")
_CREATING = {
    "amount": positive,
    "charge": filled,
    "payment_intent": filled,
    "metadata": metadata,
    "reason": _REASON,
    **accepted("currency customer instructions_email origin refund_application_fee reverse_transfer"),
    **EXPAND,
}
OPERATIONS = (
    Operation("POST", "/refunds", create_refund, _CREATING),
    Operation(
        "GET",
        "/refunds",
        list_refunds,
        {**LIST_READERS, **CREATED, "charge": filled, "payment_intent": filled},
    ),
    Operation("GET", "/refunds/<key>", get_refund, EXPAND),
    Operation("POST", "/refunds/<key>", update_refund, {"metadata": metadata, **EXPAND}),
    Operation("POST", "/refunds/<key>/cancel", cancel_refund, EXPAND),
    Operation("GET", "/charges/<key>/refunds", list_charge_refunds, LIST_READERS),
)
