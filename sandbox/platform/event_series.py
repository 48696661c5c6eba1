"""Event series: a rule and a template, of which occurrences are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import InvalidDateRange, InvalidStateTransition, ValidationError
from sandbox.kernel.replies import Page
from sandbox.platform.call import Call
from sandbox.platform.event_life import cancel_whole, events
from sandbox.platform.recurrence import Occurrence, occurrences
from sandbox.platform.series_life import (
    NEXT,
    SERIES_LIFE,
    event_series,
    hand_on,
    occurrence_of,
    pass_date,
    wait_for_next,
)

__all__ = ["JOBS", "event_series"]

JOBS = {NEXT: pass_date}


def create_event_series(call: Call, body: Mapping[str, Any]) -> Document:
    """No event is made by this."""
    series = event_series.create(call, body)
    wait_for_next(call.tx, series)
    return series


def update_event_series(call: Call, series_id: str, body: Mapping[str, Any]) -> Document:
    """The events that are asked for change with it."""
    changes = {member: value for member, value in body.items() if member != "applyTo"}
    before = event_series.get(call, series_id)
    after = event_series.update(call, series_id, changes)
    wait_for_next(call.tx, after)
    hand_on(call, before, after, body.get("applyTo", "future"))
    return after


def delete_event_series(call: Call, series_id: str) -> None:
    """Only without events."""
    event_series.delete(call, series_id)
    call.tx.cancel(NEXT, series_id)


def generate_occurrences(call: Call, series_id: str, body: Mapping[str, Any] | None = None) -> Page:
    """Make drafts of the dates asked for, unless there is an event of that date."""
    series = event_series.get(call, series_id)
    if series["status"] == "cancelled":
        raise InvalidStateTransition(details="the series is cancelled", target="status")
    made = [events.create(call, occurrence_of(series, due)) for due in _wanted(call, series, body or {})]
    if made:
        event_series.save(call.tx, series, eventCount=call.tx.count("event", {"seriesId": series_id}))
    return Page.of_all(made, "made")


def list_series_events(call: Call, series_id: str) -> Page:
    """Those that the caller may see."""
    event_series.get(call, series_id)
    return events.list(call, seriesId=series_id)


def get_series_calendar(call: Call, series_id: str) -> Document:
    """For calendar programs."""
    return event_series.get(call, series_id)


def cancel_event_series(call: Call, series_id: str, body: Mapping[str, Any]) -> Document:
    """With every published event of it."""
    series, tx = event_series.get(call, series_id), call.tx
    members = {"cancelledAt": tx.stamp(), "cancellationReason": body["reason"], "nextOccurrenceAt": None}
    cancelled = event_series.act(call, series_id, SERIES_LIFE, "cancel", **members)
    tx.cancel(NEXT, series_id)
    by = call.principal.user_id or call.principal.credential_id
    for event in tx.find("event", {"seriesId": series["id"], "status": "published"}, order="startsAt"):
        cancel_whole(tx, event, body, by)
    return cancelled


def _wanted(call: Call, series: Document, asked: Mapping[str, Any]) -> list[Occurrence]:
    """The dates asked for of which there is no event."""
    if "to" in asked and "count" in asked:
        raise ValidationError(details="give to or count, one of them", target="/count")
    first, last = asked.get("from", call.tx.stamp()), asked.get("to")
    if last is not None and last < first:
        raise InvalidDateRange(details="to lies before from", target="/to")
    known = {event["seriesIndex"] for event in call.tx.find("event", {"seriesId": series["id"]})}
    dates = [
        due
        for due in occurrences(series["recurrence"], series["timezone"])
        if due.starts >= first and (last is None or due.starts <= last) and due.number not in known
    ]
    return dates[: asked.get("count")]
