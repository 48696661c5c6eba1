"""One attempt to collect a payment: begun in one transaction, made at the provider, judged in a second."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from sandbox.connectors.stripe import Answer, ProviderRefusal, StripeConnector
from sandbox.connectors.test_tokens import stripe_token
from sandbox.kernel import errors
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.ports import Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform.call import Call
from sandbox.platform.ownership import is_guest, is_payer
from sandbox.platform.payment_life import payments, require_unpaid, under_way
from sandbox.platform.payment_reports import apply_intent, decline_of, fail_with, links_of
from sandbox.platform.payment_subjects import require_open


class Errand(Protocol):
    """What it takes to go to the provider: a call, or work that fell due."""

    @property
    def ports(self) -> Ports:
        """The ways out."""

    @property
    def workspace(self) -> Workspace:
        """The world that it is about."""

    @property
    def correlation_id(self) -> str:
        """What ties it to its cause."""

    def transaction(self) -> Transaction:
        """One transaction on its behalf."""


ABANDONED_AFTER = timedelta(minutes=1)
"""An attempt that took longer was cut off, by a restart perhaps; the provider knows it by the same key."""
GIVEN_UP = ("cancelled", "expired")
"""What nobody tries again; only the provider may report money that was on its way."""
OFFLINE_METHODS = ("cash", "bank_transfer", "voucher")


def begin_attempt(tx: Transaction, payment: Document, asked: Mapping[str, Any]) -> Document:
    """Note the method and that an attempt is under way; one whose outcome is unknown is taken up again."""
    require_unpaid(payment)
    if payment["status"] in GIVEN_UP:
        raise errors.InvalidStateTransition(
            details=f"the payment is {payment['status']}: begin another", target="status"
        )
    method = asked.get("paymentMethod") or payment["paymentMethod"]
    _check_method(payment["provider"], method)
    require_open(tx, payment["subject"])
    since = payment["_trying"] or (payment["updatedAt"] if payment["status"] == "processing" else None)
    if since is not None and not payment["_unknown"] and since > instant(tx.now() - ABANDONED_AFTER):
        raise errors.InvalidStateTransition(
            details="payment is processing: wait for its outcome", target="status"
        )
    number = payment["_attempts"] + (since is None)
    if payment["status"] == "processing":
        method = payment["paymentMethod"]
    return payments.save(tx, payment, paymentMethod=method, _attempts=number, _trying=tx.stamp())


async def collect(call: Errand, payment: Document, asked: Mapping[str, Any]) -> Document:
    """Confirm the intent; raises the decline, the need to authenticate, or the provider's silence."""
    try:
        await _introduce(call, payment)
        intent = await _confirm(call, payment, asked)
    except ProviderRefusal as refusal:
        return _judge_refusal(call, payment["id"], refusal)
    except errors.DomainError as error:
        _note_failure(call, payment["id"], error)
        raise
    return _judge(call, payment["id"], intent)


def _judge(call: Errand, payment_id: str, intent: Answer) -> Document:
    with call.transaction() as tx:
        payment = apply_intent(tx, tx.need("payment", payment_id), intent, "api")
    if payment["status"] == "requires_action":
        raise errors.PaymentAuthenticationRequired(
            details="send the payer to nextAction.redirectUrl", target="nextAction", links=links_of(payment)
        )
    return payment


async def _introduce(call: Errand, payment: Document) -> None:
    """A kept method is charged for who keeps it: the intent has to name them."""
    with call.transaction() as tx:
        known = tx.find("payment_method", {"token": payment["paymentMethod"]}, limit=1)
    if not known or known[0]["_payer"] == payment["_customerRef"]:
        return
    connector = StripeConnector(call.ports, call.workspace.id, call.correlation_id)
    reference = known[0]["_payer"]
    key = f"{payment['id']}:customer:{payment['_attempts']}"
    await connector.update_intent(payment["providerRef"], {"customer": reference}, key)
    with call.transaction() as tx:
        payments.save(tx, tx.need("payment", payment["id"]), _customerRef=reference)


def require_own_method(call: Call, payment: Document) -> None:
    """Raises BusinessRuleViolation for a guest who would pay with what another keeps."""
    known = call.tx.find("payment_method", {"token": payment["paymentMethod"]}, limit=1)
    if known and is_guest(call) and not is_payer(call, known[0]):
        raise errors.BusinessRuleViolation(
            details=f"{payment['paymentMethod']} is not known", target="/paymentMethod"
        )


async def _confirm(call: Errand, payment: Document, asked: Mapping[str, Any]) -> Answer:
    own_page = f"{call.ports.public_url}/w/{call.workspace.id}/api/v1/payments/{payment['id']}"
    params = {
        "payment_method": stripe_token(payment["paymentMethod"], payment["amount"]["amount"]),
        "return_url": asked.get("returnUrl") or payment["returnUrl"] or own_page,
        "off_session": "true" if asked.get("offSession") else None,
    }
    connector = StripeConnector(call.ports, call.workspace.id, call.correlation_id)
    key = f"{payment['id']}:confirm:{payment['_attempts']}"
    return await connector.confirm_intent(payment["providerRef"], params, key)


def _judge_refusal(call: Errand, payment_id: str, refusal: ProviderRefusal) -> Document:
    """Record a decline and raise it; an intent that is further than we knew is simply taken over."""
    with call.transaction() as tx:
        payment = tx.need("payment", payment_id)
        intent = refusal.error.get("payment_intent")
        if refusal.is_card_error:
            payment = fail_with(tx, payment, refusal.error)
        elif intent:
            payment = apply_intent(tx, payment, intent, "provider")
        else:
            payment = payments.save(tx, payment, _trying=None)
    if refusal.is_card_error:
        raise decline_of(payment)
    if intent and payment["status"] != "processing":
        return payment
    raise errors.BusinessRuleViolation(details=f"stripe refused: {refusal}", target="/paymentMethod")


def _note_failure(call: Errand, payment_id: str, error: errors.DomainError) -> None:
    """After silence the outcome is unknown; otherwise nothing was tried. A report may have been faster."""
    with call.transaction() as tx:
        payment = tx.need("payment", payment_id)
        if payment["_trying"] is None:
            return
        if isinstance(error, errors.UpstreamTimeout):
            payments.save(tx, under_way(tx, payment, "api"), _unknown=True, _trying=None)
        else:
            payments.save(tx, payment, _trying=None)


def _check_method(provider: str, method: str | None) -> None:
    if method is None:
        raise errors.BusinessRuleViolation(details="say with which method to pay", target="/paymentMethod")
    known = method.startswith("pm_") if provider == "stripe" else method in OFFLINE_METHODS
    if not known:
        wanted = "a token that begins with pm_" if provider == "stripe" else " or ".join(OFFLINE_METHODS)
        raise errors.BusinessRuleViolation(details=f"{provider} takes {wanted}", target="/paymentMethod")
