"""What an event amounts to: registrations, tickets, money and feedback, counted from the world as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.money import minor_units, money

STATES = {
    "pending": "pending",
    "confirmed": "confirmed",
    "waitlisted": "waitlisted",
    "checked_in": "checkedIn",
    "cancelled": "cancelled",
}


def statistics(tx: Transaction, event: Document) -> dict[str, Any]:
    """The numbers of one event."""
    made = tx.find("registration", {"eventId": event["id"]})
    states = Counter(registration["status"] for registration in made)
    tickets = tx.find("ticket", {"eventId": event["id"]})
    people = Counter(person["status"] for person in tx.find("attendee", {"eventId": event["id"]}))
    admitted = people["registered"] + people["checked_in"]
    firm = states["confirmed"] + states["checked_in"]
    return {
        "eventId": event["id"],
        "registrations": {
            "total": len(made),
            **{name: states[status] for status, name in STATES.items()},
        },
        "tickets": _tickets(tickets),
        "revenue": _revenue(made, _charged_back(tx, made)),
        "conversionRate": _rate(firm, len(made)) or 0.0,
        "capacityUtilisation": _rate(event["availability"]["allocated"], event["capacity"]),
        "attendanceRate": _rate(people["checked_in"], admitted),
        "byTicketType": [_of_type(kind, made, tickets) for kind in _types(tx, event)],
        "byDay": _by_day(made),
        "feedback": _feedback(tx, event),
        "generatedAt": tx.stamp(),
    }


def _types(tx: Transaction, event: Document) -> list[Document]:
    kinds = tx.find("ticket_type", {"eventId": event["id"]})
    return sorted(kinds, key=lambda kind: (kind["position"], kind["id"]))


def _rate(part: int, whole: int | None) -> float | None:
    """Between 0 and 1; None where there is nothing to compare with."""
    return round(min(part / whole, 1.0), 4) if whole else None


def _tickets(tickets: Iterable[Document]) -> dict[str, int]:
    states = Counter(ticket["status"] for ticket in tickets)
    return {"issued": states.total(), "revoked": states["revoked"], "checkedIn": states["used"]}


def _charged_back(tx: Transaction, made: Iterable[Document]) -> Counter[str]:
    """What disputes took that had not been refunded, by currency."""
    own, lost = {registration["id"] for registration in made}, Counter[str]()
    for payment in tx.find("payment", {"status": "charged_back"}):
        if payment["subject"]["id"] in own:
            left = minor_units(payment["amountCaptured"]) - minor_units(payment["amountRefunded"])
            lost[payment["amount"]["currency"]] += left
    return lost


def _revenue(made: Iterable[Document], lost: Mapping[str, int]) -> list[dict[str, Any]]:
    """One entry a currency: sums of different currencies are never added up."""
    gross: Counter[str] = Counter()
    refunded: Counter[str] = Counter()
    for registration in made:
        totals, currency = registration["totals"], registration["currency"]
        gross[currency] += minor_units(totals["paid"])
        refunded[currency] += minor_units(totals["refunded"])
    return [
        {
            "currency": currency,
            "gross": money(gross[currency] + lost.get(currency, 0), currency),
            "refunded": money(refunded[currency], currency),
            "net": money(gross[currency] - refunded[currency], currency),
        }
        for currency in sorted(gross)
    ]


def _of_type(kind: Document, made: Iterable[Document], tickets: Iterable[Document]) -> dict[str, Any]:
    own = [ticket for ticket in tickets if ticket["ticketTypeId"] == kind["id"]]
    orders = sum(any(item["ticketTypeId"] == kind["id"] for item in each["items"]) for each in made)
    return {
        "ticketTypeId": kind["id"],
        "name": kind["name"],
        "registrations": orders,
        "sold": kind["sold"],
        "remaining": kind["remaining"],
        **_tickets(own),
    }


def _by_day(made: Iterable[Document]) -> list[dict[str, Any]]:
    """Registrations made on each day, in UTC."""
    days = Counter(registration["createdAt"][:10] for registration in made)
    return [{"date": day, "registrations": days[day]} for day in sorted(days)]


def _feedback(tx: Transaction, event: Mapping[str, Any]) -> dict[str, Any]:
    sessions = [session["id"] for session in tx.find("session", {"eventId": event["id"]})]
    ratings = [row["rating"] for row in tx.find("feedback", {"sessionId": sessions})] if sessions else []
    average = round(sum(ratings) / len(ratings), 2) if ratings else None
    return {"count": len(ratings), "averageRating": average}
