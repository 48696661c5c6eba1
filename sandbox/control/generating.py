"""More of the same: believable requests for new things, drawn from the world's own chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.seeds.draws import SeededFaker, Voice

Body = dict[str, Any]
TOWNS = (
    ("Berlin", "DE", "Europe/Berlin"),
    ("Gdańsk", "PL", "Europe/Warsaw"),
    ("Lyon", "FR", "Europe/Paris"),
    ("Leeds", "GB", "Europe/London"),
    ("Osaka", "JP", "Asia/Tokyo"),
)
TOPICS = ("Python", "Data", "Design", "Gardening", "Jazz", "Robotics", "Storytelling", "Ceramics")
KINDS_OF_EVENT = {"meetup": "Meetup", "workshop": "Workshop", "conference": "Days", "concert": "Evening"}
SPECIALTIES = ("cardiology", "dermatology", "physiotherapy", "dentistry", "nutrition")
HIGHEST_SEED = 2**53


class Draw(NamedTuple):
    """What one body is made from. `tag` is unlike that of any other thing ever generated in the world."""

    faker: SeededFaker
    tag: str
    now: datetime
    open_to: Sequence[Mapping[str, Any]]
    """Ticket types, or offerings, that can be had."""


class Recipe(NamedTuple):
    """How to make one: the operation, its body, and what is done with it afterwards."""

    operation: str
    body: Callable[[Draw], Body]
    further: Callable[[Draw], Iterator[tuple[str, Body | None]]] | None = None


def draws(
    seed: int, run: int, count: int, now: datetime, open_to: Sequence[Mapping[str, Any]]
) -> Iterator[Draw]:
    """One after the other; the same seed and run give the same."""
    faker = SeededFaker(Voice(seed), seed)
    for number in range(1, count + 1):
        yield Draw(faker.localized(), f"{run}-{number}", now, open_to)


def begin(tx: Transaction, seed: int | None) -> tuple[int, int]:
    """The seed to draw with, and the number of the run."""
    run = tx.next_number("generate")
    return tx.chance("generate").randrange(HIGHEST_SEED) if seed is None else seed, run


def on_sale(tx: Transaction, event_id: str | None) -> list[Document]:
    """Ticket types of published events that there are places at, one for each event."""
    found = []
    for event in tx.find("event", {"status": "published"}, "id"):
        begins = event["registration"]["closesAt"] or event["startsAt"]
        opens = event["registration"]["opensAt"] or ""
        fits = event["visibility"] == "public" and opens <= tx.stamp() < begins
        if (event["id"] == event_id) if event_id else (fits and not event["availability"]["soldOut"]):
            kinds = tx.find("ticket_type", {"eventId": event["id"]}, "id")
            found += [kind for kind in kinds if kind["status"] == "active" and kind["minPerOrder"] == 1][:1]
    return found


def _person(draw: Draw) -> tuple[str, str]:
    return draw.faker.first_name(), draw.faker.last_name()


def _customer(draw: Draw) -> Body:
    given, family = _person(draw)
    email = f"customer-{draw.tag}@sandbox.example"
    return {"givenName": given, "familyName": family, "email": email, "locale": draw.faker.locale[:2]}


def _user(draw: Draw) -> Body:
    given, family = _person(draw)
    names = {"givenName": given, "familyName": family, "displayName": f"{given} {family}"}
    return {**names, "email": f"user-{draw.tag}@sandbox.example", "locale": draw.faker.locale[:2]}


def _speaker(draw: Draw) -> Body:
    given, family = _person(draw)
    topic = draw.faker.random_element(TOPICS)
    return {
        "name": f"{given} {family}",
        "headline": f"Speaks about {topic}",
        "email": f"speaker-{draw.tag}@sandbox.example",
    }


def _location(draw: Draw) -> Body:
    city, country, zone = draw.faker.random_element(TOWNS)
    return {"name": f"House {draw.tag}", "city": city, "country": country, "timezone": zone}


def _practitioner(draw: Draw) -> Body:
    given, family = _person(draw)
    specialty = draw.faker.random_element(SPECIALTIES)
    return {"givenName": given, "familyName": family, "specialties": [specialty]}


def _service(draw: Draw) -> Body:
    minutes = draw.faker.random_int(15, 90, 15)
    return {"name": f"Appointment {draw.tag}", "defaultDurationMinutes": minutes}


def _event(draw: Draw) -> Body:
    city, country, zone = draw.faker.random_element(TOWNS)
    category, noun = draw.faker.random_element(list(KINDS_OF_EVENT.items()))
    day = draw.now.replace(hour=17, minute=0, second=0, microsecond=0)
    starts = day + timedelta(days=draw.faker.random_int(7, 120))
    return {
        "name": f"{city} {draw.faker.random_element(TOPICS)} {noun}",
        "format": "in_person",
        "category": category,
        "timezone": zone,
        "startsAt": instant(starts),
        "endsAt": instant(starts + timedelta(hours=draw.faker.random_int(1, 4))),
        "venue": {"name": f"Hall {draw.faker.random_int(1, 40)}", "city": city, "country": country},
        "capacity": draw.faker.random_int(20, 400, 10),
    }


def _on_sale_at_once(draw: Draw) -> Iterator[tuple[str, Body | None]]:
    price = {"amount": f"{draw.faker.random_int(5, 200, 5)}.00", "currency": "EUR"}
    yield "createTicketType", {"name": "Entry", "price": price}
    yield "publishEvent", None


def _registration(draw: Draw) -> Body:
    given, family = _person(draw)
    kind = draw.faker.random_element(draw.open_to)
    return {
        "eventId": kind["eventId"],
        "contact": {"name": f"{given} {family}", "email": f"guest-{draw.tag}@sandbox.example"},
        "items": [{"ticketTypeId": kind["id"]}],
        "consents": [{"purpose": "terms", "granted": True}],
    }


def _booking(draw: Draw) -> Body:
    return {"customer": _customer(draw)}


RECIPES: Mapping[str, Recipe] = {
    "booking": Recipe("createBooking", _booking),
    "customer": Recipe("createCustomer", _customer),
    "event": Recipe("createEvent", _event, _on_sale_at_once),
    "location": Recipe("createLocation", _location),
    "practitioner": Recipe("createPractitioner", _practitioner),
    "registration": Recipe("createRegistration", _registration),
    "service": Recipe("createService", _service),
    "speaker": Recipe("createSpeaker", _speaker),
    "user": Recipe("createUser", _user),
}
"""What can be generated."""
