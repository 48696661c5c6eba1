"""Payment intents: create, read, change, confirm, capture and cancel."""

from __future__ import annotations

from typing import Any

from mocks.stripe import intent_parameters as accepts
from mocks.stripe.confirmation import EXPIRE, check_return_url, confirm, method_for, void
from mocks.stripe.disputes import expect_dispute
from mocks.stripe.errors import invalid, missing_object, missing_parameter, unexpected_state
from mocks.stripe.events import emit
from mocks.stripe.parameters import merged_metadata
from mocks.stripe.payment_methods import card_of
from mocks.stripe.requests import Operation, StripeRequest
from mocks.stripe.resources import Listing, insert, named, need, new_token, page, save, shown
from sandbox.kernel.documents import Document

SMALLEST = {
    "pln": 200,
    "gbp": 30,
    "czk": 1500,
    "huf": 17500,
    "jpy": 50,
    "dkk": 250,
    "nok": 300,
    "sek": 300,
    "mxn": 1000,
}
LARGEST = 99_999_999
_PLAIN = ("description", "receipt_email", "setup_future_usage", "shipping", "statement_descriptor")
_TEXTS = (*_PLAIN, "statement_descriptor_suffix", "transfer_group")
_ABSENT = (
    "application application_fee_amount canceled_at cancellation_reason customer customer_account"
    " last_payment_error latest_charge next_action on_behalf_of payment_method processing review"
    " payment_method_configuration_details"
    " source transfer_data excluded_payment_method_types"
)

_CARD_OPTIONS = {
    "installments": None,
    "mandate_options": None,
    "network": None,
    "request_three_d_secure": "automatic",
}


def create_intent(request: StripeRequest) -> Document:
    """A new intent, confirmed at once if asked."""
    params, tx = request.params, request.tx
    _check_amount(params["amount"], params["currency"])
    if params.get("off_session") and not params.get("confirm"):
        raise invalid("You can only set `off_session` when `confirm` is true.", "off_session")
    automatic = params.get("automatic_payment_methods")
    if automatic is not None and "payment_method_types" in params:
        raise invalid(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types."
        )
    key = f"pi_{new_token(tx, 'payment_intent')}"
    intent = insert(tx, "payment_intent", "pi", {"id": key, **_members(request, key)})
    method = method_for(request, intent)
    if method is not None:
        intent = save(tx, intent, payment_method=method["id"], status="requires_confirmation")
    emit(tx, "payment_intent.created", intent, request)
    if params.get("confirm"):
        check_return_url(request, intent)
        request.params = {
            name: value for name, value in params.items() if not name.startswith("payment_method")
        }
        return confirm(request, intent)
    return intent


def _members(request: StripeRequest, key: str) -> dict[str, Any]:
    params = request.params
    types = params.get("payment_method_types")
    return {
        **blank_intent(params["amount"], params["currency"]),
        "automatic_payment_methods": _automatic(params) if types is None else None,
        "capture_method": params.get("capture_method", "automatic"),
        "client_secret": f"{key}_secret_{new_token(request.tx, 'client secret', 25)}",
        "confirmation_method": params.get("confirmation_method", "automatic"),
        "customer": _customer(request),
        "_redirects": _may_redirect(params.get("automatic_payment_methods")),
        "metadata": merged_metadata({}, params.get("metadata")),
        "payment_method_types": list(types) if types else ["card"],
        **{name: params.get(name) or None for name in _TEXTS},
    }


def blank_intent(amount: int, code: str) -> dict[str, Any]:
    """Every member, with nothing chosen yet."""
    return {
        **dict.fromkeys((*_ABSENT.split(), *_TEXTS)),
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": None,
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "currency": code,
        "metadata": {},
        "payment_method_options": {"card": _CARD_OPTIONS},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        "_redirects": False,
    }


def _automatic(params: dict[str, Any]) -> dict[str, Any] | None:
    given = params.get("automatic_payment_methods") or {"enabled": True}
    if not given["enabled"]:
        return None
    return {"allow_redirects": given.get("allow_redirects", "always"), "enabled": True}


def _may_redirect(automatic: dict[str, Any] | None) -> bool:
    return bool(automatic and automatic["enabled"] and automatic.get("allow_redirects", "always") == "always")


def _customer(request: StripeRequest) -> str | None:
    key: str | None = request.params.get("customer")
    if key and need(request.tx, "customer", key, "customer").get("deleted"):
        raise missing_object("customer", key, "customer")
    return key


def _check_amount(amount: int, code: str) -> None:
    smallest = SMALLEST.get(code, 50)
    if amount < smallest:
        raise invalid(
            f"Amount must be at least {smallest} in the smallest unit of {code}", "amount", "amount_too_small"
        )
    if amount > LARGEST:
        raise invalid(
            f"Amount must be no more than {LARGEST} in the smallest unit of {code}",
            "amount",
            "amount_too_large",
        )


def get_intent(request: StripeRequest) -> Document | dict[str, Any]:
    """One intent; a browser must name its client secret, and sees less."""
    intent = need(request.tx, "payment_intent", request.key, "intent")
    _check_secret(request, intent)
    return intent


def list_intents(request: StripeRequest) -> Listing:
    """Intents of a customer, or all."""
    where = named(request.params, "customer")
    return page(request.tx, "payment_intent", "/v1/payment_intents", request.params, where)


def update_intent(request: StripeRequest) -> Document:
    """Change what is given, while nothing has been paid."""
    params, tx = request.params, request.tx
    intent = need(tx, "payment_intent", request.key, "intent")
    settled = intent["status"] in ("succeeded", "canceled", "processing", "requires_capture")
    if settled and set(params) - {"metadata", "description", "expand", "receipt_email"}:
        message = "This PaymentIntent's parameters could not be updated because it has a status of"
        raise unexpected_state(f"{message} {intent['status']}.", shown(intent))
    changes: dict[str, Any] = {name: params[name] or None for name in _TEXTS if name in params}
    changes |= {name: params[name] for name in ("amount", "currency", "capture_method") if name in params}
    changes["metadata"] = merged_metadata(intent["metadata"], params.get("metadata"))
    _check_amount(changes.get("amount", intent["amount"]), changes.get("currency", intent["currency"]))
    if "customer" in params:
        changes["customer"] = _customer(request)
    intent = save(tx, intent, **changes)
    method = method_for(request, intent)
    if method is not None and method["id"] != intent["payment_method"]:
        intent = save(
            tx, intent, payment_method=method["id"], status="requires_confirmation", next_action=None
        )
    return intent


def confirm_intent(request: StripeRequest) -> Document:
    """Collect the payment."""
    intent = need(request.tx, "payment_intent", request.key, "intent")
    _check_secret(request, intent)
    check_return_url(request, intent)
    return confirm(request, intent)


def capture_intent(request: StripeRequest) -> Document:
    """Take the money that is held, or a part; the rest is given back."""
    params, tx = request.params, request.tx
    intent = need(tx, "payment_intent", request.key, "intent")
    if intent["status"] != "requires_capture":
        message = f"This PaymentIntent could not be captured because it has a status of {intent['status']}."
        raise unexpected_state(
            f"{message} Only a PaymentIntent with status requires_capture can be captured.", shown(intent)
        )
    amount = params.get("amount_to_capture", intent["amount_capturable"])
    if amount > intent["amount_capturable"]:
        message = "The requested capture amount is greater than the authorized amount of"
        raise invalid(f"{message} {intent['amount_capturable']}.", "amount_to_capture", "amount_too_large")
    held = need(tx, "charge", intent["latest_charge"])
    taken = save(tx, held, captured=True, amount_captured=amount)
    emit(tx, "charge.captured", taken, request)
    tx.cancel(EXPIRE, intent["id"])
    changes = {"metadata": merged_metadata(intent["metadata"], params.get("metadata"))}
    paid = save(tx, intent, **changes, status="succeeded", amount_received=amount, amount_capturable=0)
    emit(tx, "payment_intent.succeeded", paid, request)
    expect_dispute(tx, taken, card_of(need(tx, "payment_method", taken["payment_method"])))
    return paid


def cancel_intent(request: StripeRequest) -> Document:
    """Give it up before it succeeds."""
    intent = need(request.tx, "payment_intent", request.key, "intent")
    if intent["status"] in ("succeeded", "canceled", "processing"):
        message = f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}."
        raise unexpected_state(message, shown(intent))
    return void(request.tx, intent, request.params.get("cancellation_reason"), request)


def _check_secret(request: StripeRequest, intent: Document) -> None:
    """A browser proves by it that the payment is the payer's; whoever sends one has to send the right one."""
    given = request.params.get("client_secret")
    if not given and request.is_publishable:
        raise missing_parameter("client_secret")
    if given and given != intent["client_secret"]:
        message = "The client_secret provided does not match any associated PaymentIntent on this account."
        raise invalid(message, "client_secret", "payment_intent_invalid_parameter")


PATH = "/payment_intents"
ONE = f"{PATH}/<key>"

OPERATIONS = (
    Operation("POST", PATH, create_intent, accepts.CREATING, ("amount", "currency")),
    Operation("GET", PATH, list_intents, accepts.LISTING),
    Operation("GET", ONE, get_intent, accepts.READING, open_to_browsers=True),
    Operation("POST", ONE, update_intent, accepts.WRITABLE),
    Operation("POST", f"{ONE}/confirm", confirm_intent, accepts.CONFIRMING, open_to_browsers=True),
    Operation("POST", f"{ONE}/capture", capture_intent, accepts.CAPTURING),
    Operation("POST", f"{ONE}/cancel", cancel_intent, accepts.CANCELLING),
)
