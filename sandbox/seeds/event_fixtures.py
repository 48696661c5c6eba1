"""The named events and ticket types: one for each rule that an integrator should meet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sandbox.seeds import event_documents as make
from sandbox.seeds.event_documents import Doc
from sandbox.seeds.registration_desk import schedule
from sandbox.seeds.world import SeedWorld

ONLINE = {"onlineUrl": "https://live.sandbox.example/room"}
LONG = "All that fits. "


class Named(NamedTuple):
    """A fixture event: `day` and `hour` of its start after the anchor, in its own zone, and its length."""

    number: int
    fixture: str
    name: str
    day: float
    hours: float
    point: str
    members: dict[str, Any] = {}
    hour: float = 9


EVENTS = (
    Named(1, "devconf", "Sandbox DevConf", 30, 56, "the happy path with paid tickets", {
        "slug": "sandbox-devconf", "format": "hybrid", "category": "conference", "capacity": 300, **ONLINE,
        "summary": "Three days of talks on integrations.", "tags": ["api", "integration"],
        "venue": {**make.venue("Congress Centre", "Warszawa", "PL"), "street": "Jasna 1"}}),
    Named(2, "free_meetup", "Webhook Meetup", 12, 3, "free: confirmed at once", {
        "category": "meetup", "capacity": 50}),
    Named(3, "sold_out", "Tiny Workshop", 14, 4, "sold out, no waitlist: EVENT_SOLD_OUT", {"capacity": 3}),
    Named(4, "sold_out_waitlist", "Tiny Workshop with Waitlist", 15, 4, "sold out, two wait for a place", {
        "capacity": 3, "registration": {"waitlistEnabled": True}}),
    Named(5, "last_seat", "Last Seat Lecture", 16, 2, "one place left", {"capacity": 10}),
    Named(6, "jpy_gala", "Tokyo Gala", 20, 5, "a currency without decimals", {
        "timezone": "Asia/Tokyo", "currencies": ["JPY"],
        "venue": make.venue("Hikari Hall", "Tokyo", "JP")}, 18),
    Named(7, "kwd_forum", "Kuwait Forum", 21, 8, "a currency with three decimals", {
        "timezone": "Asia/Kuwait", "currencies": ["KWD"],
        "venue": make.venue("Gulf Centre", "Kuwait City", "KW")}),
    Named(8, "multi_currency", "Three Currency Day", 22, 8, "one ticket type in EUR, USD and GBP", {
        "currencies": ["EUR", "USD", "GBP"]}),
    Named(9, "draft_ready", "Draft, Ready", 40, 6, "publishing works", {"status": "draft", "capacity": 20}),
    Named(10, "draft_incomplete", "Draft, Incomplete", 41, 6, "EVENT_NOT_PUBLISHABLE", {
        "status": "draft", "venue": None}),
    Named(11, "cancelled", "Cancelled Concert", 25, 3, "terminal, refunds done", {"status": "cancelled"}),
    Named(12, "completed", "Completed Training", -20, 8, "after the event", {"status": "completed"}),
    Named(13, "overlapping_sessions", "Overlapping Tracks", 28, 10, "sessions overlap", {
        "category": "conference"}),
    Named(14, "dst_crossing", "Clock Change Weekend", 0, 34, "spans a change of the clocks", {
        "timezone": "America/New_York", "venue": make.venue("Harbor House", "New York", "US")}),
    Named(15, "unicode", "Konferenz für Übermut — 数据大会 🎉 مؤتمر é", 29, 8, "text in many scripts", {
        "language": "de"}),
    Named(16, "sales_not_open", "Opens Later", 45, 4, "REGISTRATION_WINDOW_CLOSED: not open yet"),
    Named(17, "sales_closed", "Closed Already", 18, 4, "REGISTRATION_WINDOW_CLOSED: closed"),
    Named(18, "festival", "Harbour Festival", 50, 64, "parent of three days", {"category": "festival"}, 8),
    Named(19, "festival_day1", "Harbour Festival, Day One", 50, 8, "part of the festival"),
    Named(20, "festival_day2", "Harbour Festival, Day Two", 51, 8, "part of the festival"),
    Named(21, "festival_day3", "Harbour Festival, Day Three", 52, 8, "part of the festival, still a draft", {
        "status": "draft"}),
    Named(22, "max_length", "N" * 200, 33, 4, "every text at its limit", {
        "summary": "S" * 280, "description": (LONG * 667)[:10000],
        "tags": [f"{n:02d}" + "t" * 38 for n in range(20)],
        "venue": make.venue("V" * 200, "C" * 100, "PL")}),
    Named(23, "checkin_now", "Open House", -1, 216, "under way, doors open: check-in", {"capacity": 100}),
    Named(24, "kiritimati", "First Sunrise", 23, 3, "the local date is not the date in UTC", {
        "timezone": "Pacific/Kiritimati", "venue": make.venue("Beach House", "London", "KI")}, 0.5),
    Named(25, "approval", "By Invitation", 26, 4, "registrations are approved by hand", {
        "registration": {"approvalRequired": True, "requiredConsents": ["terms"]}}),
    Named(26, "private", "Board Retreat", 27, 6, "404 without a credential", {"visibility": "private"}),
)  # fmt: skip


class Priced(NamedTuple):
    """A ticket type of a fixture event; only the first eight have a fixture name."""

    number: int
    event: int
    name: str
    price: str
    fixture: str = ""
    members: dict[str, Any] = {}


TICKET_TYPES = (
    Priced(1, 1, "Early bird", "99.00", "early_bird", {"quantity": 100, "taxRatePercent": "23.00"}),
    Priced(2, 1, "Regular", "199.00", "regular", {"quantity": 200, "taxRatePercent": "23.00", "position": 1}),
    Priced(3, 1, "Student", "0.00", "student", {"quantity": 50, "position": 2}),
    Priced(4, 6, "Standard", "15000", "jpy"),
    Priced(5, 7, "Standard", "12.500", "kwd"),
    Priced(6, 1, "Sponsors only", "0.00", "hidden", {"status": "hidden", "position": 5}),
    Priced(7, 1, "Backstage", "299.00", "sold_out_type", {"quantity": 1, "position": 3}),
    Priced(8, 1, "Group of five", "800.00", "group_of_5", {"admits": 5, "maxPerOrder": 4, "position": 4}),
    Priced(9, 2, "Entry", "0.00"),
    Priced(10, 3, "Entry", "0.00"),
    Priced(11, 4, "Entry", "0.00"),
    Priced(12, 5, "Entry", "0.00"),
    Priced(13, 8, "Standard", "50.00", "", {
        "currencyPrices": [{"amount": "55.00", "currency": "USD"}, {"amount": "43.00", "currency": "GBP"}]}),
    Priced(14, 9, "Entry", "10.00"),
    *(Priced(number + 4, number, "Entry", "25.00") for number in range(11, 18)),
    *(Priced(number + 4, number, "Day ticket", "30.00") for number in range(18, 22)),
    Priced(26, 22, "Entry", "0.00"),
    Priced(27, 23, "Entry", "0.00"),
    Priced(28, 24, "Entry", "15.00"),
    Priced(29, 25, "Entry", "0.00"),
    Priced(30, 26, "Entry", "0.00"),
)  # fmt: skip


def put_fixture_events(world: SeedWorld) -> None:
    """All named events, their ticket types, and the end of each on the agenda."""
    for named in EVENTS:
        stored = world.put("event", _document(world, named))
        world.fixture(
            f"event.{named.fixture}", "event", stored["id"], f"{named.name[:80]}: {named.point}", ["event"]
        )
        complete_at_end(world, stored)
    for priced in TICKET_TYPES:
        event = world.get("event", world.id("e1", priced.event))
        kind = world.put(
            "ticket_type",
            make.ticket_type(world, priced.number, event, priced.name, priced.price, **priced.members),
        )
        if priced.fixture:
            summary = f"{priced.price} {event['currencies'][0]} at {event['name']}"
            world.fixture(f"ticket_type.{priced.fixture}", "ticket_type", kind["id"], summary, ["event"])


def complete_at_end(world: SeedWorld, event: Doc) -> None:
    """A published event is completed when it is over."""
    if event["status"] == "published":
        schedule(world, "event.complete", event["id"], event["endsAt"])


def _document(world: SeedWorld, named: Named) -> Doc:
    zone = named.members.get("timezone", "Europe/Warsaw")
    day = _day_before_change(world, zone) if named.fixture == "dst_crossing" else named.day
    starts = world.at(days=day, hours=named.hour, zone=zone)
    ends = make.after(starts, hours=named.hours)
    members = {**named.members, **_relative(world, named.number)}
    return make.event(world, named.number, named.name, starts, ends, **members)


def _relative(world: SeedWorld, number: int) -> dict[str, Any]:
    """Members that are relative to the anchor or name another event."""
    if number == 16:
        return {"registration": {"opensAt": world.at(days=14)}}
    if number == 17:
        return {"registration": {"closesAt": world.at(days=-1)}}
    return {"parentEventId": world.id("e1", 18)} if number in (19, 20, 21) else {}


def _day_before_change(world: SeedWorld, zone: str) -> int:
    """Days from the anchor to the last day before the next change of the clocks, ten days ahead at least."""
    place = ZoneInfo(zone)

    def offset(day: int) -> timedelta | None:
        return (world.anchor + timedelta(days=day)).astimezone(place).utcoffset()

    return next((day for day in range(10, 400) if offset(day) != offset(day + 2)), 10)
