"""The named event series with the events made of them, and two more in the standard world."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from sandbox.seeds import event_documents as make
from sandbox.seeds.event_documents import Doc
from sandbox.seeds.event_fixtures import complete_at_end
from sandbox.seeds.registration_desk import FIRST_BULK, schedule
from sandbox.seeds.world import SeedWorld

ZONE = "Europe/Warsaw"
EVENING = 18


class Rule(NamedTuple):
    """A series: its dates in order, and by index the state of those that were made events."""

    number: int
    name: str
    rrule: str
    minutes: int
    dates: list[date]
    made: dict[int, str]
    skipped: tuple[int, ...]
    price: str
    template: dict[str, Any]
    fixture: str = ""


def put_series(world: SeedWorld) -> list[tuple[Doc, Doc]]:
    """The series and their occurrences; (ticket type, event) of each occurrence."""
    sold: list[tuple[Doc, Doc]] = []
    for rule in _rules(world):
        series = world.put("event_series", _series(world, rule))
        if rule.fixture:
            summary = f"{rule.name}: {rule.rrule}"
            world.fixture(f"series.{rule.fixture}", "event_series", series["id"], summary, ["event"])
        schedule(world, "event_series.next", series["id"], series["nextOccurrenceAt"])
        for index, status in rule.made.items():
            number = FIRST_BULK + len(sold)
            event = _occurrence(world, rule, series, index, number, status)
            kind = make.ticket_type(world, number, event, "Place", rule.price)
            sold.append((dict(world.put("ticket_type", kind)), event))
    return sold


def _rules(world: SeedWorld) -> list[Rule]:
    """No date of theirs falls into the week of the anchor: the world looks the same on each of its days."""
    tuesdays = [_day(world, 1 + 7 * week) for week in range(-3, 5)]
    wednesdays = [_first_weekday(_month(world, ahead), 2) for ahead in range(-2, 10)]
    made = dict.fromkeys((1, 2, 3), "completed") | {4: "cancelled", 5: "published", 6: "published"}
    studio = {"venue": make.venue("Studio Spokój", "Warszawa", "PL"), "category": "training"}
    online = {
        "format": "virtual",
        "venue": None,
        "onlineUrl": "https://live.sandbox.example/webinar",
        "category": "webinar",
    }
    rules = [
        Rule(1, "Weekly Yoga", "FREQ=WEEKLY;BYDAY=TU;COUNT=8", 60, tuesdays,
             {**made, 7: "draft", 8: "draft"}, (4,), "10.00", studio, "weekly_yoga"),
        Rule(2, "Monthly Webinar", "FREQ=MONTHLY;BYDAY=1WE;COUNT=12", 90, wednesdays,
             {1: "completed", 2: "completed", 5: "published", 6: "published"}, (3, 4), "15.00", online,
             "monthly_webinar"),
    ]  # fmt: skip
    if world.profile == "minimal":
        return rules
    thursdays = [_first_weekday(_month(world, ahead), 3) + timedelta(days=7) for ahead in range(1, 25, 3)]
    rule = "FREQ=MONTHLY;INTERVAL=3;BYDAY=2TH;COUNT=8"
    daily = [_day(world, 60 + day) for day in range(5)]
    return [
        *rules,
        Rule(3, "Quarterly Town Hall", rule, 120, thursdays, {}, (), "0.00", online),
        Rule(4, "Morning Run", "FREQ=DAILY;COUNT=5", 45, daily, {}, (), "0.00", studio),
    ]


def _series(world: SeedWorld, rule: Rule) -> Doc:
    coming = next(day for index, day in enumerate(rule.dates, 1) if index >= 5 or not rule.skipped)
    inherited = make.event(world, 1, rule.name, "", "", **{"format": "in_person", **rule.template})
    members = (
        "summary description visibility format category tags language allDay venue onlineUrl capacity"
        " currencies registration refundPolicy checkIn coverImageUrl links"
    )
    return {
        **make.stamped(world.id("e2", rule.number), world.at(days=make.CREATED)),
        "_audience": "public",
        "name": rule.name,
        "description": "",
        "timezone": ZONE,
        "recurrence": {
            "rrule": rule.rrule,
            "startDate": rule.dates[0].isoformat(),
            "startTime": f"{EVENING}:00",
            "durationMinutes": rule.minutes,
            "exDates": [rule.dates[index - 1].isoformat() for index in rule.skipped],
        },
        "template": {"name": None, **{member: inherited[member] for member in members.split()}},
        "status": "active",
        "eventCount": len(rule.made),
        "nextOccurrenceAt": _evening(world, coming),
        "cancelledAt": None,
        "cancellationReason": None,
    }


def _occurrence(world: SeedWorld, rule: Rule, series: Doc, index: int, number: int, status: str) -> Doc:
    starts = _evening(world, rule.dates[index - 1])
    ends = make.after(starts, minutes=rule.minutes)
    members = {**rule.template, "seriesId": series["id"], "seriesIndex": index, "status": status}
    event = make.event(world, number, rule.name, starts, ends, **members)
    complete_at_end(world, event)
    return dict(world.put("event", event))


def _day(world: SeedWorld, days: int) -> date:
    return (world.anchor + timedelta(days=days)).date()


def _evening(world: SeedWorld, day: date) -> str:
    return world.at(days=(day - world.anchor.date()).days, hours=EVENING, zone=ZONE)


def _month(world: SeedWorld, ahead: int) -> date:
    """The first day of a month counted from the anchor's."""
    months = world.anchor.year * 12 + world.anchor.month - 1 + ahead
    return date(months // 12, months % 12 + 1, 1)


def _first_weekday(first: date, weekday: int) -> date:
    return first + timedelta(days=(weekday - first.weekday()) % 7)
