"""Reports: how well an integration behaves, told by its own traffic."""

from __future__ import annotations

from typing import Any

from sandbox.control import report_page
from sandbox.control.figures import of_calls, of_deliveries
from sandbox.control.findings import findings_of
from sandbox.control.measures import is_call
from sandbox.journal import Exchange
from sandbox.kernel.clock import from_epoch, instant, parse_instant
from sandbox.kernel.errors import InvalidDateRange
from sandbox.platform.call import Call
from sandbox.webhooks.deliveries import OPEN

DEFAULT_SECONDS = 24 * 3600
EARLIEST = parse_instant("0001-01-01T00:00:00.000Z").timestamp()


def get_integration_report(call: Call) -> dict[str, Any]:
    """Of the exchanges that the journal still holds."""
    begin, end = _window(call)
    figures = _figures(call, begin, end)
    return {**figures, "findings": findings_of(figures)}


def _figures(call: Call, begin: float, end: float) -> dict[str, Any]:
    journal = call.server.journals.of(call.workspace.id)
    kept = [each for each in journal.exchanges() if begin <= each.at <= end]
    calls = [each for each in kept if is_call(each) and _is_meant(call, each)]
    sent = [each for each in kept if each.direction == "out" and each.purpose == "webhook"]
    return {
        "window": {"from": instant(from_epoch(begin)), "to": instant(from_epoch(end))},
        **of_calls(calls, lambda operation_id: _is_deprecated(call, operation_id)),
        "webhooks": of_deliveries(sent, _oldest_pending(call)),
    }


def _window(call: Call) -> tuple[float, float]:
    """In seconds of true time, as exchanges are recorded; the last day unless it is said."""
    end = parse_instant(call.query["to"]).timestamp() if "to" in call.query else call.workspace.wall()
    begin = max(end - DEFAULT_SECONDS, EARLIEST)
    if "from" in call.query:
        begin = parse_instant(call.query["from"]).timestamp()
    if begin > end:
        raise InvalidDateRange(details="to lies before from", target="to")
    return begin, end


def _is_meant(call: Call, exchange: Exchange) -> bool:
    return call.query.get("credentialId") in (None, exchange.credential_id)


def _is_deprecated(call: Call, operation_id: str) -> bool:
    plan = call.server.facts["operations"].plan(operation_id)
    return plan is not None and bool(plan.raw.get("deprecated"))


def _oldest_pending(call: Call) -> str | None:
    waiting = call.tx.scan("delivery", None, "createdAt", lambda delivery: delivery["status"] in OPEN)
    first = next(waiting, None)
    return None if first is None else str(first["createdAt"])


FORMS = {"getIntegrationReport": {"html": report_page.form}}
