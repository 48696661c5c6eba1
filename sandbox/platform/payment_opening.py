"""How a payment begins: its members before anything happened, and its intent at the provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.connectors.stripe import ProviderRefusal, StripeConnector
from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.collecting import Errand
from sandbox.platform.money import Money, comparable, minor_units, money
from sandbox.platform.payment_life import entry, payments
from sandbox.platform.payment_subjects import Owed

Body = Mapping[str, Any]


def blank_payment(tx: Transaction, subject: Owed, amount: Money, body: Body) -> dict[str, Any]:
    """All members of a payment that nobody has tried yet."""
    nothing = money(0, amount["currency"])
    names = ("paymentMethod", "returnUrl", "statementDescriptor", "receiptEmail")
    absent = (
        "clientSecret",
        "nextAction",
        "failure",
        "providerRef",
        "fees",
        "authorizedAt",
        "completedAt",
        "failedAt",
    )
    return {
        "id": tx.new_id("payment"),
        **dict.fromkeys((*names, *absent)),
        "metadata": {},
        "captureMethod": "automatic",
        **body,
        "amount": amount,
        "amountCaptured": nothing,
        "amountRefunded": nothing,
        "status": "created",
        "expiresAt": subject.expires_at,
        "_userId": subject.user_id,
        "_customerRef": subject.customer_ref,
        "_attempts": 0,
        "_unknown": False,
        "_trying": None,
        "_tax": 0,
        "_amount": comparable(minor_units(amount), amount["currency"]),
    }


def insert_payment(tx: Transaction, draft: Body, source: str) -> Document:
    """Store it under the next reference of the year."""
    year = tx.now().year
    reference = f"PAY-{year}-{tx.next_number(f'payment.{year}'):06d}"
    return payments.insert(
        tx, {**draft, "reference": reference, "_history": [entry(tx, None, "created", source)]}
    )


async def open_intent(errand: Errand, draft: Body) -> dict[str, Any]:
    """What the provider calls it; raises what the provider refuses."""
    amount = draft["amount"]
    params = {
        "amount": minor_units(amount),
        "currency": amount["currency"].lower(),
        "capture_method": draft["captureMethod"],
        "payment_method_types[0]": "card",
        "customer": draft["_customerRef"],
        "receipt_email": draft["receiptEmail"],
        "statement_descriptor": draft["statementDescriptor"],
        "metadata[paymentId]": draft["id"],
        "metadata[subject]": f"{draft['subject']['type']}:{draft['subject']['id']}",
    }
    connector = StripeConnector(errand.ports, errand.workspace.id, errand.correlation_id)
    intent = await at_provider(connector.create_intent(params, f"{draft['id']}:create"))
    return {"providerRef": intent["id"], "clientSecret": intent["client_secret"]}


async def at_provider(step: Any) -> dict[str, Any]:
    """A provider's answer; what it refuses here is not the caller's fault."""
    try:
        answer: dict[str, Any] = await step
    except ProviderRefusal as refusal:
        if refusal.error.get("code") in ("amount_too_small", "amount_too_large"):
            raise errors.InvalidAmount(details=str(refusal), target="/amount/amount") from None
        if refusal.error.get("code") == "payment_intent_unexpected_state":
            raise errors.InvalidStateTransition(details=str(refusal), target="status") from None
        raise errors.UpstreamError(details=f"stripe refused: {refusal}") from None
    return answer
