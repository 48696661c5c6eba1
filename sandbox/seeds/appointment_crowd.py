"""Believable bulk of the appointments face: more clinics, customers, and bookings that never collide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.seeds import appointment_documents as make
from sandbox.seeds.appointment_documents import WORKDAYS, weekly
from sandbox.seeds.world import SeedWorld

FIRST = 1000
CITIES = (
    ("Kraków", "PL", "Europe/Warsaw"),
    ("Berlin", "DE", "Europe/Berlin"),
    ("Madrid", "ES", "Europe/Madrid"),
    ("Leeds", "GB", "Europe/London"),
    ("Boston", "US", "America/New_York"),
    ("Osaka", "JP", "Asia/Tokyo"),
)
CURRENCIES = {"PL": "PLN", "DE": "EUR", "ES": "EUR", "GB": "GBP", "JP": "JPY"}
"""By country; elsewhere prices are in US dollars."""
SPECIALTIES = ("general", "diagnostics", "dentistry", "therapy")
OVERRIDES = 14
TOTALS = {"location": 7, "practitioner": 20, "assignment": 26, "offering": 78, "customer": 120}
BOOKINGS = {
    "completed": 140,
    "no_show": 12,
    "confirmed": 180,
    "pending": 18,
    "cancelled": 40,
    "declined": 6,
    "expired": 4,
}
EXTRA_POSTS = (2, 3, 4, 5, 6, 9, 10, 11, 12, 13)
"""Fixture assignments that may sell more than their fixture offering."""
PAST = ("completed", "no_show", "expired")
HOURS = tuple(range(9, 17))


def _missing(world: SeedWorld, kind: str) -> int:
    """How many documents the fixtures leave to make."""
    return max(world.bulk(TOTALS[kind]) - len(world.all(kind)), 0)


def put_bulk_clinics(world: SeedWorld) -> None:
    """Places, people, an assignment for each person, and offerings."""
    faker = world.faker("clinics")
    for number in range(FIRST, FIRST + _missing(world, "location")):
        city, country, zone = CITIES[number % len(CITIES)]
        where = {"name": f"Clinic {number}", "city": city, "country": country, "timezone": zone}
        world.put("location", make.location(world, number, **where))
    for number in range(FIRST, FIRST + _missing(world, "practitioner")):
        person = faker.localized()
        given, family = person.first_name(), person.last_name()
        extra = {"specialties": [SPECIALTIES[number % len(SPECIALTIES)]], "languages": [person.locale[:2]]}
        world.put("practitioner", make.practitioner(world, number, given, family, **extra))
    _put_assignments(world)
    _put_offerings(world)
    _put_overrides(world)


def _put_assignments(world: SeedWorld) -> None:
    places = [place for place in world.all("location") if place["type"] != "online"]
    people = [_number(person) for person in world.all("practitioner") if _number(person) >= FIRST]
    hours = weekly(WORKDAYS, ("09:00", "17:00"))
    for n in range(_missing(world, "assignment")):
        where = _number(places[(n + n // len(people)) % len(places)])
        make.put_assignment(world, FIRST + n, people[n % len(people)], where, hours)


def _put_offerings(world: SeedWorld) -> None:
    own = [post for post in world.all("assignment") if _number(post) >= FIRST]
    shared = [world.get("assignment", world.id("c4", number)) for number in EXTRA_POSTS] if own else []
    taken = {(sold["assignmentId"], sold["serviceId"]) for sold in world.all("offering")}
    numbers, wanted = count(FIRST), _missing(world, "offering")
    for service in [*range(1, 15)] if own else []:
        for post in own if service > 2 else [*own, *shared]:
            free = (post["id"], world.id("c2", service)) not in taken
            if wanted and free:
                world.put("offering", _offering(world, next(numbers), post, service))
                wanted -= 1


def _offering(world: SeedWorld, number: int, post: Document, service: int) -> dict[str, Any]:
    """Durations divide an hour, so that every full hour is a slot."""
    country = world.get("location", post["locationId"])["country"]
    currency, minutes = CURRENCIES.get(country, "USD"), (30, 60, 15, 20)[service % 4]
    units = 40 + 10 * service
    price = {"amount": f"{units * 100}" if currency == "JPY" else f"{units}.00", "currency": currency}
    return make.offering(world, number, post["id"], service, minutes, price=price)


def _put_overrides(world: SeedWorld) -> None:
    """Days off, and Saturdays with other hours; no bulk booking is that far ahead or on a Saturday."""
    own = [post for post in world.all("assignment") if _number(post) >= FIRST]
    for number in range(FIRST, FIRST + (world.bulk(OVERRIDES) if own else 0)):
        post = own[number % len(own)]
        is_closed = number % 2 == 0
        day = 70 + number - FIRST if is_closed else 12 + 7 * (number % 8)
        periods = [] if is_closed else [{"start": "10:00", "end": "13:00", "offeringIds": None}]
        kind = {"kind": "closed" if is_closed else "custom", "periods": periods, "reason": None}
        base = make.meta(world, world.id("c7", number))
        world.put(
            "schedule_override", {**base, "assignmentId": post["id"], "date": world.date(days=day), **kind}
        )


def put_bulk_customers(world: SeedWorld) -> None:
    """People of many countries, with addresses that reach nobody."""
    faker = world.faker("customers")
    for number in range(FIRST, FIRST + _missing(world, "customer")):
        person = faker.localized()
        given, family = person.first_name(), person.last_name()
        extra = {
            "phone": f"+447700900{number % 900:03d}" if number % 3 else None,
            "birthDate": (date(1940, 1, 1) + timedelta(days=faker.random_int(0, 24_000))).isoformat(),
            "gender": faker.random_element(("female", "male", "undisclosed")),
            "locale": person.locale[:2],
            "marketingConsent": faker.boolean(30),
        }
        world.put("customer", make.customer(world, number, given, family, **extra))


def put_bulk_bookings(world: SeedWorld) -> None:
    """As many of each status as the standard world has, each at its own hour of the person's first post."""
    people = [person for person in world.all("practitioner") if _number(person) >= FIRST]
    posts = [world.get("assignment", person["assignmentIds"][0]) for person in people]
    guests = [_number(guest) for guest in world.all("customer") if _number(guest) >= FIRST]
    if not posts or not guests:
        return
    present = [booking["status"] for booking in world.all("booking")]
    past, future = _hours(world, posts, -1), _hours(world, posts, 1)
    number, engaged = 1100, set[tuple[int, str]]()
    for status, standard in BOOKINGS.items():
        for _ in range(world.bulk(standard) - present.count(status)):
            sold, start = next(past if status in PAST else future)
            guest = _free_guest(guests, number, start, engaged)
            make.put_booking(world, number, sold, start, guest, status=status, source=_source(number))
            number += 1
    _mark_returning(world)


def _hours(world: SeedWorld, posts: list[Document], direction: int) -> Iterator[tuple[Document, datetime]]:
    """Each working hour of each assignment once: from 8 days ahead on, or from 3 days ago back."""
    sold: dict[str, list[Document]] = {post["id"]: [] for post in posts}
    for offering in world.all("offering"):
        if offering["assignmentId"] in sold:
            sold[offering["assignmentId"]].append(offering)
    zones = {post["id"]: world.get("location", post["locationId"])["timezone"] for post in posts}
    turn = count()
    days = (8 + n if direction > 0 else -3 - n for n in count())
    for day in (day for day in days if day % 7 < 5):
        for hour in HOURS:
            for post in posts:
                offers, n = sold[post["id"]], next(turn)
                if n % 3 != 2:  # leaves gaps, as a real diary has
                    yield offers[n % len(offers)], world.moment(days=day, hours=hour, zone=zones[post["id"]])


def _free_guest(guests: list[int], number: int, start: datetime, engaged: set[tuple[int, str]]) -> int:
    """Somebody who is not booked in anywhere within the hour."""
    hours = [(start + timedelta(minutes=30 * n)).isoformat()[:15] for n in (-1, 0, 1)]
    for step in count():
        guest = guests[(number * 7 + step) % len(guests)]
        if not any((guest, hour) in engaged for hour in hours):
            engaged.update((guest, hour) for hour in hours)
            return guest
    raise AssertionError("unreachable")


def _source(number: int) -> str:
    return ("platform", "partner", "staff", "platform")[number % 4]


def _mark_returning(world: SeedWorld) -> None:
    kept = {booking["customerId"] for booking in world.all("booking") if booking["status"] == "completed"}
    for key in sorted(kept):
        world.put("customer", {**world.get("customer", key), "isReturning": True})


def _number(document: Document) -> int:
    return int(document["id"][-12:])
