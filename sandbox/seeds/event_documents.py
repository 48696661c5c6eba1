"""Documents of the events face, complete in every member: events, ticket types, registrations, tickets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sandbox.accounting.amounts import minor_units, money, taxed
from sandbox.kernel.clock import instant, parse_instant
from sandbox.seeds.world import SeedWorld

Doc = dict[str, Any]

HOLDING = ("pending", "confirmed", "checked_in")
CREATED = -60
"""Days before the anchor at which the world's events were made."""

REGISTRATION_RULES: Doc = {
    "opensAt": None,
    "closesAt": None,
    "approvalRequired": False,
    "allowMultiple": False,
    "waitlistEnabled": False,
    "holdMinutes": 30,
    "requiredConsents": [],
}


def stamped(key: str, at: str) -> Doc:
    """What every resource has."""
    return {"id": key, "version": 1, "createdAt": at, "updatedAt": at, "metadata": {}}


def event(world: SeedWorld, number: int, name: str, starts: str, ends: str, **members: Any) -> Doc:
    """An event; `registration` names only the rules that differ."""
    rules = {**REGISTRATION_RULES, **members.pop("registration", {})}
    created = world.at(days=CREATED)
    status = members.get("status", "published")
    return {
        **stamped(world.id("e1", number), created),
        "_audience": _audience(status, members.get("visibility", "public")),
        "slug": None,
        "name": name,
        "summary": None,
        "description": "",
        "status": status,
        "visibility": "public",
        "format": "in_person",
        "category": "other",
        "tags": [],
        "language": "en",
        "timezone": "Europe/Warsaw",
        "startsAt": starts,
        "endsAt": ends,
        "allDay": False,
        "venue": venue("Expo Hall", "Warszawa", "PL"),
        "onlineUrl": None,
        "organizerId": world.id("a1", 2),
        "seriesId": None,
        "seriesIndex": None,
        "parentEventId": None,
        "capacity": None,
        "currencies": ["EUR"],
        "registration": rules,
        "refundPolicy": {"type": "flexible", "deadlineHours": 24, "percent": 100},
        "checkIn": {"opensMinutesBefore": 120, "allowReentry": False},
        "coverImageUrl": None,
        "links": [],
        "publishedAt": None if status == "draft" else world.at(days=CREATED + 5),
        "cancelledAt": world.at(days=-3) if status == "cancelled" else None,
        "completedAt": ends if status == "completed" else None,
        "cancellationReason": "The venue is not available" if status == "cancelled" else None,
        **members,
    }


def _audience(status: str, visibility: str) -> str:
    """Who may know of it: the public, who has the link, readers, or staff only."""
    if status == "draft":
        return "staff"
    public = "public" if status == "published" else "link"
    return {"public": public, "unlisted": "link", "private": "readers"}[visibility]


def venue(name: str, city: str, country: str) -> Doc:
    """A place."""
    rest = dict.fromkeys(("street", "region", "postalCode", "latitude", "longitude", "roomNote"))
    return {"name": name, "city": city, "country": country, **rest}


def ticket_type(
    world: SeedWorld, number: int, event: Mapping[str, Any], name: str, price: str, **members: Any
) -> Doc:
    """A ticket type; the price is in the event's first currency."""
    free = not Decimal(price)
    return {
        **stamped(world.id("e3", number), world.at(days=CREATED)),
        "eventId": event["id"],
        "name": name,
        "description": "",
        "kind": "free" if free else "paid",
        "price": {"amount": price, "currency": event["currencies"][0]},
        "currencyPrices": [],
        "taxRatePercent": "0.00",
        "taxIncluded": True,
        "quantity": None,
        "minPerOrder": 1,
        "maxPerOrder": 10,
        "salesStartsAt": None,
        "salesEndsAt": None,
        "status": "active",
        "sold": 0,
        "remaining": None,
        "admits": 1,
        "requiresApproval": False,
        "transferable": True,
        "position": 0,
        **members,
    }


def registration(
    key: str, code: str, kind: Mapping[str, Any], person: Mapping[str, Any], **members: Any
) -> Doc:
    """A registration for `quantity` tickets of one type, its money settled as its status says."""
    created, quantity, status = members.pop("created"), members.pop("quantity", 1), members["status"]
    email = person["email"]
    price = kind["price"]
    paid = status in ("confirmed", "checked_in")
    rate = kind["taxRatePercent"]
    sums = totals(price, quantity, rate, paid=paid, owed=status in ("pending", "waitlisted"))
    places = quantity * kind["admits"]
    return {
        **stamped(key, created),
        "code": code,
        "eventId": kind["eventId"],
        "userId": None,
        "contact": {"phone": None, "company": None, "locale": None, **person},
        "items": [item(kind, quantity, members.pop("attendees", []))],
        "promoCode": None,
        "currency": price["currency"],
        "totals": sums,
        "payment": payment_summary(price, paid),
        "expiresAt": None,
        "waitlistPosition": None,
        "consents": [{"purpose": "terms", "granted": True}],
        "source": "web",
        "notes": None,
        "externalRef": None,
        "approvedAt": None,
        "confirmedAt": created if paid else None,
        "cancelledAt": None,
        "cancelledBy": None,
        "cancellationReason": None,
        "checkedInCount": places if status == "checked_in" else 0,
        "ticketCount": places if paid else 0,
        "_owner": None,
        "_holder": None if status == "cancelled" else f"{kind['eventId']}:{email}",
        "_approval": False,
        "_payments": {},
        **members,
    }


def item(kind: Mapping[str, Any], quantity: int, attendees: list[Doc]) -> Doc:
    """One line of a registration."""
    price = kind["price"]
    return {
        "ticketTypeId": kind["id"],
        "quantity": quantity,
        "attendees": attendees,
        "unitPrice": price,
        "total": times(price, quantity),
        **{member: kind[member] for member in ("admits", "name", "taxRatePercent", "taxIncluded")},
    }


def totals(price: Mapping[str, str], quantity: int, rate: str, *, paid: bool, owed: bool) -> Doc:
    """Sums without discount; the price contains the tax."""
    total, zero = times(price, quantity), times(price, 0)
    tax, _ = taxed(minor_units(total), rate, included=True)
    return {
        "subtotal": total,
        "discount": zero,
        "tax": money(tax, price["currency"]),
        "total": total,
        "paid": total if paid else zero,
        "refunded": zero,
        "due": total if owed else zero,
    }


def payment_summary(price: Mapping[str, str], paid: bool) -> Doc:
    """Whether money is needed and there."""
    if not Decimal(price["amount"]):
        return {"required": False, "status": "not_required", "paymentIds": []}
    return {"required": True, "status": "paid" if paid else "unpaid", "paymentIds": []}


def times(price: Mapping[str, str], quantity: int) -> dict[str, str]:
    """A multiple of a price, with as many decimals."""
    return {"amount": str(Decimal(price["amount"]) * quantity), "currency": price["currency"]}


def attendee(key: str, ticket_id: str, holder: Mapping[str, Any], kind: Mapping[str, Any], name: str) -> Doc:
    """One admitted person."""
    states = {"checked_in": "checked_in", "cancelled": "cancelled"}
    return {
        **stamped(key, holder["createdAt"]),
        "registrationId": holder["id"],
        "eventId": holder["eventId"],
        "ticketTypeId": kind["id"],
        "name": name,
        "email": holder["contact"]["email"] if name == holder["contact"]["name"] else None,
        "company": holder["contact"]["company"],
        "answers": {},
        "status": states.get(holder["status"], "registered"),
        "checkedInAt": None,
        "ticketId": ticket_id,
        "badgeName": None,
        "sessionIds": [],
    }


def ticket(key: str, code: str, person: Mapping[str, Any], status: str) -> Doc:
    """What admits that person."""
    at = person["createdAt"]
    return {
        **stamped(key, at),
        "code": code,
        "registrationId": person["registrationId"],
        "attendeeId": person["id"],
        "eventId": person["eventId"],
        "ticketTypeId": person["ticketTypeId"],
        "status": status,
        "issuedAt": at,
        "revokedAt": at if status == "revoked" else None,
        "revocationReason": "registration cancelled" if status == "revoked" else None,
        "reissueOf": None,
        "validFrom": None,
        "validUntil": None,
    }


def check_in(key: str, number: int, used: Mapping[str, Any], at: str, direction: str) -> Doc:
    """One pass through the door."""
    return {
        **stamped(key, at),
        "ticketId": used["id"],
        "ticketCode": used["code"],
        "eventId": used["eventId"],
        "type": direction,
        "at": at,
        "gate": "Main",
        "deviceId": "scanner-1",
        "nonce": f"seed-{key[-12:]}",
        "force": False,
        "offline": False,
        "result": "ok",
        "attendeeId": used["attendeeId"],
        "registrationId": used["registrationId"],
        "performedBy": "a1000000-0000-4000-8000-000000000003",
        "revertedAt": None,
        "_number": number,
    }


def after(at: str, **delta: float) -> str:
    """A later instant."""
    return instant(parse_instant(at) + timedelta(**delta))
