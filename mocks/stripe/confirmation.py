"""What confirming an intent leads to: success, decline, authentication, or an answer that comes later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mocks.stripe.charges import make_charge, refusal
from mocks.stripe.disputes import expect_dispute
from mocks.stripe.errors import invalid, unexpected_state
from mocks.stripe.events import emit
from mocks.stripe.fraud_warnings import warn_of
from mocks.stripe.parameters import UNSET
from mocks.stripe.payment_methods import card_of, from_data, resolve
from mocks.stripe.requests import StripeRequest
from mocks.stripe.resources import need, save, shown
from mocks.stripe.test_cards import UNAUTHENTICATED, Decline, TestCard
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

SETTLE = "stripe.settle_intent"
EXPIRE = "stripe.expire_authorization"
SETTLES_AFTER = timedelta(seconds=2)
AUTHORIZED_FOR = timedelta(days=7)

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure",
    "",
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
    "PaymentMethod to attempt to fulfill this PaymentIntent again.",
    advice_code=None,
)


def method_for(request: StripeRequest, intent: Document) -> Document | None:
    """The payment method to charge: described in place, named, or the intent's own."""
    params = request.params
    if params.get("payment_method_data", UNSET) != UNSET:
        method = from_data(request, params["payment_method_data"], "payment_method_data")
    elif "payment_method" in params:
        method = resolve(request.tx, params["payment_method"])
    elif intent["payment_method"]:
        return need(request.tx, "payment_method", intent["payment_method"], "payment_method")
    else:
        return None
    owner = method["customer"]
    if owner is not None and owner != intent["customer"]:
        message = "The provided PaymentMethod belongs to a different Customer than the PaymentIntent."
        raise invalid(message, "payment_method")
    if method["_detached"]:
        message = (
            "The provided PaymentMethod was previously detached from a Customer, and may not be used again."
        )
        raise invalid(message, "payment_method")
    return method


def confirm(request: StripeRequest, intent: Document) -> Document:
    """Try to collect the payment; a decline is recorded and raised."""
    if intent["status"] not in CONFIRMABLE:
        raise unexpected_state(_not_confirmable(intent), shown(intent))
    method = method_for(request, intent)
    if method is None:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise unexpected_state(
            f"{message} You can either update it with a payment method or confirm it with one.", shown(intent)
        )
    card = card_of(method)
    request.delay = card.delay
    intent = save(request.tx, intent, **_taken_over(request, intent, method))
    if _must_authenticate(card, method, intent, request):
        return _ask_authentication(request, intent, method)
    return proceed(request.tx, intent, method, request)


def proceed(tx: Transaction, intent: Document, method: Document, origin: StripeRequest | None) -> Document:
    """Charge the card now, or say that it takes a while."""
    card = card_of(method)
    if card.settles:
        waiting = save(tx, intent, status="processing", next_action=None, processing={"type": "card"})
        emit(tx, "payment_intent.processing", waiting, origin)
        tx.schedule(tx.now() + SETTLES_AFTER, SETTLE, intent["id"])
        return waiting
    return charge(tx, intent, method, card, origin)


def charge(
    tx: Transaction, intent: Document, method: Document, card: TestCard, origin: StripeRequest | None
) -> Document:
    """Make the charge that the card calls for."""
    if card.decline is not None:
        return decline(tx, intent, method, card.decline, origin)
    captured = intent["capture_method"] != "manual"
    made = make_charge(tx, intent, method, card, None, capture=captured)
    emit(tx, "charge.succeeded", made, origin)
    changes: dict[str, Any] = {"latest_charge": made["id"], "next_action": None, "processing": None}
    _use_up(tx, intent, method)
    if captured:
        paid = save(tx, intent, **changes, status="succeeded", amount_received=intent["amount"])
        emit(tx, "payment_intent.succeeded", paid, origin)
        expect_dispute(tx, made, card)
        if card.warning:
            warn_of(tx, made, card.warning)
        return paid
    held = save(tx, intent, **changes, status="requires_capture", amount_capturable=intent["amount"])
    emit(tx, "payment_intent.amount_capturable_updated", held, origin)
    tx.schedule(tx.now() + AUTHORIZED_FOR, EXPIRE, intent["id"])
    return held


def _use_up(tx: Transaction, intent: Document, method: Document) -> None:
    """A method that no customer keeps can be charged once only."""
    if method["customer"] is None:
        keeps = intent["customer"] if intent["setup_future_usage"] else None
        save(tx, method, customer=keeps, _detached=keeps is None)


def decline(
    tx: Transaction,
    intent: Document,
    method: Document,
    why: Decline,
    origin: StripeRequest | None,
    *,
    charged: bool = True,
) -> Document:
    """Back to waiting for a payment method; raises the card error where a request is to be answered."""
    failed = make_charge(tx, intent, method, card_of(method), why, capture=False) if charged else None
    if failed is not None:
        emit(tx, "charge.failed", failed, origin)
    key = failed["id"] if failed is not None else None
    error = refusal(why, {}, shown(method), key).error
    error.pop("payment_intent", None)
    refused = save(
        tx,
        intent,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        processing=None,
        last_payment_error=error,
        latest_charge=key or intent["latest_charge"],
    )
    emit(tx, "payment_intent.payment_failed", refused, origin)
    if origin is not None:
        raise refusal(why, shown(refused), shown(method), key)
    return refused


def authenticated(tx: Transaction, intent: Document, passed: bool) -> Document:
    """The payer came back from the bank's page."""
    method = need(tx, "payment_method", intent["payment_method"])
    if passed:
        return proceed(tx, intent, method, None)
    return decline(tx, intent, method, AUTHENTICATION_FAILED, None, charged=False)


def settle_intent(tx: Transaction, entry: Document) -> None:
    """The answer that was a while coming."""
    intent = tx.get("stripe.payment_intent", entry["subject"])
    if intent is not None and intent["status"] == "processing":
        method = need(tx, "payment_method", intent["payment_method"])
        charge(tx, intent, method, card_of(method), None)


def expire_authorization(tx: Transaction, entry: Document) -> None:
    """Money held for seven days is given back."""
    intent = tx.get("stripe.payment_intent", entry["subject"])
    if intent is not None and intent["status"] == "requires_capture":
        void(tx, intent, "automatic", None)


def void(tx: Transaction, intent: Document, reason: str | None, origin: StripeRequest | None) -> Document:
    """Cancel an intent and give back what it holds."""
    canceled = save(
        tx,
        intent,
        status="canceled",
        canceled_at=int(tx.now().timestamp()),
        cancellation_reason=reason,
        amount_capturable=0,
        next_action=None,
        processing=None,
    )
    tx.cancel(EXPIRE, intent["id"])
    emit(tx, "payment_intent.canceled", canceled, origin)
    if intent["status"] == "requires_capture":
        held = need(tx, "charge", intent["latest_charge"])
        released = save(tx, held, refunded=True, amount_refunded=held["amount"])
        emit(tx, "charge.refunded", released, origin)
    return canceled


def _taken_over(request: StripeRequest, intent: Document, method: Document) -> dict[str, Any]:
    params = request.params
    names = ("receipt_email", "shipping", "setup_future_usage", "capture_method")
    given = {name: params[name] or None for name in names if name in params}
    return {**given, "payment_method": method["id"], "last_payment_error": None, "next_action": None}


def _must_authenticate(card: TestCard, method: Document, intent: Document, request: StripeRequest) -> bool:
    """Whether the bank wants to see the payer; off session that is a decline."""
    off_session = request.params.get("off_session") not in (None, "false", "")
    needed = bool(card.authenticate)
    if card.authenticate == "unless_set_up":
        needed = method["customer"] is None
    if off_session and card.authenticate == "on_session":
        return False
    if needed and off_session:
        decline(request.tx, intent, method, UNAUTHENTICATED, request)
    return needed


def _ask_authentication(request: StripeRequest, intent: Document, method: Document) -> Document:
    if request.params.get("error_on_requires_action"):
        decline(request.tx, intent, method, UNAUTHENTICATED, request, charged=False)
    page = f"{request.base_url}/3ds/{intent['id']}"
    return_url = request.params.get("return_url")
    if return_url:
        action: dict[str, Any] = {
            "redirect_to_url": {"return_url": return_url, "url": page},
            "type": "redirect_to_url",
        }
    else:
        stripe_sdk = {"source": intent["id"], "stripe_js": page, "type": "three_d_secure_redirect"}
        action = {"type": "use_stripe_sdk", "use_stripe_sdk": stripe_sdk}
    waiting = save(request.tx, intent, status="requires_action", next_action=action)
    emit(request.tx, "payment_intent.requires_action", waiting, request)
    return waiting


def _not_confirmable(intent: Document) -> str:
    refused = "You cannot confirm this PaymentIntent because"
    if intent["status"] == "succeeded":
        return f"{refused} it has already succeeded after being previously confirmed."
    return f"{refused} it has a status of {intent['status']}."


def check_return_url(request: StripeRequest, intent: Document) -> None:
    """Who asked for automatic payment methods has to say where a redirect should lead back to."""
    if request.is_publishable or not intent["_redirects"] or request.params.get("return_url"):
        return
    message = (
        "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because "
        "some of these payment methods might redirect your customer off of your page, you must provide a "
        "`return_url`."
    )
    raise invalid(message, "return_url")
