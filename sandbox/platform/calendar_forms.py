"""What takes place as calendars: events, series, sessions, registrations and bookings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.formats.calendar import CANCELLED, CONFIRMED, TENTATIVE, Entry, calendar
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.replies import Page
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.event_life import events

STATUS = {
    "draft": TENTATIVE,
    "pending": TENTATIVE,
    "waitlisted": TENTATIVE,
    "cancelled": CANCELLED,
    "declined": CANCELLED,
    "expired": CANCELLED,
}
"""What is neither open nor off is certain."""


def events_calendar(call: Call, page: Page) -> bytes:
    """A page of events to subscribe to."""
    return calendar("Events", [event_entry(event) for event in page.items])


def event_calendar(call: Call, event: Document) -> bytes:
    """One event."""
    return calendar(event["name"], [event_entry(event)])


def series_calendar(call: Call, series: Document) -> bytes:
    """Its events, as far as the caller may see them."""
    members = call.tx.find("event", {"seriesId": series["id"]}, order="startsAt")
    return calendar(series["name"], [event_entry(each) for each in members if events.sees(call, each)])


def session_calendar(call: Call, session: Document) -> bytes:
    """One session; without a time the calendar is empty."""
    event = call.tx.need("event", session["eventId"])
    planned = session.get("startsAt") is not None
    return calendar(session["title"], [session_entry(call.tx, event, session)] if planned else [])


def registration_calendar(call: Call, registration: Document) -> bytes:
    """The event for those who registered, with the sessions they chose."""
    event = call.tx.need("event", registration["eventId"])
    entries = [registration_entry(event, registration)]
    attendees = call.tx.find("attendee", {"registrationId": registration["id"]})
    chosen = dict.fromkeys(key for attendee in attendees for key in attendee.get("sessionIds") or ())
    sessions = [call.tx.get("session", key) for key in chosen]
    entries += [session_entry(call.tx, event, each) for each in sessions if each and each.get("startsAt")]
    return calendar(event["name"], entries)


def bookings_calendar(call: Call, page: Page) -> bytes:
    """A page of bookings to subscribe to."""
    return calendar("Bookings", [booking_entry(call.tx, booking) for booking in page.items])


def booking_calendar(call: Call, booking: Document) -> bytes:
    """One appointment."""
    entry = booking_entry(call.tx, booking)
    return calendar(entry.title, [entry])


def event_entry(event: Mapping[str, Any]) -> Entry:
    """As the public knows it."""
    return Entry(
        **_basis(event, event, event["timezone"]),
        title=event["name"],
        all_day=event["allDay"],
        description=event["summary"] or event["description"] or "",
        place=_venue(event["venue"]) or event["onlineUrl"] or "",
        url=event["onlineUrl"] or "",
        position=_position(event["venue"]),
        categories=[event["category"], *event["tags"]],
        is_private=event["visibility"] == "private",
    )


def registration_entry(event: Mapping[str, Any], registration: Mapping[str, Any]) -> Entry:
    """The event under the registration's own id and status; a change of either is a revision."""
    basis = _basis(registration, event, event["timezone"])
    basis["revision"] += event["version"] - 1
    basis["changed"] = max(basis["changed"], parse_instant(event["updatedAt"]))
    if event["status"] == "cancelled":
        basis["status"] = CANCELLED
    return Entry(
        **basis,
        title=event["name"],
        all_day=event["allDay"],
        description=f"Registration {registration['code']}, {registration['contact']['name']}",
        place=_venue(event["venue"]) or event["onlineUrl"] or "",
        url=event["onlineUrl"] or "",
        position=_position(event["venue"]),
        is_private=True,
    )


def session_entry(tx: Transaction, event: Mapping[str, Any], session: Mapping[str, Any]) -> Entry:
    """In its room, at the venue of the event."""
    room = tx.get("room", session["roomId"]) if session.get("roomId") else None
    venue = _venue(event["venue"]) or event["onlineUrl"] or ""
    return Entry(
        **_basis(session, session, event["timezone"]),
        title=session["title"],
        description=session.get("abstract") or "",
        place=", ".join(part for part in (room["name"] if room else "", venue) if part),
        categories=[each for each in (session.get("track"), session.get("type")) if each],
        is_private=event["visibility"] == "private",
    )


def booking_entry(tx: Transaction, booking: Mapping[str, Any]) -> Entry:
    """What is done, by whom and where; not for whom: calendars are shared more easily than records."""
    location = tx.get("location", booking["locationId"])
    offering, service = tx.get("offering", booking["offeringId"]), tx.get("service", booking["serviceId"])
    practitioner = tx.get("practitioner", booking["practitionerId"])
    what = (offering and offering.get("customName")) or (service and service["name"]) or "Appointment"
    who = practitioner["displayName"] if practitioner else ""
    video = booking.get("video") or {}
    return Entry(
        **_basis(booking, booking, location["timezone"] if location else "UTC"),
        title=" – ".join(part for part in (what, who) if part),
        description=f"Booking {booking['code']}",
        place=_venue(location) or video.get("joinUrl", ""),
        url=video.get("joinUrl", ""),
        position=_position(location),
        is_private=True,
    )


def _basis(record: Mapping[str, Any], times: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """Identity, state and time; each version of a record is a revision."""
    return {
        "id": record["id"],
        "status": STATUS.get(record["status"], CONFIRMED),
        "revision": record["version"] - 1,
        "created": parse_instant(record["createdAt"]),
        "changed": parse_instant(record["updatedAt"]),
        "starts": parse_instant(times["startsAt"]),
        "ends": parse_instant(times["endsAt"]),
        "timezone": timezone,
    }


def _venue(place: Mapping[str, Any] | None) -> str:
    if not place:
        return ""
    town = " ".join(part for part in (place.get("postalCode"), place.get("city")) if part)
    parts = (place.get("name"), place.get("street"), town, place.get("country"))
    return ", ".join(part for part in parts if part)


def _position(place: Mapping[str, Any] | None) -> tuple[float, float] | None:
    if not place or not place.get("latitude") or not place.get("longitude"):
        return None
    return float(place["latitude"]), float(place["longitude"])


FORMS = {
    "listEvents": {"ics": events_calendar},
    "listSubEvents": {"ics": events_calendar},
    "listSeriesEvents": {"ics": events_calendar},
    "getEventCalendar": {"ics": event_calendar},
    "getSeriesCalendar": {"ics": series_calendar},
    "getSessionCalendar": {"ics": session_calendar},
    "getRegistrationCalendar": {"ics": registration_calendar},
    "listBookings": {"ics": bookings_calendar},
    "getBookingCalendar": {"ics": booking_calendar},
}
