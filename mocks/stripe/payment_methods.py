"""Payment methods: cards by test token or, from a browser, by test number; attached to customers."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from mocks.stripe.charges import NO_BILLING, refusal
from mocks.stripe.errors import StripeError, card_error, invalid, missing_object, missing_parameter
from mocks.stripe.events import EXPAND, emit
from mocks.stripe.parameters import BILLING, accepted, filled, merged_metadata, metadata, one_of, shape
from mocks.stripe.requests import Operation, StripeRequest
from mocks.stripe.resources import LIST_READERS, Listing, insert, need, page, save, shown
from mocks.stripe.test_cards import BY_NUMBER, BY_TOKEN, LIVE_CARD, TestCard, is_luhn
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

EXPIRY = {"exp_month": 12, "exp_year": 2034}
UNSAFE = (
    "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you use test "
    "tokens that map to the test card you are using."
)


DETACHED = "This PaymentMethod was previously used without being attached to a Customer"


def new_method(tx: Transaction, card: TestCard, members: dict[str, Any] | None = None) -> Document:
    """A payment method of its own for a test card."""
    given = members or {}
    return insert(
        tx,
        "payment_method",
        "pm",
        {
            "allow_redisplay": given.get("allow_redisplay", "unspecified"),
            "billing_details": merged_billing(NO_BILLING, given.get("billing_details")),
            "card": {**_card(card), **given.get("expiry", {})},
            "customer": None,
            "customer_account": None,
            "metadata": merged_metadata({}, given.get("metadata")),
            "type": "card",
            "_token": card.tokens[0],
            "_detached": False,
            **given.get("kept", {}),
        },
    )


def _card(card: TestCard) -> dict[str, Any]:
    return {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "unchecked"},
        "country": "US",
        "display_brand": card.brand,
        **EXPIRY,
        "fingerprint": blake2b(card.number.encode(), digest_size=8).hexdigest(),
        "funding": "debit" if "debit" in card.tokens[0] else "credit",
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def merged_billing(before: dict[str, Any], change: Any) -> dict[str, Any]:
    """Members are replaced one by one; an empty value clears one."""
    if not change:
        return before
    merged = {**before, **{name: value or None for name, value in change.items() if name != "address"}}
    if change.get("address"):
        merged["address"] = {
            **before["address"],
            **{name: value or None for name, value in change["address"].items()},
        }
    return merged


def card_of(method: Document) -> TestCard:
    """The test card behind a payment method."""
    return BY_TOKEN[method["_token"]]


def resolve(tx: Transaction, key: str, param: str = "payment_method") -> Document:
    """The payment method that a parameter names; a test token makes a new one."""
    if (card := BY_TOKEN.get(key)) is not None and key.startswith("pm_"):
        return new_method(tx, card)
    return need(tx, "payment_method", key, param)


def from_data(request: StripeRequest, data: dict[str, Any], name: str) -> Document:
    """A payment method described in place."""
    if data.get("type", "card") != "card":
        raise invalid(
            f"This simulation offers cards only, not {data['type']}.", f"{name}[type]" if name else "type"
        )
    card = _described(request, data.get("card") or {}, f"{name}[card]" if name else "card")
    expiry = {part: data["card"][part] for part in EXPIRY if part in (data.get("card") or {})}
    names = ("billing_details", "metadata", "allow_redisplay")
    kept: dict[str, Any] = {member: data[member] for member in names if member in data}
    return new_method(
        request.tx, card, {**kept, "expiry": {part: int(value) for part, value in expiry.items()}}
    )


def _described(request: StripeRequest, card: dict[str, Any], name: str) -> TestCard:
    if token := card.get("token"):
        found = BY_TOKEN.get(token)
        if found is None or not token.startswith("tok_"):
            raise missing_object("token", token, f"{name}[token]")
        return found
    number = card.get("number", "").replace(" ", "").replace("-", "")
    if not number:
        raise missing_parameter(f"{name}[number]")
    if not request.is_publishable:
        raise StripeError(402, "invalid_request_error", UNSAFE, param=f"{name}[number]")
    return _typed_in(card, number)


def _typed_in(card: dict[str, Any], number: str) -> TestCard:
    """The test card a browser sent, checked as a form checks it."""
    if not number.isdigit() or not is_luhn(number):
        raise card_error("Your card number is incorrect.", "incorrect_number", param="number")
    month, year = card.get("exp_month", "12"), card.get("exp_year", "2034")
    if not month.isdigit() or not 1 <= int(month) <= 12:
        raise card_error(
            "Your card's expiration month is invalid.", "invalid_expiry_month", param="exp_month"
        )
    if not year.isdigit() or not 2020 <= int(year) <= 2090:
        raise card_error("Your card's expiration year is invalid.", "invalid_expiry_year", param="exp_year")
    cvc = card.get("cvc", "123")
    if not cvc.isdigit() or len(cvc) not in (3, 4):
        raise card_error("Your card's security code is invalid.", "invalid_cvc", param="cvc")
    found = BY_NUMBER.get(number)
    if found is None:
        raise card_error(
            LIVE_CARD.message, LIVE_CARD.code, decline_code=LIVE_CARD.decline_code, param="number"
        )
    return found


def create_method(request: StripeRequest) -> Document:
    """A new card."""
    if request.params["type"] != "card":
        raise invalid(f"This simulation offers cards only, not {request.params['type']}.", "type")
    return from_data(request, request.params, "")


def get_method(request: StripeRequest) -> Document:
    """One payment method; a test token answers with a new one."""
    return resolve(request.tx, request.key, "id")


def update_method(request: StripeRequest) -> Document:
    """Change billing details, expiry or metadata."""
    method, params = need(request.tx, "payment_method", request.key), request.params
    if method["customer"] is None:
        raise invalid("You must save this PaymentMethod to a customer before you can update it.")
    expiry = {part: int(value) for part, value in (params.get("card") or {}).items() if part in EXPIRY}
    changed = save(
        request.tx,
        method,
        billing_details=merged_billing(method["billing_details"], params.get("billing_details")),
        metadata=merged_metadata(method["metadata"], params.get("metadata")),
        card={**method["card"], **expiry},
        allow_redisplay=params.get("allow_redisplay", method["allow_redisplay"]),
    )
    emit(request.tx, "payment_method.updated", changed, request)
    return changed


def attach_method(request: StripeRequest) -> Document:
    """Keep a payment method with a customer."""
    return attach(request, resolve(request.tx, request.key, "id"), request.params["customer"])


def attach(request: StripeRequest, method: Document, customer_id: str) -> Document:
    """Refuses cards that no customer can keep, and what was detached before."""
    customer = need(request.tx, "customer", customer_id, "customer")
    if customer.get("deleted"):
        raise missing_object("customer", customer_id, "customer")
    card = card_of(method)
    if card.decline is not None and not card.attach:
        raise refusal(card.decline, None, shown(method), None)  # type: ignore[arg-type]
    if method["_detached"]:
        raise invalid(f"{DETACHED} or was detached from a Customer, and may not be used again.")
    if method["customer"] not in (None, customer_id):
        raise invalid("The payment method you provided has already been attached to a customer.")
    attached = save(request.tx, method, customer=customer_id)
    emit(request.tx, "payment_method.attached", attached, request)
    return attached


def detach_method(request: StripeRequest) -> Document:
    """Take it from its customer, for good."""
    method = need(request.tx, "payment_method", request.key)
    if method["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    previous = {"customer": method["customer"]}
    detached = save(request.tx, method, customer=None, _detached=True)
    emit(request.tx, "payment_method.detached", detached, request, previous)
    return detached


def list_methods(request: StripeRequest) -> Listing:
    """The payment methods of a customer."""
    params = request.params
    where = {"customer": params.get("customer")}
    if where["customer"] is not None:
        need(request.tx, "customer", where["customer"], "customer")
    if params.get("type", "card") != "card":
        where["customer"] = "none of this type"
    return page(request.tx, "payment_method", "/v1/payment_methods", params, where)


CARD = shape(
    **dict.fromkeys(("number", "exp_month", "exp_year", "cvc", "token"), filled), **accepted("networks")
)
DATA = {"type": filled, "card": CARD, "billing_details": BILLING, "metadata": metadata} | {
    "allow_redisplay": one_of("always", "limited", "unspecified"),
    **accepted("radar_options link fingerprint"),
}
PAYMENT_METHOD_DATA = shape(**DATA)
_LISTED = {**LIST_READERS, "customer": filled, "type": filled, **accepted("allow_redisplay customer_account")}

OPERATIONS = (
    Operation(
        "POST",
        "/payment_methods",
        create_method,
        {**DATA, **accepted("customer payment_method"), **EXPAND},
        ("type",),
        open_to_browsers=True,
    ),
    Operation("GET", "/payment_methods", list_methods, _LISTED),
    Operation("GET", "/payment_methods/<key>", get_method, EXPAND),
    Operation(
        "POST",
        "/payment_methods/<key>",
        update_method,
        {
            "billing_details": BILLING,
            "metadata": metadata,
            "card": CARD,
            **accepted("allow_redisplay us_bank_account"),
            **EXPAND,
        },
    ),
    Operation(
        "POST",
        "/payment_methods/<key>/attach",
        attach_method,
        {"customer": filled, **accepted("customer_account"), **EXPAND},
        ("customer",),
    ),
    Operation("POST", "/payment_methods/<key>/detach", detach_method, EXPAND),
)
