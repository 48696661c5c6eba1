"""Early fraud warnings that one test card brings about: the issuer thinks that a charge may be fraud."""

from __future__ import annotations

from mocks.stripe.events import EXPAND, emit
from mocks.stripe.parameters import filled
from mocks.stripe.requests import Operation, StripeRequest
from mocks.stripe.resources import CREATED, LIST_READERS, Listing, insert, named, need, page, save
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

NAME = "radar.early_fraud_warning"


def warn_of(tx: Transaction, charge: Document, fraud_type: str) -> None:
    """The issuer reports the charge."""
    members = {
        "actionable": True,
        "charge": charge["id"],
        "fraud_type": fraud_type,
        "payment_intent": charge["payment_intent"],
    }
    emit(tx, f"{NAME}.created", insert(tx, NAME, "issfr", members))


def end_warning(tx: Transaction, charge: Document) -> None:
    """Nothing is left to be done about it: the charge was given back or disputed."""
    for warning in tx.find(f"stripe.{NAME}", {"charge": charge["id"]}):
        if warning["actionable"]:
            ended = save(tx, warning, actionable=False)
            emit(tx, f"{NAME}.updated", ended, None, {"actionable": True})


def get_warning(request: StripeRequest) -> Document:
    """One warning."""
    return need(request.tx, NAME, request.key)


def list_warnings(request: StripeRequest) -> Listing:
    """Warnings of a charge or an intent, or all."""
    where = named(request.params, "charge", "payment_intent")
    return page(request.tx, NAME, "/v1/radar/early_fraud_warnings", request.params, where)


OPERATIONS = (
    Operation(
        "GET",
        "/radar/early_fraud_warnings",
        list_warnings,
        {**LIST_READERS, **CREATED, "charge": filled, "payment_intent": filled},
    ),
    Operation("GET", "/radar/early_fraud_warnings/<key>", get_warning, EXPAND),
)
