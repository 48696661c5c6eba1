"""The seeded clinics: as many as promised, true to the contract, and never double-booked by accident."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.contract.document import load
from sandbox.contract.schemas import Schemas
from sandbox.kernel.documents import Document
from sandbox.platform.slot_calendar import Cut, Hours, slot_id
from sandbox.seeds import SeedWorld, build_world

ANCHOR = datetime(2026, 11, 16, tzinfo=UTC)
SCHEMAS = {
    "location": "Location",
    "service": "Service",
    "practitioner": "Practitioner",
    "assignment": "Assignment",
    "offering": "Offering",
    "schedule": "Schedule",
    "calendar_status": "CalendarStatus",
    "customer": "Customer",
    "booking": "Booking",
    "slot_hold": "SlotHold",
    "break": "Break",
    "schedule_override": "ScheduleOverride",
}
TAKES_TIME = ("pending", "confirmed", "completed", "no_show")


@pytest.fixture(name="world", scope="module")
def _world() -> SeedWorld:
    return build_world("standard", anchor=ANCHOR)


def test_as_many_as_promised(world: SeedWorld) -> None:
    promised = {"location": 7, "service": 15, "practitioner": 20, "assignment": 26, "offering": 78}
    promised |= {"customer": 120, "booking": 400, "break": 60, "schedule_override": 14}
    assert {kind: len(world.all(kind)) for kind in promised} == promised
    assert Counter(booking["status"] for booking in world.all("booking")) == {
        "completed": 140,
        "no_show": 12,
        "confirmed": 180,
        "pending": 18,
        "cancelled": 40,
        "declined": 6,
        "expired": 4,
    }


def test_scaled_for_load() -> None:
    world = build_world("load", anchor=ANCHOR)
    assert (len(world.all("booking")), len(world.all("offering"))) == (4000, 780)
    assert accidents(world) == []


def test_an_empty_world_has_the_dictionary_only() -> None:
    world = build_world("empty", anchor=ANCHOR)
    assert len(world.all("service")) == 15
    assert not world.all("location")
    assert not world.all("booking")


@pytest.mark.parametrize("kind", SCHEMAS)
def test_true_to_the_contract(world: SeedWorld, kind: str) -> None:
    document = load("platform")
    schemas = Schemas(document)
    schema: dict[str, Any] = document["components"]["schemas"][SCHEMAS[kind]]
    validator = schemas.validator(schema)
    erased = {"ca000000-0000-4000-8000-000000000007"}
    for found in world.all(kind):
        shown = {member: value for member, value in found.items() if member[0] != "_"}
        if found["id"] not in erased:
            assert [fault.message for fault in validator.iter_errors(shown)] == []
            assert not {m for m in schema["properties"] if m not in shown and m != "_links"}


def test_nobody_is_double_booked_by_accident(world: SeedWorld) -> None:
    assert accidents(world) == []


def accidents(world: SeedWorld) -> list[tuple[str, str]]:
    """Neighbours of one practitioner that overlap, but for group classes and the conflict made on purpose."""
    active = [b for b in world.all("booking") if b["status"] in TAKES_TIME and not b["conflict"]]
    active.sort(key=lambda booking: (booking["practitionerId"], booking["startsAt"]))
    return [
        (one["id"], two["id"])
        for one, two in zip(active, active[1:], strict=False)
        if one["practitionerId"] == two["practitionerId"]
        and two["startsAt"] < one["endsAt"]
        and world.get("offering", one["offeringId"])["capacity"] == 1
    ]


def test_every_future_booking_stands_on_a_slot(world: SeedWorld) -> None:
    for booking in world.all("booking"):
        if booking["status"] in ("pending", "confirmed"):
            assert hours_of(world, booking).has(datetime.fromisoformat(booking["startsAt"])), booking["id"]


def hours_of(world: SeedWorld, booking: Document) -> Hours:
    """The working hours that the booking's offering is on sale in."""
    assignment, offering = (world.get(kind, booking[f"{kind}Id"]) for kind in ("assignment", "offering"))
    zone = world.get("location", assignment["locationId"])["timezone"]
    minutes = offering["durationMinutes"]
    overrides = [o for o in world.all("schedule_override") if o["assignmentId"] == assignment["id"]]
    cut = Cut(zone, minutes, minutes, 0, assignment["bufferAfterMinutes"])
    return Hours(world.get("schedule", assignment["id"]), overrides, offering["id"], cut)


def test_whatever_time_will_change_is_on_the_agenda(world: SeedWorld) -> None:
    due = {entry["id"]: entry["due"] for entry in world.all("agenda")}
    for booking in world.all("booking"):
        if booking["status"] == "confirmed":
            assert due[f"booking.complete:{booking['id']}"] == booking["endsAt"]
        if booking["status"] == "pending":
            assert due[f"booking.expire:{booking['id']}"] == booking["confirmationExpiresAt"]


def test_slot_fixtures_have_the_ids_that_slots_are_listed_with(world: SeedWorld) -> None:
    sold = world.get("offering", world.id("c5", 1))
    start = world.at(days=7, hours=9, zone="Europe/Warsaw")
    assert world.fixtures["slot.free_next_monday"]["resourceId"] == slot_id(
        sold["assignmentId"], sold["id"], start
    )


def test_the_same_every_time(world: SeedWorld) -> None:
    again = build_world("standard", anchor=ANCHOR)
    for kind in SCHEMAS:
        assert again.documents[kind] == world.documents[kind]
