"""What the operations on payment intents accept."""

from __future__ import annotations

from mocks.stripe.events import EXPAND
from mocks.stripe.parameters import (
    SHIPPING,
    accepted,
    boolean,
    currency,
    filled,
    integer,
    listing,
    metadata,
    one_of,
    positive,
    shape,
    text,
)
from mocks.stripe.payment_methods import PAYMENT_METHOD_DATA
from mocks.stripe.resources import CREATED, LIST_READERS

CAPTURE_METHOD = one_of("automatic", "automatic_async", "manual")
SHARED = {
    "payment_method": filled,
    "payment_method_data": PAYMENT_METHOD_DATA,
    "receipt_email": text,
    "shipping": SHIPPING,
    "setup_future_usage": one_of("on_session", "off_session", ""),
    "capture_method": CAPTURE_METHOD,
    **accepted(
        "allowed_payment_method_types amount_details excluded_payment_method_types hooks payment_details"
    ),
    **accepted("payment_method_options"),
    **EXPAND,
}
WRITABLE = {
    **SHARED,
    "amount": positive,
    "currency": currency,
    "customer": filled,
    "description": text,
    "metadata": metadata,
    "payment_method_types": listing(filled),
    "statement_descriptor": text,
    "statement_descriptor_suffix": text,
    "transfer_group": text,
    **accepted("application_fee_amount customer_account payment_method_configuration transfer_data"),
}
_CONFIRM = {
    "return_url": filled,
    "error_on_requires_action": boolean,
    "use_stripe_sdk": boolean,
    "client_secret": filled,
    **accepted("confirmation_token mandate mandate_data off_session radar_options"),
}
_CREATE = {
    "automatic_payment_methods": shape(enabled=boolean, allow_redirects=one_of("always", "never")),
    "confirm": boolean,
    "confirmation_method": one_of("automatic", "manual"),
    **accepted("on_behalf_of"),
}
_CAPTURE = {
    "amount_to_capture": positive,
    "final_capture": boolean,
    "metadata": metadata,
    "application_fee_amount": integer,
}

CREATING = {**WRITABLE, **_CONFIRM, **_CREATE}
LISTING = {**LIST_READERS, **CREATED, "customer": filled, "customer_account": filled}
READING = {"client_secret": filled, **EXPAND}
CONFIRMING = {**SHARED, **_CONFIRM, **accepted("amount_to_confirm")}
CAPTURING = {
    **_CAPTURE,
    "statement_descriptor": text,
    "statement_descriptor_suffix": text,
    **accepted("amount_details hooks payment_details transfer_data"),
    **EXPAND,
}
CANCELLING = {
    "cancellation_reason": one_of("duplicate", "fraudulent", "requested_by_customer", "abandoned"),
    **EXPAND,
}
