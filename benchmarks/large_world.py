"""Lists, searches and slots of the `load` world beside the same calls on `standard`."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

from benchmarks.facts import KEY, ask
from benchmarks.load import NextRequest, request
from benchmarks.targets import Report, Target
from benchmarks.traffic import alternate, price, sandbox

AT_MOST = Target(3, 1.5, below=True)
NOWAK, CONSULTATION = (f"{code}000000-0000-4000-8000-000000000001" for code in ("c4", "c2"))


def compare(report: Report, folder: Path, seconds: float, rounds: int) -> None:
    """Ratios by processor time: how much more one call costs where there is ten times as much."""
    with ExitStack() as stack:
        servers = {
            profile: stack.enter_context(sandbox("--seed-profile", profile))
            for profile in ("standard", "load")
        }
        now = ask(servers["load"].port, "GET", "/sandbox/v1/clock")["now"]
        for what, send in _calls(now).items():
            each = {profile: (running, send) for profile, running in servers.items()}
            measured = alternate(report, what, each, min(seconds, 2), rounds)
            ratio = price(measured["load"]) / price(measured["standard"])
            report.add(f"{what}, load world", AT_MOST, ratio, "to the standard world")


def _calls(now: str) -> dict[str, NextRequest]:
    week = f"from={now[:10]}T00:00:00Z&to={_week_later(now)}T00:00:00Z"
    paths = {
        "LIST": "/api/v1/registrations?pageSize=20",
        "FILTER": "/api/v1/bookings?status=confirmed&pageSize=20",
        "DEEP": "/api/v1/customers?limit=20&offset=100",
        "SEARCH": "/api/v1/registrations?q=guest1077&pageSize=20",
        "SEARCH 2": "/api/v1/customers?q=nowak&pageSize=20",
        "SLOTS": f"/api/v1/assignments/{NOWAK}/slots?{week}",
        "SLOTS all": f"/api/v1/slots?serviceId={CONSULTATION}&{week}",
    }
    return {what: _always(path) for what, path in paths.items()}


def _always(path: str) -> NextRequest:
    ready = request("GET", path, {"X-API-Key": KEY})
    return lambda: ready


def _week_later(now: str) -> str:
    return (date.fromisoformat(now[:10]) + timedelta(days=7)).isoformat()
