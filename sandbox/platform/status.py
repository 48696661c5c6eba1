"""Status: how the service is, what went wrong, what is planned; and its measurements."""

from __future__ import annotations

from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.replies import Page, Reply
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource

COMPONENTS = ("api", "auth", "webhooks", "payments", "email", "calendar", "video", "search")
OVER = ("resolved", "postmortem")
TO_COME = ("scheduled", "in_progress", "verifying")
DESCRIPTIONS = {
    "none": "All systems operational",
    "minor": "Minor disruption",
    "major": "Major disruption",
    "critical": "Critical disruption",
    "maintenance": "Maintenance under way",
}
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"

incidents = Resource(
    "incident",
    path="/status/incidents/{incidentId}",
    indexes=("status",),
    sorts=("startedAt",),
)
maintenances = Resource(
    "maintenance",
    indexes=("status",),
    sorts=("startsAt",),
)


def get_status(call: Call) -> dict[str, Any]:
    """The worst that is going on, and everything that is."""
    open_ones = [each for each in call.tx.find("incident", order="-startedAt") if each["status"] not in OVER]
    planned = call.tx.find("maintenance", {"status": list(TO_COME)}, "startsAt")
    shown = {
        "components": [{"name": name, "status": _status_of(call.tx, name)} for name in COMPONENTS],
        "incidents": [incidents.shown(each) for each in open_ones],
        "maintenances": [maintenances.shown(each) for each in planned],
    }
    return {**_headline(open_ones, planned), **shown}


def list_public_incidents(call: Call) -> Page:
    """The latest first."""
    return incidents.list(call)


def get_public_incident(call: Call, incident_id: str) -> Document:
    """With all that was said about it."""
    return incidents.get(call, incident_id)


def list_public_maintenances(call: Call) -> Page:
    """The earliest first."""
    return maintenances.list(call)


def get_metrics(call: Call) -> Reply:
    """What the workspace holds and did, in the format that Prometheus reads."""
    lines: list[str] = []
    for name, value in _measurements(call).items():
        family = name.partition("{")[0]
        kind = f"# TYPE sandbox_{family} {'counter' if family.endswith('_total') else 'gauge'}"
        lines += [kind] if kind not in lines else []
        lines.append(f"sandbox_{name} {value}")
    return Reply(200, ("\n".join(lines) + "\n").encode(), media_type=PROMETHEUS)


def _measurements(call: Call) -> dict[str, int]:
    store, journal = call.workspace.store, call.server.journals.of(call.workspace.id)
    held = {f'documents{{kind="{kind}"}}': store.count(kind) for kind in sorted(store.kinds())}
    did = {"events_total": store.events, "draws_total": store.draws, "exchanges_total": journal.recorded}
    now = {"agenda_entries": store.count("agenda"), "exchanges_kept": len(journal)}
    return {**did, **now, **held}


def _headline(open_ones: list[Document], planned: list[Document]) -> dict[str, str]:
    impacts = {each["impact"] for each in open_ones}
    if any(each["status"] != "scheduled" for each in planned):
        impacts.add("maintenance")
    worst = next((each for each in ("critical", "major", "maintenance", "minor") if each in impacts), "none")
    return {"indicator": worst, "description": DESCRIPTIONS[worst]}


def _status_of(tx: Transaction, name: str) -> str:
    component = tx.get("component", name)
    return "operational" if component is None else str(component["status"])
