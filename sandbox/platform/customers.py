"""Customers: the people who are booked in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.replies import Page
from sandbox.platform.booking_life import bookings, visible_rows
from sandbox.platform.call import Call
from sandbox.platform.filters import Filter
from sandbox.platform.ownership import is_own, sees_all
from sandbox.platform.resource import Resource, at_least, equals, text
from sandbox.platform.zones import check_zone

BLANK = {
    "familyName": None,
    "phone": None,
    "birthDate": None,
    "gender": None,
    "isReturning": False,
    "processingRestricted": False,
    "mergedInto": None,
    "userId": None,
    "externalRef": None,
}
"""What a customer shows before anyone said otherwise."""


AHEAD = timedelta(hours=14)
"""Where the day is furthest."""


def masked(number: str | None) -> str | None:
    """A national id as it is kept: nothing but its last four characters."""
    return f"•••• {number[-4:]}" if number else number


def _invalid(target: str, message: str) -> errors.DomainError:
    fault = errors.FieldError("VALIDATION_ERROR", target, message)
    return errors.ValidationError(details=message, target=target, errors=[fault])


def _prepare(call: Call, document: dict[str, Any], _: Document | None) -> dict[str, Any]:
    if not document.get("email") and not document.get("phone"):
        raise _invalid("/email", "or a telephone number is needed")
    if not document.get("dataPrivacyConsent"):
        raise errors.ConsentRequired(details="dataPrivacyConsent is not given", target="/dataPrivacyConsent")
    if (document.get("birthDate") or "") > (call.tx.now() + AHEAD).date().isoformat():
        raise _invalid("/birthDate", "it is in the future")
    if document.get("timezone"):
        check_zone(document["timezone"])
    email = document["email"].lower() if document.get("email") else None
    return {**BLANK, **document, "email": email, "nationalId": masked(document.get("nationalId"))}


customers = Resource(
    "customer",
    path="/api/v1/customers/{customerId}",
    indexes=("email", "phone", "status", "externalRef", "userId"),
    sorts=("familyName", "createdAt", "updatedAt"),
    filters={
        "q": text("givenName", "familyName", "email", "phone"),
        "email": Filter(predicate=lambda wanted: lambda customer: customer.get("email") == wanted.lower()),
        "phone": equals("phone"),
        "status": equals("status"),
        "externalRef": equals("externalRef"),
        "updatedSince": at_least("updatedAt"),
    },
    unique=(("email",),),
    emits={"create": "customer.created", "update": "customer.updated"},
    used_by=[("booking", "customerId")],
    prepare=_prepare,
    visible=is_own,
    sees_all=sees_all,
    links={"bookings": "/api/v1/customers/{id}/bookings"},
)


def _living(call: Call, customer_id: str) -> Document:
    """A customer who has not been erased; raises ResourceGone."""
    customer = customers.get(call, customer_id)
    if customer["status"] == "erased":
        raise errors.ResourceGone(details="the customer's data was erased", target="customerId")
    return customer


def list_customers(call: Call) -> Page:
    """All but the erased."""
    status = call.query.get("status")
    return customers.list(call) if status else customers.list(call, status=["active", "blocked"])


def get_customer(call: Call, customer_id: str) -> Document:
    """One who has not been erased."""
    return _living(call, customer_id)


def update_customer(call: Call, customer_id: str, body: dict[str, Any]) -> Document:
    """Nothing may change while processing is restricted."""
    before = _living(call, customer_id)
    if before.get("processingRestricted"):
        raise errors.ProcessingRestricted(details="processing of this customer's data is restricted")
    after = customers.update(call, customer_id, body)
    if after["status"] == "blocked" != before["status"]:
        call.tx.emit("customer.blocked", "customer", after)
    return after


def delete_customer(call: Call, customer_id: str) -> None:
    """Only one whom no booking names."""
    _living(call, customer_id)
    customers.delete(call, customer_id)


def list_customer_bookings(call: Call, customer_id: str) -> Page:
    """Past and future."""
    _living(call, customer_id)
    return bookings.list(call, **{**visible_rows(call), "customerId": customer_id})
