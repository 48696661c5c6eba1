"""The crowd: bulk events with enough registrations, tickets and check-ins to look lived in."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from sandbox.seeds import event_documents as make
from sandbox.seeds.event_documents import Doc
from sandbox.seeds.event_fixtures import TICKET_TYPES, complete_at_end
from sandbox.seeds.registration_desk import FIRST_BULK, Desk
from sandbox.seeds.world import SeedWorld

STATES = ("draft",) * 5 + ("published",) * 6 + ("cancelled",) * 3 + ("completed",) * 6
"""Of twenty bulk events; with the named ones 8 drafts, 27 published, 4 cancelled, 7 completed."""
BESIDE_SERIES = ("draft",) * 3 + ("published",) * 2 + ("cancelled",) * 2 + ("completed",)
"""What is left of the first twenty beside the occurrences of series."""

REGISTRATIONS = {"confirmed": 380, "checked_in": 110, "pending": 40, "cancelled": 50, "waitlisted": 20}
WHERE = {
    "confirmed": ("published", "completed"),
    "checked_in": ("completed",),
    "pending": ("published",),
    "cancelled": ("published", "completed", "cancelled"),
}
ORDER_SIZES = {1: 55, 2: 28, 3: 12, 4: 5}
PRICES = ("0.00", "15.00", "49.00", "120.00")
TITLES = {
    "conference": "{} Summit",
    "workshop": "Hands-on {}",
    "meetup": "{} Meetup",
    "webinar": "{} Live",
    "concert": "An Evening of {}",
    "training": "{} Fundamentals",
}
TOPICS = (
    "Payments",
    "Scheduling",
    "Accessibility",
    "Open Data",
    "Chamber Music",
    "First Aid",
    "Observability",
    "Gardens",
)
CHECK_INS = 260


def put_crowd(world: SeedWorld, desk: Desk, occurrences: list[tuple[Doc, Doc]]) -> None:
    """In the standard world 20 events, those of series among them, and what makes up its counts; more by
    scale."""
    first, count = len(occurrences), world.bulk(len(STATES))
    if not count:
        return
    events = [_put_event(world, first, index) for index in range(count - first)]
    events += [event for _, event in occurrences]
    kinds = [*occurrences, *_put_ticket_types(world, events, first), _training(world)]
    by_state = {state: [kind for kind, event in kinds if event["status"] == state] for state in set(STATES)}
    number = FIRST_BULK
    for status, count in REGISTRATIONS.items():
        number = _register(desk, status, world.bulk(count - desk.statuses[status]), by_state, number)
    _leave(desk, world.bulk(CHECK_INS))
    _limit(world, desk, events)


def _state(index: int) -> str:
    rest = index - len(BESIDE_SERIES)
    return STATES[rest % len(STATES)] if rest >= 0 else BESIDE_SERIES[index]


def _put_event(world: SeedWorld, first: int, index: int) -> Doc:
    faker, status, number = world.faker("events"), _state(index), FIRST_BULK + first + index
    day = {"completed": -50, "draft": 60}.get(status, 9) + faker.random_int(0, 40)
    if status == "completed":
        day = min(day, -2)
    category = faker.random_element(list(TITLES))
    starts = world.at(days=day, hours=faker.random_int(8, 18), zone="Europe/Warsaw")
    members: dict[str, Any] = {
        "status": status,
        "category": category,
        "language": faker.random_element(("en", "pl", "de")),
    }
    if category == "webinar":
        members |= {
            "format": "virtual",
            "venue": None,
            "onlineUrl": f"https://live.sandbox.example/{number}",
        }
    else:
        members["venue"] = make.venue(f"Hall {faker.random_int(1, 9)}", *_town(faker.random_int(0, 3)))
    name = TITLES[category].format(faker.random_element(TOPICS))
    ends = make.after(starts, hours=faker.random_int(2, 10))
    event = make.event(world, number, f"{name} {index + 1}", starts, ends, **members)
    event |= {
        "summary": f"{name} in {(members['venue'] or {}).get('city', 'your browser')}",
        "tags": [category],
    }
    complete_at_end(world, event)
    return dict(world.put("event", event))


def _town(number: int) -> tuple[str, str]:
    return (("Warszawa", "PL"), ("Kraków", "PL"), ("Berlin", "DE"), ("London", "GB"))[number]


def _put_ticket_types(world: SeedWorld, events: list[Doc], first: int) -> list[tuple[Doc, Doc]]:
    """(ticket type, its event), spread evenly."""
    kinds = []
    count = world.bulk(112 - len(TICKET_TYPES)) - first
    for index, event in zip(range(count), cycle(events)):
        price = PRICES[index // len(events) % len(PRICES)]
        name = "Free" if price == "0.00" else f"Category {index // len(events)}"
        position = index // len(events) + 1
        kind = make.ticket_type(world, FIRST_BULK + first + index, event, name, price, position=position)
        kinds.append((dict(world.put("ticket_type", kind)), event))
    return kinds


def _training(world: SeedWorld) -> tuple[Doc, Doc]:
    """The named event that is over: people were there, and get certificates."""
    event = world.get("event", world.id("e1", 12))
    return next(kind for kind in world.all("ticket_type") if kind["eventId"] == event["id"]), event


def _register(desk: Desk, status: str, count: int, by_state: dict[str, list[Doc]], number: int) -> int:
    """So many registrations in one state; returns the next number."""
    faker = desk.world.faker("registrations")
    choices = [kind for state in WHERE.get(status, ("published",)) for kind in by_state[state]]
    if status == "waitlisted":
        choices = [kind for kind in choices if kind["eventId"] == choices[0]["eventId"]]
    for _, kind in zip(range(count), cycle(choices)):
        person = {"name": faker.localized().name(), "email": f"guest{number}@sandbox.example"}
        members = {"quantity": faker.random_element(ORDER_SIZES), **_times(desk, kind, status)}
        desk.register(number, kind, person, status, **members)
        number += 1
    return number


def _times(desk: Desk, kind: Doc, status: str) -> Doc:
    """When it was made: before the event, and before the anchor."""
    faker, world = desk.world.faker("registrations"), desk.world
    starts = world.get("event", kind["eventId"])["startsAt"]
    latest = min(starts, world.at(days=-1))
    created = make.after(latest, hours=-faker.random_int(1, 600))
    return (
        {"created": world.at(minutes=-faker.random_int(1, 20))}
        if status == "pending"
        else {"created": created}
    )


def _leave(desk: Desk, wanted: int) -> None:
    """Some of those who came in have left again, until there are so many scans."""
    scans = desk.world.all("check_in")
    entries = [scan for scan in scans if scan["revertedAt"] is None]
    for entry in entries[: max(wanted - len(scans), 0)]:
        ticket = desk.world.get("ticket", entry["ticketId"])
        exit_at = make.after(entry["at"], minutes=desk.random.randrange(20, 100))
        left = make.after(desk.world.get("event", ticket["eventId"])["endsAt"], minutes=-1)
        desk.scan(dict(ticket), min(exit_at, left), "exit")


def _limit(world: SeedWorld, desk: Desk, events: list[Doc]) -> None:
    """Capacities around what is taken: the event with a waitlist is full, others have room."""
    full = next(event["id"] for event in events if event["status"] == "published")
    for event in events:
        taken = desk.places(event["id"])
        rules = {**event["registration"], "waitlistEnabled": event["id"] == full}
        capacity = taken if event["id"] == full else (taken // 50 + 2) * 50
        world.put("event", {**event, "capacity": max(capacity, 1), "registration": rules})
