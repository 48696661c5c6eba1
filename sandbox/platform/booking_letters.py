"""Letters about bookings: to the customer when one is confirmed, moved or cancelled, and before it begins."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.letters import inform

REMIND = "booking.remind"
TEMPLATES = {
    "booking.confirmed": "booking_confirmation",
    "booking.rescheduled": "booking_rescheduled",
    "booking.cancelled": "booking_cancelled",
}
SUBJECTS = {
    "booking_confirmation": "Your booking is confirmed",
    "booking_rescheduled": "Your booking has moved",
    "booking_cancelled": "Your booking is cancelled",
    "booking_reminder": "Your booking is soon",
}


def tell_customer(tx: Transaction, event: Document) -> None:
    """Reaction: unless whoever did it last wished that nobody is told."""
    booking = tx.get("booking", event["resourceId"])
    if booking is not None and booking.get("_notify", True):
        _write(tx, TEMPLATES[event["type"]], booking)


def plan_reminders(tx: Transaction, booking: Document) -> None:
    """One entry for each that lies ahead; those of a booking that will not take place are taken off."""
    for reminder in booking["reminders"]:
        if reminder["channel"] != "email":
            continue
        before = reminder["minutesBefore"]
        due = parse_instant(booking["startsAt"]) - timedelta(minutes=before)
        entry = f"{booking['id']}:{before}"
        if booking["status"] == "confirmed" and due > tx.now():
            tx.schedule(due, REMIND, entry, bookingId=booking["id"], minutesBefore=before)
        else:
            tx.cancel(REMIND, entry)


def remind(tx: Transaction, entry: Document) -> None:
    """Job: nothing if the booking, or the wish to be reminded, is gone."""
    wanted = {"channel": "email", "minutesBefore": entry["payload"]["minutesBefore"]}
    booking = tx.get("booking", entry["payload"]["bookingId"])
    if booking is not None and booking["status"] == "confirmed" and wanted in booking["reminders"]:
        _write(tx, "booking_reminder", booking)


def _write(tx: Transaction, template: str, booking: Document) -> None:
    """To a customer who has an address that gets mail."""
    customer = tx.get("customer", booking["customerId"])
    if customer is None or customer["status"] == "erased":
        return
    location = tx.need("location", booking["locationId"])
    begins = parse_instant(booking["startsAt"]).astimezone(ZoneInfo(location["timezone"]))
    names = (customer["givenName"], customer.get("familyName"))
    inform(
        tx,
        template,
        {"email": customer.get("email"), "name": " ".join(name for name in names if name)},
        {"type": "booking", "id": booking["id"]},
        subject=SUBJECTS[template],
        booking=booking["code"],
        begins=f"{begins:%Y-%m-%d %H:%M} ({location['timezone']})",
        service=tx.need("service", booking["serviceId"])["name"],
        practitioner=tx.need("practitioner", booking["practitionerId"])["displayName"],
        place=", ".join(
            part for part in (location["name"], location.get("street"), location["city"]) if part
        ),
        reason=booking["cancellationReason"],
    )


JOBS = {REMIND: remind}
REACTIONS = dict.fromkeys(TEMPLATES, tell_customer)
