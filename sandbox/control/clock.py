"""The clock of a workspace: read, set, advanced past all that falls due, put back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.kernel.clock import WallClock, clock_setting, from_epoch, instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation, InvalidParameter
from sandbox.kernel.workspace import Workspace
from sandbox.platform.call import Call

FARTHEST = timedelta(days=3653)
_DURATION = re.compile(
    r"P(?=.)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?"
)


def get_clock(call: Call) -> dict[str, Any]:
    return clock_of(call.workspace)


async def set_clock(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    workspace = call.workspace
    before = workspace.now()
    target = _target(workspace, body)
    _check_distance(before, target, body)
    backwards = body.get("allowBackwards", False)
    fired = await call.agenda.advance(workspace, target, backwards=backwards) if target is not None else []
    with call.transaction() as tx:
        tx.set_clock(body["mode"], _target(workspace, body) or workspace.now())  # the way there took time
    return _result(workspace, fired)


async def advance_clock(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    if ("duration" in body) == ("to" in body):
        raise BusinessRuleViolation(details="say how far by duration or to, one of them", target="/duration")
    before = call.workspace.now()
    to = parse_instant(body["to"]) if "to" in body else parse_duration(body["duration"])
    _check_distance(before, to if isinstance(to, datetime) else _later(before, to), body)
    return _result(call.workspace, await call.agenda.advance(call.workspace, to))


def reset_clock(call: Call) -> None:
    call.tx.set_clock("real", from_epoch(call.workspace.wall()))


def parse_duration(text: str) -> timedelta:
    """Weeks to seconds of ISO 8601; months and years have no fixed length. Raises InvalidParameter."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise InvalidParameter(details=f"{text!r} is not a duration such as PT24H", target="/duration")
    weeks, days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    try:
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return timedelta.max


def clock_of(workspace: Workspace) -> dict[str, Any]:
    """The public form of a workspace's clock."""
    return shown_clock(workspace.store.get("clock", "clock"), workspace.now(), workspace.wall)


def shown_clock(setting: Mapping[str, Any] | None, now: datetime, wall: WallClock) -> dict[str, Any]:
    """The public form of a clock by its stored setting."""
    mode = setting["mode"] if setting is not None else "real"
    offset = 0 if mode == "real" else clock_setting("offset", now, wall)["offsetMilliseconds"]
    if setting is not None and mode == "offset":
        offset = setting["offsetMilliseconds"]
    return {"mode": mode, "now": instant(now), "offsetSeconds": offset / 1000}


def _target(workspace: Workspace, body: Mapping[str, Any]) -> datetime | None:
    """Where the clock is to be moved; None to leave it where it is."""
    if "now" in body and "offsetSeconds" in body:
        raise BusinessRuleViolation(details="say now or offsetSeconds, not both", target="/now")
    wall = from_epoch(workspace.wall())
    if body["mode"] == "real":
        if "now" in body or "offsetSeconds" in body:
            raise BusinessRuleViolation(details="a real clock cannot be told the time", target="/mode")
        return wall if clock_of(workspace)["mode"] != "real" else None
    if "now" in body:
        return parse_instant(body["now"])
    if "offsetSeconds" in body:
        return _later(wall, timedelta(seconds=body["offsetSeconds"]))
    return None


def _later(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        raise BusinessRuleViolation(details="that is beyond the calendar", target="/duration") from None


def _check_distance(before: datetime, target: datetime | None, body: Mapping[str, Any]) -> None:
    if target is not None and target - before > FARTHEST:
        said_by = next(each for each in ("to", "duration", "now", "offsetSeconds") if each in body)
        raise BusinessRuleViolation(
            details="a clock goes at most ten years ahead at once", target=f"/{said_by}"
        )


def _result(workspace: Workspace, fired: list[Document]) -> dict[str, Any]:
    shown = [{"job": entry["job"], "subject": entry["subject"], "due": entry["due"]} for entry in fired]
    return {**clock_of(workspace), "fired": shown, "counts": dict(Counter(entry["job"] for entry in fired))}
