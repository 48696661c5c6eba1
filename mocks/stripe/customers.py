"""Customers: kept until deleted, and readable as deleted afterwards."""

from __future__ import annotations

from typing import Any

from mocks.stripe.errors import invalid, missing_object
from mocks.stripe.events import EXPAND, emit
from mocks.stripe.parameters import (
    ADDRESS,
    SHIPPING,
    accepted,
    filled,
    integer,
    listing,
    merged_metadata,
    metadata,
    one_of,
    shape,
    text,
)
from mocks.stripe.payment_methods import attach, resolve
from mocks.stripe.requests import Operation, StripeRequest
from mocks.stripe.resources import (
    CREATED,
    KIND,
    LIST_READERS,
    Listing,
    insert,
    named,
    need,
    new_token,
    page,
    save,
)
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

_PLAIN = ("description", "email", "name", "phone", "business_name", "individual_name")
_EMPTY_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_IGNORED = accepted("cash_balance source tax tax_id_data validate next_invoice_sequence default_source")


def create_customer(request: StripeRequest) -> Document:
    """A new customer, perhaps with a first payment method."""
    params, tx = request.params, request.tx
    members = blank_customer(tx)
    if params.get("invoice_prefix"):
        members["invoice_prefix"] = params["invoice_prefix"]
    customer = insert(tx, "customer", "cus", {**members, **_changes(members, params)}, 14)
    if "payment_method" in params:
        attach(request, resolve(tx, params["payment_method"]), customer["id"])
    emit(tx, "customer.created", customer, request)
    return customer


def blank_customer(tx: Transaction) -> dict[str, Any]:
    """Every member, with nothing told yet."""
    return {
        "address": None,
        "balance": 0,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "discount": None,
        "invoice_prefix": new_token(tx, "invoice prefix", 8).upper(),
        "invoice_settings": dict.fromkeys(
            ("custom_fields", "default_payment_method", "footer", "rendering_options")
        ),
        "metadata": {},
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
        **dict.fromkeys(("description", "email", "name", "phone")),
    }


def get_customer(request: StripeRequest) -> Document:
    """One customer; a deleted one shows only that it is."""
    return need(request.tx, "customer", request.key)


def list_customers(request: StripeRequest) -> Listing:
    """Customers that exist, by e-mail address if asked."""
    where = named(request.params, "email")
    return page(request.tx, "customer", "/v1/customers", request.params, where)


def update_customer(request: StripeRequest) -> Document:
    """Change what is given."""
    customer = _living(request)
    changes = _changes(customer, request.params)
    previous = {name: customer.get(name) for name, value in changes.items() if customer.get(name) != value}
    changed = save(request.tx, customer, **changes)
    emit(request.tx, "customer.updated", changed, request, previous)
    return changed


def delete_customer(request: StripeRequest) -> dict[str, Any]:
    """Delete; payment methods come loose."""
    customer, tx = _living(request), request.tx
    for method in tx.find(f"{KIND}payment_method", {"customer": customer["id"]}):
        save(tx, method, customer=None, _detached=True)
    emit(tx, "customer.deleted", customer, request)
    tombstone = {"id": customer["id"], "object": "customer", "deleted": True}
    tx.put("stripe.customer", {**tombstone, "_order": customer["_order"]})
    return tombstone


def list_customer_methods(request: StripeRequest) -> Listing:
    """The payment methods of the customer in the path."""
    _living(request)
    url = f"/v1/customers/{request.key}/payment_methods"
    where = {"customer": request.key if request.params.get("type", "card") == "card" else "none of this type"}
    return page(request.tx, "payment_method", url, request.params, where)


def get_customer_method(request: StripeRequest) -> Document:
    """One payment method of the customer in the path."""
    _living(request)
    method = need(request.tx, "payment_method", request.other)
    if method["customer"] != request.key:
        raise missing_object("PaymentMethod", request.other)
    return method


def _living(request: StripeRequest) -> Document:
    customer = need(request.tx, "customer", request.key)
    if customer.get("deleted"):
        raise missing_object("customer", request.key)
    return customer


def _changes(before: Any, params: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {name: params[name] or None for name in _PLAIN if name in params}
    email = changes.get("email")
    if email and "@" not in email:
        raise invalid(f"Invalid email address: {email}", "email", "email_invalid")
    for name in ("balance", "tax_exempt", "preferred_locales"):
        if name in params:
            changes[name] = params[name]
    for name, empty in (("address", _EMPTY_ADDRESS), ("shipping", {})):
        if name in params:
            changes[name] = {**empty, **params[name]} if params[name] else None
    if "invoice_settings" in params:
        changes["invoice_settings"] = {**before["invoice_settings"], **(params["invoice_settings"] or {})}
    if "metadata" in params:
        changes["metadata"] = merged_metadata(before["metadata"], params["metadata"])
    return changes


_WRITABLE = {
    **dict.fromkeys(_PLAIN, text),
    "address": ADDRESS,
    "shipping": SHIPPING,
    "balance": integer,
    "metadata": metadata,
    "preferred_locales": listing(filled),
    "tax_exempt": one_of("none", "exempt", "reverse", ""),
    "invoice_settings": shape(
        default_payment_method=filled, **accepted("custom_fields footer rendering_options")
    ),
    "invoice_prefix": filled,
    **_IGNORED,
    **EXPAND,
}
OPERATIONS = (
    Operation(
        "POST",
        "/customers",
        create_customer,
        {**_WRITABLE, "payment_method": filled, **accepted("test_clock")},
    ),
    Operation(
        "GET",
        "/customers",
        list_customers,
        {**LIST_READERS, **CREATED, "email": filled, "test_clock": filled},
    ),
    Operation("GET", "/customers/<key>", get_customer, EXPAND),
    Operation("POST", "/customers/<key>", update_customer, _WRITABLE),
    Operation("DELETE", "/customers/<key>", delete_customer, {}),
    Operation(
        "GET",
        "/customers/<key>/payment_methods",
        list_customer_methods,
        {**LIST_READERS, "type": filled, **accepted("allow_redisplay")},
    ),
    Operation("GET", "/customers/<key>/payment_methods/<other>", get_customer_method, EXPAND),
)
