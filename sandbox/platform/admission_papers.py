"""What people take along: tickets, badges and certificates, as records and as pages.

What draws pages is loaded with the first of them: at start it would cost more than anything else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.formats import qr, wording
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import CertificateNotAvailable, ResourceNotFound
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.printing import words_for

COLOURS = ("#0B5D5B", "#3F3D9E", "#9A3412", "#7A1F5C", "#1E5AA8", "#3B6B1F", "#5B4636", "#444B54")
VOID = {"revoked": "Revoked", "expired": "Expired", "used": "Used"}
SECONDS_A_HOUR = 3600


def persons(tx: Transaction, registration_id: str, attendee_id: str | None) -> list[Document]:
    """Whom a registration brings, or the one who is asked for; raises ResourceNotFound."""
    rows = tx.find("attendee", {"registrationId": registration_id}, order="id")
    found = [row for row in rows if attendee_id in (None, row["id"]) and row["status"] != "cancelled"]
    if not found:
        raise ResourceNotFound(details="the registration brings no such attendee", target="attendeeId")
    return found


def ticket_pdf(call: Call, ticket: Document) -> bytes:
    """The page that is shown at the door."""
    from sandbox.formats.ticket_page import TicketFacts, ticket_page

    tx = call.tx
    event, attendee = tx.need("event", ticket["eventId"]), tx.get("attendee", ticket["attendeeId"])
    kind, registration = (
        tx.get("ticket_type", ticket["ticketTypeId"]),
        tx.need("registration", ticket["registrationId"]),
    )
    starts, ends, zone = *_times(event), event["timezone"]
    venue, say = event["venue"] or {}, words_for(call)
    return ticket_page(
        TicketFacts(
            event=event["name"],
            when=say.day_and_time(starts, zone),
            until=say.day_and_time(ends, zone),
            zone=wording.zone(starts, zone),
            venue=venue.get("name") or event["onlineUrl"] or "",
            address=_address(venue),
            attendee=attendee["name"] if attendee else "",
            ticket_type=kind["name"] if kind else "",
            price=_price(registration, ticket["ticketTypeId"], say),
            registration=registration["code"],
            code=ticket["code"],
            issued=say.day(parse_instant(ticket["issuedAt"]), zone),
            voided=say(VOID.get(ticket["status"], "")),
            words=say,
        )
    )


def ticket_code(call: Call, ticket: Mapping[str, Any]) -> bytes:
    """What the door scans."""
    return qr.svg(ticket["code"], f"Ticket {ticket['code']}")


def wallet_pass(call: Call, ticket: Mapping[str, Any]) -> dict[str, Any]:
    """What a telephone shows of a ticket."""
    tx, say = call.tx, words_for(call)
    event, attendee = tx.need("event", ticket["eventId"]), tx.get("attendee", ticket["attendeeId"])
    kind = tx.get("ticket_type", ticket["ticketTypeId"])
    starts, zone, venue = parse_instant(event["startsAt"]), event["timezone"], event["venue"] or {}
    told = (
        ("event", say("EVENT"), event["name"]),
        ("attendee", say("ATTENDEE"), attendee["name"] if attendee else ""),
        ("ticketType", say("TICKET"), kind["name"] if kind else ""),
        ("begins", say("BEGINS"), say.day_and_time(starts, zone)),
        ("place", say("PLACE"), venue.get("name") or event["onlineUrl"] or ""),
    )
    located = venue.get("latitude") and venue.get("longitude")
    position = {name: float(venue[name]) for name in ("latitude", "longitude")} if located else {}
    return {
        "format": "generic",
        "serialNumber": ticket["id"],
        "barcode": {"format": "QR", "message": ticket["code"]},
        "fields": [{"key": key, "label": label, "value": value} for key, label, value in told if value],
        "relevantDate": event["startsAt"],
        "expirationDate": event["endsAt"],
        "voided": ticket["status"] in ("revoked", "expired"),
        "locations": [position] if position else [],
    }


def pass_file(call: Call, shown: Mapping[str, Any]) -> bytes:
    """To add to a wallet."""
    from sandbox.formats.wallet import pkpass

    described = words_for(call)("Ticket – {event}", event=shown["fields"][0]["value"])
    return pkpass(shown, described, call.workspace.seed)


def badge(tx: Transaction, attendee: Mapping[str, Any]) -> dict[str, Any]:
    """What an attendee wears."""
    event, ticket = tx.need("event", attendee["eventId"]), tx.get("ticket", attendee["ticketId"] or "")
    kinds = tx.find("ticket_type", {"eventId": event["id"]}, order="id")
    names = {kind["id"]: kind["name"] for kind in kinds}
    place = list(names).index(attendee["ticketTypeId"]) if attendee["ticketTypeId"] in names else 0
    return {
        "attendeeId": attendee["id"],
        "name": attendee["badgeName"] or attendee["name"],
        "company": attendee["company"],
        "ticketType": names.get(attendee["ticketTypeId"], ""),
        "eventName": event["name"],
        "qrPayload": ticket["code"] if ticket else attendee["id"],
        "colour": COLOURS[place % len(COLOURS)],
    }


def badge_pdf(call: Call, shown: Mapping[str, Any]) -> bytes:
    """A page for everybody the registration brings, or for the one who is asked for."""
    from sandbox.formats.badge_page import BadgeFacts, badge_pages

    registration_id = call.path.split("/")[4]
    badges = [
        badge(call.tx, each) for each in persons(call.tx, registration_id, call.query.get("attendeeId"))
    ]
    facts = [
        BadgeFacts(
            name=each["name"],
            company=each["company"] or "",
            ticket_type=each["ticketType"],
            event=each["eventName"],
            code=each["qrPayload"],
            colour=each["colour"],
        )
        for each in badges
    ]
    return badge_pages(facts[0].event, facts, words_for(call))


def certificate(call: Call, registration: Mapping[str, Any], attendee: Mapping[str, Any]) -> dict[str, Any]:
    """That an attendee was there; raises CertificateNotAvailable before the event is over, or if not."""
    event = call.tx.need("event", registration["eventId"])
    if event["status"] != "completed":
        raise CertificateNotAvailable(details="the event is not completed")
    if attendee["status"] != "checked_in":
        raise CertificateNotAvailable(details=f"{attendee['name']} was not checked in")
    issued = event["completedAt"] or event["endsAt"]
    path = f"/api/v1/registrations/{registration['id']}/certificate?attendeeId={attendee['id']}"
    return {
        "number": f"CERT-{issued[:4]}-{registration['code']}-{attendee['id'][-6:].upper()}",
        "attendeeId": attendee["id"],
        "attendeeName": attendee["name"],
        "eventName": event["name"],
        "hours": _hours(event),
        "issuedAt": issued,
        "verificationUrl": f"{call.server.facts['base_url']}{path}",
    }


def certificate_pdf(call: Call, shown: Mapping[str, Any]) -> bytes:
    """The page of the certificate that is asked for."""
    from sandbox.formats.certificate_page import CertificateFacts, certificate_pages

    attendee = call.tx.need("attendee", shown["attendeeId"])
    event = call.tx.need("event", attendee["eventId"])
    starts, ends, zone = *_times(event), event["timezone"]
    venue, say = event["venue"] or {}, words_for(call)
    place = ", ".join(part for part in (venue.get("name"), venue.get("city")) if part)
    facts = CertificateFacts(
        number=shown["number"],
        attendee=shown["attendeeName"],
        event=shown["eventName"],
        when=say.days(starts, ends, zone),
        place=place or (say("Online") if event["onlineUrl"] else ""),
        hours=say.hours(shown["hours"]),
        issued=say.day(parse_instant(shown["issuedAt"]), zone),
        verify_at=shown["verificationUrl"],
        words=say,
    )
    return certificate_pages([facts])


def _hours(event: Mapping[str, Any]) -> float:
    """Of an event over several days, those between opening and closing of each."""
    zone = ZoneInfo(event["timezone"])
    starts, ends = (moment.astimezone(zone) for moment in _times(event))
    days = (ends.date() - starts.date()).days + 1
    opening = starts.hour * 60 + starts.minute
    closing = ends.hour * 60 + ends.minute
    if days == 1 or closing <= opening:
        return round((ends - starts).total_seconds() / SECONDS_A_HOUR, 2)
    return round(days * (closing - opening) / 60, 2)


def _times(event: Mapping[str, Any]) -> tuple[datetime, datetime]:
    return parse_instant(event["startsAt"]), parse_instant(event["endsAt"])


def _address(venue: Mapping[str, Any]) -> str:
    town = " ".join(part for part in (venue.get("postalCode"), venue.get("city")) if part)
    parts = (venue.get("street"), town, venue.get("country"), venue.get("roomNote"))
    return ", ".join(part for part in parts if part)


def _price(registration: Mapping[str, Any], ticket_type_id: str, say: wording.Wording) -> str:
    prices = [item["unitPrice"] for item in registration["items"] if item["ticketTypeId"] == ticket_type_id]
    if not prices or not prices[0]:
        return ""
    return say.sum_of(prices[0]) if float(prices[0]["amount"]) else say("Free")


FORMS = {
    "getTicket": {"pdf": ticket_pdf},
    "getTicketQrCode": {"svg": ticket_code},
    "getWalletPass": {"pkpass": pass_file},
    "getRegistrationBadge": {"pdf": badge_pdf},
    "getCertificate": {"pdf": certificate_pdf},
}
