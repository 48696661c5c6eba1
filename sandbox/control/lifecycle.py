"""Lifecycle: which parts of the API are deprecated or gone in this world, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.errors import BusinessRuleViolation, SunsetNoticeTooShort
from sandbox.platform.call import Call
from sandbox.platform.retirement import GUIDE, KEY, KIND, lifecycle_of, on_the_way_out, shown, usual

KINDS = [KIND]
NOTICE = {"versions": timedelta(days=180), "operations": timedelta(days=90)}
"""How long before it goes something has to be deprecated."""
V1_DEPRECATED = (
    *(
        "listEvents",
        "createEvent",
        "getEvent",
        "updateEvent",
        "publishEvent",
        "unpublishEvent",
        "cancelEvent",
    ),
    *("completeEvent", "listRegistrations", "createRegistration", "getRegistration", "confirmRegistration"),
    *("cancelRegistration", "promoteRegistration", "searchSlots", "listBookings", "createBooking"),
    *("getBooking", "confirmBooking", "declineBooking", "rescheduleBooking", "cancelBooking"),
)
"""What version 2 has its own way for."""


def get_lifecycle(call: Call) -> dict[str, Any]:
    """As it stands now."""
    return shown(lifecycle_of(call.workspace), call.tx.stamp())


def set_lifecycle(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    """Say it anew; what is left out is as in every world."""
    before = {name for name, _ in on_the_way_out(lifecycle_of(call.workspace))}
    wanted = _wanted(call, body)
    call.tx.put("lifecycle", {**wanted, "id": KEY})
    _announce(call, [name for name, _ in on_the_way_out(wanted) if name not in before])
    return shown(wanted, call.tx.stamp())


def _wanted(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    wanted = usual(call.workspace) | {"preset": body.get("preset")}
    if wanted["preset"] is not None:
        wanted["operations"] = _preset(call, wanted["operations"])
    for name in NOTICE:
        if name in body:
            wanted[name] = [_completed(call, name, *each) for each in enumerate(body[name])]
    return wanted


def _preset(call: Call, operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    now = call.tx.now()
    dates = {"deprecatedAt": instant(now), "sunsetAt": instant(now + NOTICE["versions"])}
    known = {entry["operationId"] for entry in operations}
    further = [
        {"operationId": name, "status": "deprecated", **dates, "successor": "/api/v2", "guide": GUIDE}
        for name in V1_DEPRECATED
        if name not in known
    ]
    return [*operations, *further]


def _completed(call: Call, name: str, place: int, entry: Mapping[str, Any]) -> dict[str, Any]:
    """With all members; raises BusinessRuleViolation, SunsetNoticeTooShort."""
    at = f"/{name}/{place}"
    blank = dict.fromkeys(("deprecatedAt", "sunsetAt", "successor", "guide"))
    whole: dict[str, Any] = {**blank, **entry}
    if "operationId" in entry:
        plan = call.server.facts["operations"].plan(entry["operationId"])
        if plan is None or not plan.path.startswith("/api/v1/"):
            raise BusinessRuleViolation(
                details=f"version 1 has no operation '{entry['operationId']}'", target=f"{at}/operationId"
            )
    if whole["status"] in ("preview", "current"):
        return {**whole, "deprecatedAt": None, "sunsetAt": None}
    whole["deprecatedAt"] = whole["deprecatedAt"] or call.tx.stamp()
    if whole["sunsetAt"] is not None:
        _check_notice(whole, NOTICE[name], at)
    return whole


def _check_notice(entry: Mapping[str, Any], least: timedelta, at: str) -> None:
    notice = parse_instant(entry["sunsetAt"]) - parse_instant(entry["deprecatedAt"])
    if notice < least:
        raise SunsetNoticeTooShort(
            details=f"{notice.days} days between deprecation and sunset, at least {least.days}",
            target=f"{at}/sunsetAt",
        )


def _announce(call: Call, names: list[str]) -> None:
    """Tell whoever listens what is newly deprecated; the changelog says so too."""
    if not names:
        return
    about = {
        "id": f"lifecycle-{call.tx.next_number('lifecycle')}",
        "version": "1.2.0",
        "date": call.tx.stamp()[:10],
        "type": "deprecated",
        "description": f"Deprecated: {', '.join(names)}."[:500],
        "operations": names,
    }
    call.tx.emit("api.deprecation_announced", "deprecation", call.tx.put("deprecation", about))
