"""Charges: what a confirmed intent makes, and what is read of them."""

from __future__ import annotations

from typing import Any

from mocks.stripe.errors import card_error
from mocks.stripe.events import EXPAND
from mocks.stripe.parameters import filled, merged_metadata, metadata, text
from mocks.stripe.requests import Operation, StripeRequest
from mocks.stripe.resources import CREATED, LIST_READERS, Listing, insert, named, need, page, save
from mocks.stripe.test_cards import Decline, TestCard
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

NO_BILLING: dict[str, Any] = {
    "address": {
        "city": None,
        "country": None,
        "line1": None,
        "line2": None,
        "postal_code": None,
        "state": None,
    },
    "email": None,
    "name": None,
    "phone": None,
    "tax_id": None,
}
_OUTCOMES: dict[str, dict[str, Any]] = {
    "authorized": {"network_status": "approved_by_network", "seller_message": "Payment complete."},
    "issuer_declined": {
        "network_status": "declined_by_network",
        "seller_message": "The bank did not return any further details with this decline.",
    },
    "blocked": {
        "network_status": "not_sent_to_network",
        "seller_message": "Stripe blocked this payment as too risky.",
    },
}


def make_charge(
    tx: Transaction,
    intent: Document,
    method: Document,
    card: TestCard,
    decline: Decline | None,
    *,
    capture: bool,
) -> Document:
    """The charge of one attempt to pay."""
    amount, good = intent["amount"], decline is None
    members = _base(intent, method) | {
        "amount_captured": amount if good and capture else 0,
        "captured": good and capture,
        "failure_code": None if decline is None else decline.code,
        "failure_message": None if decline is None else decline.message,
        "outcome": _outcome(card, decline),
        "paid": good,
        "payment_method_details": {"card": _card_details(method, amount), "type": "card"},
        "status": "succeeded" if good else "failed",
        "_refund": card.refund,
    }
    return insert(tx, "charge", "ch", members)


def _base(intent: Document, method: Document) -> dict[str, Any]:
    absent = (
        "application application_fee application_fee_amount balance_transaction failure_balance_transaction"
        " on_behalf_of receipt_number receipt_url review source_transfer transfer_data"
    )
    return dict.fromkeys(absent.split()) | {
        "amount": intent["amount"],
        "amount_refunded": 0,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": (intent["statement_descriptor"] or "SANDBOX").upper(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "metadata": intent["metadata"],
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "shipping": intent["shipping"],
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "transfer_group": intent["transfer_group"],
    }


def _outcome(card: TestCard, decline: Decline | None) -> dict[str, Any]:
    kind = card.outcome if decline is not None else "authorized"
    kind = kind if kind in _OUTCOMES else "issuer_declined"
    return {
        "advice_code": None if decline is None else decline.advice_code,
        "network_advice_code": None,
        "network_decline_code": None,
        "reason": None if decline is None else decline.decline_code,
        "risk_level": "highest" if kind == "blocked" else "normal",
        "risk_score": 95 if kind == "blocked" else 20,
        "type": kind,
        **_OUTCOMES[kind],
    }


def _card_details(method: Document, amount: int) -> dict[str, Any]:
    card = method["card"]
    kept = (
        "brand",
        "checks",
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
        "wallet",
    )
    off = {"status": "unavailable"}
    return {name: card[name] for name in kept} | {
        "amount_authorized": amount,
        "authorization_code": None,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": off,
        "installments": None,
        "mandate": None,
        "multicapture": off,
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {**off, "maximum_amount_capturable": amount},
        "regulated_status": "unregulated",
        "three_d_secure": None,
    }


def refusal(decline: Decline, intent: dict[str, Any], method: dict[str, Any], charge: str | None) -> Any:
    """The card error of a declined attempt."""
    return card_error(
        decline.message,
        decline.code,
        param=decline.param,
        decline_code=decline.decline_code,
        advice_code=decline.advice_code,
        charge=charge,
        payment_intent=intent,
        payment_method=method,
        payment_method_type="card",
    )


def get_charge(request: StripeRequest) -> Document:
    """One charge."""
    return need(request.tx, "charge", request.key)


def list_charges(request: StripeRequest) -> Listing:
    """Charges of a customer or an intent, or all."""
    where = named(request.params, "customer", "payment_intent", "transfer_group")
    return page(request.tx, "charge", "/v1/charges", request.params, where)


def update_charge(request: StripeRequest) -> Document:
    """Change description, receipt address or metadata."""
    charge, params = need(request.tx, "charge", request.key), request.params
    changes = {name: params[name] or None for name in ("description", "receipt_email") if name in params}
    return save(
        request.tx, charge, **changes, metadata=merged_metadata(charge["metadata"], params.get("metadata"))
    )


OPERATIONS = (
    Operation(
        "GET",
        "/charges",
        list_charges,
        {**LIST_READERS, **CREATED, "customer": filled, "payment_intent": filled, "transfer_group": filled},
    ),
    Operation("GET", "/charges/<key>", get_charge, EXPAND),
    Operation(
        "POST",
        "/charges/<key>",
        update_charge,
        {"description": text, "receipt_email": text, "metadata": metadata, **EXPAND},
    ),
)
