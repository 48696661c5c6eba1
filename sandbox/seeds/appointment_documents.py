"""Documents of the appointments face with everything a reader expects of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.seeds.world import SeedWorld

Doc = dict[str, Any]

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
EVERY_DAY = (*WORKDAYS, "sat", "sun")
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
TAKES_TIME = ("pending", "confirmed", "completed", "no_show")


def meta(world: SeedWorld, key: str, *, days: float = -60) -> Doc:
    """What every resource has; `days`: when it was made."""
    made = world.at(days=days)
    return {"id": key, "version": 1, "createdAt": made, "updatedAt": made, "metadata": {}}


def service(world: SeedWorld, number: int, name: str, category: str, minutes: int) -> Doc:
    """An entry of the dictionary."""
    return {
        **meta(world, world.id("c2", number), days=-365),
        "name": name,
        "category": category,
        "description": None,
        "defaultDurationMinutes": minutes,
        "specialties": [category],
        "onlineAvailable": category == "general",
        "status": "active",
    }


def location(world: SeedWorld, number: int, **members: Any) -> Doc:
    """A place; name, city, country and timezone must be given."""
    return {
        **meta(world, world.id("c1", number), days=-365),
        "type": "clinic",
        "street": None,
        "region": None,
        "postalCode": None,
        "latitude": None,
        "longitude": None,
        "phone": None,
        "email": None,
        "website": None,
        "onlineBookingEnabled": True,
        "cancellationWindowHours": 24,
        "paymentAccount": "default",
        "imageUrl": None,
        "status": "active",
        **members,
    }


def practitioner(world: SeedWorld, number: int, given: str | None, family: str, **members: Any) -> Doc:
    """A person; shown as `Dr` unless told otherwise."""
    licence = {"type": "REG", "number": f"{100000 + number}"}
    return {
        **meta(world, world.id("c3", number), days=-300),
        "givenName": given,
        "familyName": family,
        "title": "Dr",
        "displayName": " ".join(part for part in ("Dr", given, family) if part),
        "specialties": ["general"],
        "licenseNumbers": [licence],
        "languages": ["en"],
        "gender": None,
        "bio": None,
        "photoUrl": None,
        "userId": None,
        "status": "active",
        "assignmentIds": [],
        "_licences": [f"{licence['type']} {licence['number']}"],
        **members,
    }


def weekly(days: Iterable[str], *periods: tuple[str, str]) -> list[Doc]:
    """The same working periods on several days."""
    spans = [{"start": start, "end": end, "offeringIds": None} for start, end in periods]
    return [{"day": day, "periods": spans} for day in days]


def put_assignment(
    world: SeedWorld, number: int, who: int, where: int, hours: list[Doc], **members: Any
) -> Document:
    """An assignment with its working hours and calendar; the practitioner lists it."""
    key, place = world.id("c4", number), world.get("location", world.id("c1", where))
    person = world.get("practitioner", world.id("c3", who))
    world.put("practitioner", {**person, "assignmentIds": [*person["assignmentIds"], key]})
    base = meta(world, key, days=-200)
    rules = {"weekly": hours, "timezone": place["timezone"], "effectiveFrom": None}
    world.put("schedule", {**base, "assignmentId": key, **rules})
    status = members.get("calendarStatus", "enabled")
    calendar = {"status": status, "changedAt": base["createdAt"], "reason": None}
    world.put("calendar_status", {**base, "assignmentId": key, **calendar})
    return world.put(
        "assignment",
        {
            **base,
            "practitionerId": person["id"],
            "locationId": place["id"],
            "onlineOnly": False,
            "calendarStatus": status,
            "slotIntervalMinutes": None,
            "bufferBeforeMinutes": 0,
            "bufferAfterMinutes": 0,
            "minLeadMinutes": 60,
            "maxHorizonDays": 90,
            "confirmationMode": "auto",
            "extraFields": {},
            "status": "active",
            **members,
        },
    )


def offering(
    world: SeedWorld, number: int, assignment: str, service_number: int, minutes: int, **members: Any
) -> Doc:
    """A service on sale; with no price unless given."""
    custom = members.get("customName")
    return {
        **meta(world, world.id("c5", number), days=-180),
        "assignmentId": assignment,
        "serviceId": world.id("c2", service_number),
        "customName": None,
        "durationMinutes": minutes,
        "price": None,
        "priceFrom": False,
        "isDefault": False,
        "isVisible": True,
        "capacity": 1,
        "allowedCustomers": None,
        "paymentRequired": False,
        "description": None,
        "status": "active",
        "_label": (custom or "").casefold(),
        **members,
    }


def customer(world: SeedWorld, number: int, given: str, family: str | None, **members: Any) -> Doc:
    """A person; reachable by e-mail unless told otherwise."""
    return {
        **meta(world, world.id("ca", number), days=-120),
        "givenName": given,
        "familyName": family,
        "email": f"customer{number}@sandbox.example",
        "phone": None,
        "birthDate": "1988-04-12",
        "gender": None,
        "nationalId": None,
        "locale": "en",
        "timezone": None,
        "address": None,
        "notes": None,
        "status": "active",
        "isReturning": False,
        "marketingConsent": False,
        "dataPrivacyConsent": True,
        "processingRestricted": False,
        "userId": None,
        "externalRef": None,
        "mergedInto": None,
        **members,
    }


def put_booking(
    world: SeedWorld, number: int, sold: Mapping[str, Any], start: datetime, guest: int, **members: Any
) -> Document:
    """A booking of an offering with what time will do to it on the agenda."""
    assignment = world.get("assignment", sold["assignmentId"])
    client = world.get("customer", world.id("ca", guest))
    status = members.get("status", "confirmed")
    booked = min(start - timedelta(days=3), world.moment(days=-2))
    base = {**meta(world, world.id("cb", number)), "createdAt": instant(booked), "updatedAt": instant(booked)}
    booking = world.put(
        "booking",
        {
            **base,
            "code": "".join(world.faker("bookings").random_choices(CODE_LETTERS, 8)),
            **_place(assignment, sold, start, status),
            "customerId": client["id"],
            "status": status,
            "confirmationExpiresAt": instant(start) if status == "pending" else None,
            "presence": {"completed": "present", "no_show": "absent"}.get(status, "unknown"),
            "source": "platform",
            "bookedBy": "platform",
            "bookedAt": instant(booked),
            "isReturning": client["isReturning"],
            "price": sold["price"],
            "payment": {"required": False, "status": "not_required", "paymentIds": []},
            **_nothing_yet(),
            **_ending(status, booked),
            "_userId": client["userId"],
            **members,
        },
    )
    _plan(world, booking)
    return booking


def _place(assignment: Mapping[str, Any], sold: Mapping[str, Any], start: datetime, status: str) -> Doc:
    """Where and when, and the time it takes."""
    who, end = assignment["practitionerId"], start + timedelta(minutes=sold["durationMinutes"])
    return {
        "assignmentId": assignment["id"],
        "offeringId": sold["id"],
        "practitionerId": who,
        "locationId": assignment["locationId"],
        "serviceId": sold["serviceId"],
        "startsAt": instant(start),
        "endsAt": instant(end),
        "_busy": _busy(who, start, end) if status in TAKES_TIME else [],
    }


def _nothing_yet() -> Doc:
    """What most bookings never have."""
    unset = dict.fromkeys(("comment", "internalNote", "video", "externalRef", "ownerCredentialId"))
    return {**unset, "previousTimes": [], "rescheduleCount": 0, "conflict": False, "reminders": []}


def _ending(status: str, booked: datetime) -> Doc:
    is_cancelled = status == "cancelled"
    return {
        "cancelledAt": instant(booked + timedelta(days=1)) if is_cancelled else None,
        "cancelledBy": "customer" if is_cancelled else None,
        "cancellationReason": "Plans have changed" if is_cancelled else None,
    }


def _busy(practitioner_id: str, start: datetime, end: datetime) -> list[str]:
    """The keys under which the stretch is found: one for each UTC day."""
    return [
        f"{practitioner_id}|{day}"
        for day in dict.fromkeys((start.date().isoformat(), end.date().isoformat()))
    ]


def _plan(world: SeedWorld, booking: Mapping[str, Any]) -> None:
    if booking["status"] == "confirmed":
        plan(world, "booking.complete", booking["id"], booking["endsAt"])
    elif booking["status"] == "pending":
        plan(world, "booking.expire", booking["id"], booking["confirmationExpiresAt"])


def plan(world: SeedWorld, job: str, subject: str, due: str) -> None:
    """Due work."""
    world.put("agenda", {"id": f"{job}:{subject}", "due": due, "job": job, "subject": subject, "payload": {}})


def put_hold(
    world: SeedWorld, number: int, sold: Mapping[str, Any], start: datetime, **members: Any
) -> Document:
    """A hold that lasts until its slot begins, unless it has ended."""
    assignment = world.get("assignment", sold["assignmentId"])
    end, status = start + timedelta(minutes=sold["durationMinutes"]), members["status"]
    hold = world.put(
        "slot_hold",
        {
            **meta(world, world.id("c9", number), days=-1),
            "assignmentId": assignment["id"],
            "offeringId": sold["id"],
            "practitionerId": assignment["practitionerId"],
            "startsAt": instant(start),
            "endsAt": instant(end),
            "ttlSeconds": 300,
            "expiresAt": instant(start) if status == "active" else world.at(days=-1, minutes=5),
            "_busy": _busy(assignment["practitionerId"], start, end) if status == "active" else [],
            **members,
        },
    )
    if status == "active":
        plan(world, "hold.expire", hold["id"], hold["expiresAt"])
    return hold


def slot_id(sold: Mapping[str, Any], start: datetime) -> str:
    """The identifier a slot is listed with."""
    return str(uuid5(UUID(sold["assignmentId"]), f"{sold['id']}|{instant(start)}"))
