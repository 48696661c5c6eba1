"""The slot algorithm held against its definition, worked out minute by minute with no arithmetic of zones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform.availability import Desk
from sandbox.platform.diary import busy_keys
from tests.platform.clinic import key

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
HERE, THERE, WHO, PLACE = key("c4", 1), key("c4", 3), key("c3", 1), key("c1", 1)
OURS, OTHER = key("c5", 1), key("c5", 2)
CHANGES = {
    "Europe/Warsaw": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "Africa/Cairo": ("2026-04-24", "2026-10-30"),
    "Asia/Kathmandu": ("2026-06-01", "2026-06-02"),
    "Pacific/Kiritimati": ("2026-06-01", "2026-12-31"),
}
"""Zones, each with two days on which something happens to its clocks, where something does."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Stretch(NamedTuple):
    """Time that somebody has taken. `minute` counts from the beginning of the day that is looked at."""

    minute: int
    length: int
    offering: str
    kind: str


class Case(NamedTuple):
    """A calendar and what is asked of it."""

    zone: str
    day: date
    periods: list[tuple[str, str]]
    override: list[tuple[str, str]] | None
    offering: dict[str, Any]
    assignment: dict[str, Any]
    pauses: list[tuple[int, int]]
    taken: list[Stretch]
    now: int


QUARTERS = st.integers(0, 14) | st.integers(0, 96)
"""More of them early in the day, where clocks change."""
TIMES = QUARTERS.map(lambda quarter: f"{quarter // 4:02d}:{quarter % 4 * 15:02d}")
PERIODS = st.lists(TIMES, min_size=2, max_size=6, unique=True).map(
    lambda times: [pair for pair in zip(sorted(times)[::2], sorted(times)[1::2], strict=False)]
)
ZONED_DAYS = st.sampled_from(
    [(zone, date.fromisoformat(day)) for zone, days in CHANGES.items() for day in days]
)
STRETCHES = st.lists(
    st.builds(
        Stretch,
        st.integers(0, 96).map(lambda quarter: quarter * 15),
        st.sampled_from((15, 30, 45, 90)),
        st.sampled_from((OURS, OURS, OTHER, "elsewhere")),
        st.sampled_from(("pending", "confirmed", "cancelled", "hold", "spent hold")),
    ),
    max_size=8,
)
CASES = st.builds(
    lambda zoned, *rest: Case(*zoned, *rest),
    ZONED_DAYS,
    PERIODS,
    st.none() | PERIODS | st.just([]),
    st.fixed_dictionaries(
        {"durationMinutes": st.sampled_from((15, 30, 45, 60)), "capacity": st.sampled_from((1, 1, 2, 3))}
    ),
    st.fixed_dictionaries(
        {
            "slotIntervalMinutes": st.sampled_from((None, None, 10, 15, 20)),
            "bufferBeforeMinutes": st.sampled_from((0, 0, 10)),
            "bufferAfterMinutes": st.sampled_from((0, 0, 15)),
            "minLeadMinutes": st.sampled_from((0, 60, 300)),
            "maxHorizonDays": st.sampled_from((90, 90, 1)),
        }
    ),
    st.lists(st.tuples(st.integers(0, 1440), st.sampled_from((15, 30, 120))), max_size=2),
    STRETCHES,
    st.integers(-1440, 600),
)


# the definition


@lru_cache(maxsize=64)
def clock_face(zone: str, day: date) -> list[tuple[datetime, datetime]]:
    """Every minute around a day with what the clocks on the wall show then."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    minutes = [begin + n * MINUTE for n in range(60 * 58)]
    return [(at, at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for at in minutes]


def shown_at(zone: str, day: date, wall: str) -> datetime:
    """The first minute at which the clocks show it; a minute they skip is as much later as they jump."""
    midnight = datetime(day.year, day.month, day.day)
    wanted = midnight + timedelta(hours=int(wall[:2]), minutes=int(wall[3:]))
    face = clock_face(zone, day)
    for at, shown in face:
        if shown == wanted:
            return at
    for (at, before), (_, after) in zip(face, face[1:], strict=False):
        if before < wanted < after:
            return at + (wanted - before)
    raise AssertionError(f"{wanted} never comes")


def defined(case: Case, at: datetime, now: datetime) -> Iterator[tuple[datetime, int]]:
    """Free starts and how many places each has left, read off the definition."""
    duration = timedelta(minutes=case.offering["durationMinutes"])
    before, after = (
        timedelta(minutes=case.assignment[f"buffer{side}Minutes"]) for side in ("Before", "After")
    )
    step = timedelta(minutes=case.assignment["slotIntervalMinutes"] or case.offering["durationMinutes"])
    for start in sorted(candidates(case, step, duration + after)):
        lead, horizon = case.assignment["minLeadMinutes"], case.assignment["maxHorizonDays"]
        if start < now + timedelta(minutes=lead) or start > now + timedelta(days=horizon):
            continue
        begin, end = start - before, start + duration + after
        if any(at + m * MINUTE < end and at + (m + n) * MINUTE > begin for m, n in case.pauses):
            continue
        meeting = [one for one in active(case) if at + one.minute * MINUTE < end]
        meeting = [one for one in meeting if at + (one.minute + one.length) * MINUTE > begin]
        same = [one for one in meeting if one.offering == OURS and at + one.minute * MINUTE == start]
        if len(same) == len(meeting) and len(same) < case.offering["capacity"]:
            yield start, case.offering["capacity"] - len(same)


def active(case: Case) -> list[Stretch]:
    return [one for one in case.taken if one.kind in ("pending", "confirmed", "hold")]


def candidates(case: Case, step: timedelta, needed: timedelta) -> set[datetime]:
    found = set()
    periods = case.periods if case.override is None else case.override
    for opens, closes in periods:
        start, end = (shown_at(case.zone, case.day, wall) for wall in (opens, closes))
        while start + needed <= end:
            found.add(start)
            start += step
    return found


# the world


class _Undone(Exception):
    """Takes everything back."""


def build(tx: Transaction, case: Case, at: datetime) -> None:
    """The same case as documents."""
    for kind in ("booking", "slot_hold", "break", "schedule_override"):
        for document in tx.find(kind):
            tx.delete(kind, document["id"])
    tx.put("location", {**tx.need("location", PLACE), "timezone": case.zone})
    tx.put("assignment", {**tx.need("assignment", HERE), **case.assignment})
    tx.put("offering", {**tx.need("offering", OURS), **case.offering})
    weekly = [{"day": WEEKDAYS[case.day.weekday()], "periods": _hours(case.periods)}]
    tx.put("schedule", {**tx.need("schedule", HERE), "weekly": weekly, "effectiveFrom": None})
    if case.override is not None:
        other = {"id": key("c7", 99), "assignmentId": HERE, "date": case.day.isoformat()}
        tx.put("schedule_override", {**other, "periods": _hours(case.override)})
    for number, (minute, length) in enumerate(case.pauses):
        times = _span(at, minute, length)
        tx.put("break", {"id": f"break {number}", "assignmentId": HERE, **times})
    for number, one in enumerate(case.taken):
        _take(tx, number, one, _span(at, one.minute, one.length))


def _hours(periods: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"start": opens, "end": closes, "offeringIds": None} for opens, closes in periods]


def _span(at: datetime, minute: int, length: int) -> dict[str, str]:
    start = at + minute * MINUTE
    return {"startsAt": instant(start), "endsAt": instant(start + length * MINUTE)}


def _take(tx: Transaction, number: int, one: Stretch, times: dict[str, str]) -> None:
    is_active = one.kind in ("pending", "confirmed", "hold")
    elsewhere = one.offering == "elsewhere"
    tx.put(
        "slot_hold" if "hold" in one.kind else "booking",
        Document(
            id=f"taken {number}",
            assignmentId=THERE if elsewhere else HERE,
            practitionerId=WHO,
            offeringId=one.offering,
            status=one.kind,
            expiresAt="2027-01-01T00:00:00.000Z",
            _busy=busy_keys(WHO, times["startsAt"], times["endsAt"]) if is_active else [],
            **times,
        ),
    )


@given(CASES)
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_slots_are_those_of_the_definition(workspace: Workspace, case: Case) -> None:
    at = shown_at(case.zone, case.day, "12:00") - timedelta(hours=12)
    now = at + case.now * MINUTE
    found: list[tuple[datetime, int]] = []
    try:
        with workspace.transaction() as tx:
            tx.set_clock("frozen", now)
            build(tx, case, at)
            desk = Desk(tx)
            offer = desk.offer(tx.need("offering", OURS))
            listed = desk.slots(offer, at - DAY, at + 2 * DAY)
            found = [(start, verdict.remaining) for start, verdict in listed if verdict.status == "free"]
            raise _Undone
    except _Undone:
        assert found == list(defined(case, at, now))


def test_the_definition_knows_gaps_and_repetitions() -> None:
    warsaw = "Europe/Warsaw"
    assert shown_at(warsaw, date(2026, 3, 29), "02:30") == parse_instant("2026-03-29T01:30:00Z")
    assert shown_at(warsaw, date(2026, 10, 25), "02:30") == parse_instant("2026-10-25T00:30:00Z")
    assert shown_at("Australia/Lord_Howe", date(2026, 10, 4), "02:15") == parse_instant(
        "2026-10-03T15:45:00Z"
    )
