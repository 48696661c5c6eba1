"""Webhooks of payment providers: verified on the raw body, then applied to what they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.connectors.signatures import verify_stripe_signature
from sandbox.connectors.stripe import stripe_access
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import InvalidProviderSignature
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.disputing import apply_dispute
from sandbox.platform.payment_reports import apply_intent
from sandbox.platform.refunding import apply_refund

Report = Mapping[str, Any]


def receive_provider_webhook(call: Call, provider: str, body: Report) -> dict[str, Any]:
    """Accept what is signed; an event that is not about anything of ours is accepted and forgotten."""
    _verify(call)
    event_id = body.get("id")
    data = body.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    if isinstance(subject, dict):
        _apply(call.tx, subject)
    return {"status": "accepted", "id": event_id if isinstance(event_id, str) else None, "statusUrl": None}


def _verify(call: Call) -> None:
    header = call.headers.get("stripe-signature")
    if header is None:
        raise InvalidProviderSignature(details="the signature header is missing", target="Stripe-Signature")
    secret = stripe_access(call.ports, call.workspace.id).webhook_secret
    verify_stripe_signature(header, call.body_bytes, secret, call.tx.now().timestamp())


def _apply(tx: Transaction, subject: Report) -> None:
    appliers: dict[Any, Callable[[Transaction, Report], Any]] = {
        "payment_intent": _apply_intent,
        "refund": apply_refund,
        "dispute": _apply_dispute,
    }
    applier = appliers.get(subject.get("object"))
    if applier is not None:
        applier(tx, subject)


def _payment(tx: Transaction, intent_id: Any) -> Document | None:
    found = tx.find("payment", {"providerRef": intent_id}, limit=1) if isinstance(intent_id, str) else []
    return found[0] if found else None


def _apply_intent(tx: Transaction, intent: Report) -> None:
    payment = _payment(tx, intent.get("id"))
    if payment is not None:
        apply_intent(tx, payment, intent, "provider")


def _apply_dispute(tx: Transaction, dispute: Report) -> None:
    apply_dispute(tx, _payment(tx, dispute.get("payment_intent")), dispute)
