"""Whom a booking is for: found, recognised or created, and whether they may be booked in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.customers import customers
from sandbox.platform.offers import Offer
from sandbox.platform.ownership import is_own, sees_all


def customer_for(call: Call, body: Mapping[str, Any]) -> Document:
    """Whom a booking is for: named by id, recognised, or created."""
    if body.get("customerId"):
        found = call.tx.get("customer", body["customerId"])
        if found is None or not (sees_all(call) or is_own(call, found)):
            raise errors.BusinessRuleViolation(details="no such customer", target="/customerId")
    else:
        person = body["customer"]
        found = _recognised(call, person) or customers.create(call, _introduced(call, person))
    _check_bookable(found)
    return found


def _introduced(call: Call, person: Mapping[str, Any]) -> dict[str, Any]:
    """A new customer; nobody is introduced by a guest as somebody else's account, or as blocked."""
    if sees_all(call):
        return dict(person)
    return {**person, "userId": call.principal.user_id, "status": "active"}


def _recognised(call: Call, person: Mapping[str, Any]) -> Document | None:
    """By e-mail address, else by telephone number and name, if only one fits."""
    if person.get("email"):
        return next(iter(call.tx.find("customer", {"email": person["email"].lower()}, limit=1)), None)
    same_phone = call.tx.find("customer", {"phone": person.get("phone")})
    fitting = [known for known in same_phone if _name(known) == _name(person)]
    return fitting[0] if len(fitting) == 1 else None


def _name(person: Mapping[str, Any]) -> str:
    return f"{person['givenName']} {person.get('familyName') or ''}".casefold().strip()


def _check_bookable(customer: Document) -> None:
    if customer["status"] == "erased":
        raise errors.ResourceGone(details="the customer's data was erased", target="/customerId")
    if customer["status"] == "blocked":
        raise errors.CustomerBlocked(details="the customer is blocked", target="/customerId")
    if customer.get("processingRestricted"):
        raise errors.ProcessingRestricted(
            details="processing of this customer's data is restricted", target="/customerId"
        )


def check_eligible(customer: Document, offer: Offer, start: datetime) -> None:
    """Raises CustomerNotEligible, or BusinessRuleViolation for what the assignment insists on knowing."""
    for member, rule in (offer.assignment.get("extraFields") or {}).items():
        if rule == "required" and not customer.get(member):
            raise errors.BusinessRuleViolation(details=f"{member} is missing", target=f"/customer/{member}")
    allowed = offer.offering.get("allowedCustomers") or {}
    is_returning = customer["isReturning"]
    if (allowed.get("newOnly") and is_returning) or (allowed.get("returningOnly") and not is_returning):
        wanted = "new" if is_returning else "returning"
        raise errors.CustomerNotEligible(details=f"for {wanted} customers only", target="/customerId")
    youngest, oldest = allowed.get("minimumAge"), allowed.get("maximumAge")
    if youngest is None and oldest is None:
        return
    age = age_on(customer.get("birthDate"), start.astimezone(ZoneInfo(offer.cut.zone)).date())
    if age is None or not (youngest or 0) <= age <= (200 if oldest is None else oldest):
        raise errors.CustomerNotEligible(details="the customer's age does not fit", target="/customerId")


def age_on(birth_date: str | None, day: date) -> int | None:
    """Full years; None when the birth date is unknown."""
    if birth_date is None:
        return None
    born = date.fromisoformat(birth_date)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def check_overlap(tx: Transaction, customer_id: str, time: Mapping[str, Any], without: str = "") -> None:
    """Raises CustomerOverlap when the customer is booked in elsewhere at that time."""
    active = {"customerId": customer_id, "status": ["pending", "confirmed"]}
    for other in tx.find("booking", active):
        is_other = other["id"] != without
        if is_other and other["startsAt"] < time["endsAt"] and time["startsAt"] < other["endsAt"]:
            raise errors.CustomerOverlap(
                details=f"the customer is booked in from {other['startsAt']} to {other['endsAt']}",
                target="/startsAt",
                links={"conflict": {"href": f"/api/v1/bookings/{other['id']}"}},
            )
