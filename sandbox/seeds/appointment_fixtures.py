"""The named fixtures of the appointments face: each stands for one case a caller must handle."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.seeds import appointment_documents as make
from sandbox.seeds.appointment_documents import EVERY_DAY, WORKDAYS, weekly
from sandbox.seeds.world import SeedWorld

TAGS = ("appointments",)
PARTNER, OTHER_PARTNER = "key_000000000000000000000001", "key_000000000000000000000002"
NINE_TO_FIVE = weekly(WORKDAYS, ("09:00", "17:00"))
NIGHTS = weekly(EVERY_DAY, ("00:00", "06:00"), ("22:00", "24:00"))
PLN = "PLN"

LOCATIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("warsaw", {"name": "Clinic Centrum", "city": "Warszawa", "country": "PL", "timezone": "Europe/Warsaw"}),
    (
        "london",
        {
            "name": "Marylebone Practice",
            "city": "London",
            "country": "GB",
            "timezone": "Europe/London",
            "paymentAccount": "london",
        },
    ),
    (
        "new_york",
        {"name": "Midtown Night Clinic", "city": "New York", "country": "US", "timezone": "America/New_York"},
    ),
    ("tokyo", {"name": "Shibuya Clinic", "city": "Tokyo", "country": "JP", "timezone": "Asia/Tokyo"}),
    (
        "lord_howe",
        {"name": "Island Surgery", "city": "Lord Howe", "country": "AU", "timezone": "Australia/Lord_Howe"},
    ),
    (
        "kathmandu",
        {
            "name": "Thamel Clinic",
            "city": "Kathmandu",
            "country": "NP",
            "timezone": "Asia/Kathmandu",
            "cancellationWindowHours": 480,
        },
    ),
    (
        "online",
        {
            "name": "Online",
            "city": "Warszawa",
            "country": "PL",
            "timezone": "Europe/Warsaw",
            "type": "online",
        },
    ),
)
PRACTITIONERS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("nowak", "Anna", "Nowak", {"userId": "a1000000-0000-4000-8000-000000000015", "languages": ["pl", "en"]}),
    ("smith", "John", "Smith", {}),
    ("garcia", "Elena", "García", {"languages": ["es", "pl", "en"]}),
    ("tanaka", "Haruto", "Tanaka", {"languages": ["ja", "en"]}),
    ("inactive", "Ines", "Idle", {"status": "inactive"}),
    (
        "unicode",
        "Thị Thuý Ngân",
        "Đặng",
        {"displayName": "Đặng Thị Thuý Ngân", "title": None, "languages": ["vi"]},
    ),
    ("night_shift", "Nora", "Night", {}),
)


class Post(NamedTuple):
    """An assignment: who, where, when."""

    name: str
    who: int
    where: int
    hours: list[dict[str, Any]]
    members: dict[str, Any] = {}


POSTS = (
    Post("nowak_warsaw", 1, 1, NINE_TO_FIVE),
    Post("smith_london", 2, 2, NINE_TO_FIVE, {"confirmationMode": "manual"}),
    Post("garcia_warsaw", 3, 1, NINE_TO_FIVE),
    Post("garcia_london", 3, 2, weekly(WORKDAYS, ("08:00", "16:00"))),
    Post("calendar_disabled", 4, 4, NINE_TO_FIVE, {"calendarStatus": "disabled"}),
    Post("night_shift_ny", 7, 3, NIGHTS, {"maxHorizonDays": 365}),
    Post("fully_booked", 6, 1, weekly(("tue", "thu"), ("10:00", "12:00"))),
    Post("group_class", 6, 7, weekly(("wed",), ("18:00", "19:00"))),
    Post("lord_howe", 4, 5, NINE_TO_FIVE, {"maxHorizonDays": 365}),
    Post("kathmandu", 4, 6, NINE_TO_FIVE),
    Post("long_lead", 2, 1, NINE_TO_FIVE, {"minLeadMinutes": 7 * 24 * 60}),
    Post("buffers", 6, 2, NINE_TO_FIVE, {"bufferBeforeMinutes": 15, "bufferAfterMinutes": 10}),
    Post("inactive_practitioner", 5, 1, NINE_TO_FIVE),
)
OFFERINGS: tuple[tuple[int, str, int, int, int, dict[str, Any]], ...] = (
    (1, "nowak_consultation", 1, 1, 30, {"price": {"amount": "200.00", "currency": PLN}, "isDefault": True}),
    (2, "nowak_long", 1, 2, 60, {"price": {"amount": "350.00", "currency": PLN}}),
    (3, "paid_prepay", 1, 7, 30, {"price": {"amount": "250.00", "currency": PLN}, "paymentRequired": True}),
    (4, "new_patients_only", 1, 4, 60, {"allowedCustomers": {"newOnly": True, "returningOnly": False}}),
    (5, "adults_only", 1, 13, 60, {"allowedCustomers": {"minimumAge": 18, "maximumAge": None}}),
    (6, "inactive", 1, 5, 15, {"status": "inactive"}),
    (7, "group", 8, 15, 60, {"capacity": 8, "price": {"amount": "40.00", "currency": PLN}}),
    (8, "free_call", 1, 3, 15, {"price": {"amount": "0.00", "currency": PLN}}),
    (11, "smith_consultation", 2, 1, 30, {"price": {"amount": "90.00", "currency": "GBP"}}),
    (12, "garcia_warsaw", 3, 1, 30, {"price": {"amount": "180.00", "currency": PLN}}),
    (13, "garcia_london", 4, 1, 30, {"price": {"amount": "95.00", "currency": "GBP"}}),
    (14, "calendar_disabled", 5, 1, 30, {"price": {"amount": "9000", "currency": "JPY"}}),
    (15, "night_shift_ny", 6, 1, 60, {"price": {"amount": "150.00", "currency": "USD"}}),
    (16, "fully_booked", 7, 12, 60, {}),
    (17, "lord_howe", 9, 1, 30, {}),
    (18, "kathmandu", 10, 1, 30, {}),
    (19, "long_lead", 11, 1, 30, {}),
    (20, "buffers", 12, 1, 30, {}),
    (21, "inactive_practitioner", 13, 1, 30, {}),
    (22, "garcia_london_ultrasound", 4, 7, 30, {"price": {"amount": "110.00", "currency": "GBP"}}),
)
CUSTOMERS: tuple[tuple[str, str, str | None, dict[str, Any]], ...] = (
    (
        "standard",
        "Ada",
        "Attendee",
        {"userId": "a1000000-0000-4000-8000-000000000006", "email": "ada@sandbox.example"},
    ),
    ("blocked", "Boris", "Blocked", {"status": "blocked"}),
    ("minor", "Mia", "Minor", {}),
    ("unicode", "Zoë", "Łukasiewicz-Ōta 李小龍", {"locale": "pl"}),
    ("duplicate_phone_a", "Dana", "Double", {"phone": "+447700900111"}),
    ("duplicate_phone_b", "Daniel", "Double", {"phone": "+447700900111"}),
    (
        "erased",
        "Erased person",
        None,
        {"status": "erased", "email": "erased-0a1b2c3d@invalid", "birthDate": None},
    ),
    ("restricted", "Rita", "Restricted", {"processingRestricted": True}),
    ("gpc_opted_out", "Gina", "Optout", {"locale": "en-US"}),
    ("no_email", "Noel", "Phoneonly", {"email": None, "phone": "+447700900112"}),
)


def put_fixture_clinics(world: SeedWorld) -> None:
    """Places, people, assignments, offerings and lunch breaks."""
    for number, (name, place) in enumerate(LOCATIONS, start=1):
        _named(world, "location", name, make.location(world, number, **place), place["name"])
    for number, (name, given, family, members) in enumerate(PRACTITIONERS, start=1):
        person = make.practitioner(world, number, given, family, **members)
        _named(world, "practitioner", name, person, person["displayName"])
    for number, post in enumerate(POSTS, start=1):
        assignment = make.put_assignment(world, number, post.who, post.where, post.hours, **post.members)
        world.fixture(f"assignment.{post.name}", "assignment", assignment["id"], "", TAGS)
    for key, name, post_number, service, minutes, members in OFFERINGS:
        sold = make.offering(world, key, world.id("c4", post_number), service, minutes, **members)
        _named(world, "offering", name, sold, f"{minutes} minutes")
    _put_lunch_breaks(world, weeks=12 if world.bulk(1) else 3)


def _put_lunch_breaks(world: SeedWorld, weeks: int) -> None:
    """Every working day of Dr Nowak, 13:00 to 13:30."""
    days = (week * 7 + day for week in range(weeks) for day in range(5))
    for number, day in enumerate(days, start=1):
        start = world.moment(days=day, hours=13, zone="Europe/Warsaw")
        times = {"startsAt": instant(start), "endsAt": instant(start + timedelta(minutes=30))}
        key = world.id("c8", number if number < 100 else 1000 + number)
        owner = {"assignmentId": world.id("c4", 1), "description": "Lunch", "coupledBreakIds": []}
        world.put("break", {**make.meta(world, key), **owner, **times})
    world.fixture("break.lunch", "break", world.id("c8", 1), "Lunch of Dr Nowak", TAGS)


def put_fixture_customers(world: SeedWorld) -> None:
    """Ten cases, and ten guests who fill the group class and the fully booked weeks."""
    for number, (name, given, family, members) in enumerate(CUSTOMERS, start=1):
        if name == "minor":
            members = {"birthDate": f"{world.anchor.year - 16}-01-01"}
        _named(
            world,
            "customer",
            name,
            make.customer(world, number, given, family, **members),
            name.replace("_", " "),
        )
    for number in range(11, 21):
        world.put("customer", make.customer(world, number, "Guest", f"Number {number}"))


def put_fixture_bookings(world: SeedWorld) -> None:
    """Thirteen cases, two holds, and what fills the group class and the fully booked weeks."""
    for number, case in enumerate(_cases(world), start=1):
        booking = make.put_booking(
            world, number, _offering(world, case.sold), case.start, case.who, **case.members
        )
        world.fixture(f"booking.{case.name}", "booking", booking["id"], case.name.replace("_", " "), TAGS)
    for guest in range(7):
        start = world.moment(days=9, hours=18, zone="Europe/Warsaw")
        make.put_booking(world, 1000 + guest, _offering(world, 7), start, 11 + guest)
    busy = [(week * 7 + day, hour) for week in range(3) for day in (1, 3) for hour in (10, 11)]
    for number, (day, hour) in enumerate(busy):
        start = world.moment(days=day, hours=hour, zone="Europe/Warsaw")
        make.put_booking(world, 1007 + number, _offering(world, 16), start, 11 + number % 10)
    _put_holds_and_slots(world)


class Case(NamedTuple):
    """One booking: what, when, who."""

    name: str
    sold: int
    start: datetime
    who: int
    members: dict[str, Any] = {}


def _cases(world: SeedWorld) -> list[Case]:
    def warsaw(day: int, hour: float) -> datetime:
        return world.moment(days=day, hours=hour, zone="Europe/Warsaw")

    imported = {"source": "import", "conflict": True}
    early = {"bookedAt": world.at(days=-8), "createdAt": world.at(days=-8)}
    moved = {"rescheduleCount": 5, "previousTimes": _moves(world), **early}
    paid = {"payment": {"required": True, "status": "paid", "paymentIds": []}}
    foreign = {"source": "partner", "ownerCredentialId": OTHER_PARTNER, "_exclusiveTo": OTHER_PARTNER}
    return [
        Case("confirmed_future", 1, warsaw(7, 10), 1),
        Case(
            "pending_manual",
            11,
            world.moment(days=8, hours=10, zone="Europe/London"),
            4,
            {"status": "pending"},
        ),
        Case("double_booked_a", 12, warsaw(9, 10), 5, imported),
        Case("double_booked_b", 12, warsaw(9, 10), 6, imported),
        Case("completed", 1, warsaw(-7, 10), 9, {"status": "completed"}),
        Case("no_show", 1, warsaw(-6, 11), 10, {"status": "no_show"}),
        Case("cancelled", 1, warsaw(8, 12), 1, {"status": "cancelled"}),
        Case("paid_prepay", 3, warsaw(9, 14), 1, paid),
        Case("moved_five_times", 1, warsaw(10, 15), 4, moved),
        Case("inside_cancellation_window", 18, world.moment(days=8, hours=10, zone="Asia/Kathmandu"), 9),
        Case("dst_gap_neighbour", 15, _before_the_gap(world, "America/New_York"), 10),
        Case("other_partner", 12, warsaw(10, 11), 9, foreign),
        Case("awaiting_partner_sync", 1, warsaw(11, 9), 9),
    ]


def _moves(world: SeedWorld) -> list[dict[str, Any]]:
    return [
        {
            "startsAt": world.at(days=10, hours=8 + n),
            "endsAt": world.at(days=10, hours=8 + n, minutes=30),
            "assignmentId": world.id("c4", 1),
            "movedAt": world.at(days=-6 + n),
            "movedBy": "partner-demo",
            "reason": None,
        }
        for n in range(5)
    ]


def _before_the_gap(world: SeedWorld, zone: str) -> datetime:
    """01:00 on the next day, a week or more ahead, on which the clocks go forward there."""
    day = 8
    while True:
        midnight, next_midnight = (world.moment(days=day + n, zone=zone) for n in (0, 1))
        if next_midnight - midnight < timedelta(hours=24):
            return midnight.astimezone(ZoneInfo(zone)).replace(hour=1).astimezone(midnight.tzinfo)
        day += 1


def _put_holds_and_slots(world: SeedWorld) -> None:
    sold = _offering(world, 1)

    def monday(hour: float) -> datetime:
        return world.moment(days=7, hours=hour, zone="Europe/Warsaw")

    active = make.put_hold(world, 1, sold, monday(11), status="active", ownerCredentialId=OTHER_PARTNER)
    expired = make.put_hold(world, 2, sold, monday(12), status="expired", ownerCredentialId=PARTNER)
    world.fixture(
        "hold.active_foreign", "slot_hold", active["id"], "Next Monday 11:00, another partner's", TAGS
    )
    world.fixture("hold.expired", "slot_hold", expired["id"], "Lapsed", TAGS)
    for name, hour in (("free_next_monday", 9), ("booked_next_monday", 10), ("blocked_by_break", 13)):
        world.fixture(
            f"slot.{name}", "slot", make.slot_id(sold, monday(hour)), f"Next Monday {hour}:00", TAGS
        )


def _offering(world: SeedWorld, number: int) -> Document:
    return world.get("offering", world.id("c5", number))


def _named(world: SeedWorld, kind: str, name: str, document: dict[str, Any], summary: str) -> None:
    world.put(kind, document)
    world.fixture(f"{kind}.{name}", kind, document["id"], summary, TAGS)
