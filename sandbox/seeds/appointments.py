"""The appointments face: clinics, the people who work and come there, and their bookings."""

from __future__ import annotations

from sandbox.seeds import appointment_documents as make
from sandbox.seeds.appointment_crowd import put_bulk_bookings, put_bulk_clinics, put_bulk_customers
from sandbox.seeds.appointment_fixtures import (
    put_fixture_bookings,
    put_fixture_clinics,
    put_fixture_customers,
)
from sandbox.seeds.world import SeedWorld

SERVICES = (
    ("consultation", "Consultation", "general", 30),
    ("long_consultation", "Long consultation", "general", 60),
    ("short_call", "Telephone advice", "general", 15),
    ("check_up", "Yearly check-up", "general", 60),
    ("vaccination", "Vaccination", "general", 15),
    ("blood_test", "Blood test", "diagnostics", 15),
    ("ultrasound", "Ultrasound", "diagnostics", 30),
    ("electrocardiogram", "Electrocardiogram", "diagnostics", 20),
    ("eye_test", "Eye test", "diagnostics", 30),
    ("dental_hygiene", "Dental hygiene", "dentistry", 60),
    ("filling", "Filling", "dentistry", 30),
    ("physiotherapy", "Physiotherapy", "therapy", 60),
    ("psychotherapy", "Psychotherapy", "therapy", 60),
    ("diet_advice", "Diet advice", "therapy", 30),
    ("group_class", "Group class", "therapy", 60),
)


def seed_appointments(world: SeedWorld) -> None:
    """The dictionary of services belongs to every profile."""
    for number, (name, title, category, minutes) in enumerate(SERVICES, start=1):
        service = world.put("service", make.service(world, number, title, category, minutes))
        if world.fixtures_wanted:
            world.fixture(f"service.{name}", "service", service["id"], title, ("appointments",))
    if world.fixtures_wanted:
        put_fixture_clinics(world)
        put_fixture_customers(world)
        put_fixture_bookings(world)
    put_bulk_clinics(world)
    put_bulk_customers(world)
    put_bulk_bookings(world)
