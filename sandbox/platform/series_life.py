"""The life of an event series: its next date, what its events inherit, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import InvalidStateTransition
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.event_life import KNOWN_TO_PUBLIC, KNOWN_TO_READERS, events, follow_up, sees_all
from sandbox.platform.event_rules import AUDIENCES, CHECK_IN, DEFAULTS, REFUND_POLICY, REGISTRATION
from sandbox.platform.money import exponent
from sandbox.platform.recurrence import Occurrence, occurrences
from sandbox.platform.resource import Resource, at_least, equals, text
from sandbox.platform.zones import check_zone

SERIES_LIFE = TransitionTable(
    "event series", {("active", "cancel"): "cancelled", ("active", "complete"): "completed"}
)
NEXT = "event_series.next"
TEMPLATE = (
    "summary description visibility category tags language allDay venue onlineUrl capacity currencies"
    " coverImageUrl links"
)
TEMPLATE_DEFAULTS = {"name": None, **{member: DEFAULTS[member] for member in TEMPLATE.split()}}
SERVER_SET: dict[str, Any] = {
    "status": "active",
    "eventCount": 0,
    "nextOccurrenceAt": None,
    "cancelledAt": None,
    "cancellationReason": None,
}
OPEN = ("draft", "published")


def _prepared(call: Call, series: dict[str, Any], before: Document | None) -> dict[str, Any]:
    """Complete, with its next date; raises the rule that it breaks."""
    if before is not None and before["status"] == "cancelled":
        raise InvalidStateTransition(details="a cancelled series stays as it is", target="status")
    check_zone(series["timezone"])
    template = _completed(series["template"])
    for index, currency in enumerate(template["currencies"]):
        exponent(currency, f"/template/currencies/{index}")
    recurrence = {"exDates": [], **series["recurrence"]}
    defaults = {"description": "", "metadata": {}, **({} if before else SERVER_SET)}
    complete = {**defaults, **series, "recurrence": recurrence, "template": template}
    complete["_audience"] = AUDIENCES[template["visibility"]]
    return {**complete, **_at(occurrences(recurrence, complete["timezone"]), call.tx.stamp())}


def _may_see(call: Call, series: Document) -> bool:
    known = KNOWN_TO_READERS if call.principal.has("events:read") else KNOWN_TO_PUBLIC
    return series["_audience"] in known


def _listed_for(call: Call) -> dict[str, Any]:
    return {"_audience": list(KNOWN_TO_READERS) if call.principal.has("events:read") else "public"}


event_series = Resource(
    "event_series",
    plural="event_series",
    path="/api/v1/event-series/{seriesId}",
    indexes=("status", "_audience"),
    sorts=("name", "createdAt", "updatedAt", "nextOccurrenceAt"),
    filters={
        "status": equals("status"),
        "q": text("name", "description"),
        "updatedSince": at_least("updatedAt"),
    },
    used_by=[("event", "seriesId")],
    prepare=_prepared,
    visible=_may_see,
    visible_where=_listed_for,
    sees_all=sees_all,
    links={"events": "/api/v1/event-series/{id}/events"},
)


def wait_for_next(tx: Transaction, series: Document) -> None:
    """Have the series look again when its next date begins, or its last one ends."""
    if series["status"] == "active":
        dates = occurrences(series["recurrence"], series["timezone"])
        due = series["nextOccurrenceAt"] or dates[-1].ends if dates else tx.stamp()
        tx.schedule(parse_instant(due), NEXT, series["id"])
    else:
        tx.cancel(NEXT, series["id"])


def pass_date(tx: Transaction, entry: Document) -> None:
    """Job: a date of the series has come, or its last one is over."""
    series = tx.get("event_series", entry["subject"])
    if series is None or series["status"] != "active":
        return
    now = _at(occurrences(series["recurrence"], series["timezone"]), tx.stamp())
    wait_for_next(tx, event_series.save(tx, series, **now))


def occurrence_of(series: Document, due: Occurrence) -> dict[str, Any]:
    """The event of one date, as somebody would create it."""
    template = {**series["template"], "name": series["template"]["name"] or series["name"]}
    times = {"startsAt": due.starts, "endsAt": due.ends, "timezone": series["timezone"]}
    return {**template, **times, "seriesId": series["id"], "seriesIndex": due.number}


def hand_on(call: Call, before: Document, after: Document, scope: str) -> None:
    """Change the events of a series as far as the series was changed."""
    if after is before or scope == "none":
        return
    old, new = (_by_index(series) for series in (before, after))
    for event in call.tx.find("event", {"seriesId": after["id"], "status": list(OPEN)}, order="startsAt"):
        if scope == "future" and event["startsAt"] <= call.tx.stamp():
            continue
        was, wanted = (dates.get(event["seriesIndex"], {}) for dates in (old, new))
        differing = {member: value for member, value in wanted.items() if value != was.get(member)}
        if was and differing:
            follow_up(call.tx, events.change(call, event, {**event, **differing}))


def _by_index(series: Document) -> dict[int, dict[str, Any]]:
    """What each event of the series inherits, the excluded dates too: they may have been made before."""
    every = {**series["recurrence"], "exDates": []}
    return {due.number: occurrence_of(series, due) for due in occurrences(every, series["timezone"])}


def _completed(template: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **TEMPLATE_DEFAULTS,
        **template,
        "registration": {**REGISTRATION, **template.get("registration", {})},
        "refundPolicy": {**REFUND_POLICY, **template.get("refundPolicy", {})},
        "checkIn": {**CHECK_IN, **template.get("checkIn", {})},
    }


def _at(dates: list[Occurrence], now: str) -> dict[str, Any]:
    """Status and next date of a series that was not cancelled."""
    following = next((due.starts for due in dates if due.starts > now), None)
    over = not dates or dates[-1].ends <= now
    return {"nextOccurrenceAt": following, "status": "completed" if over else "active"}
