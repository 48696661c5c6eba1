"""The audit log as it is read: who called what, with what changed from the events of each call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sandbox.journal.audit import AuditLine
from sandbox.journal.exchange import Exchange
from sandbox.kernel.commits import OUTBOX
from sandbox.kernel.documents import Document, Kind
from sandbox.platform.call import Call

Entry = dict[str, Any]

KINDS = [Kind("audit_entry", sorts=("at",))]
"""Entries of the time before the record of traffic begins."""
DENIED = (401, 403, 429)
_PLACE = re.compile(
    r"/(?:api|sandbox)/v\d+/(?:[a-z-]+/)*?([a-z-]+)/([0-9a-f]{8}-[0-9a-f-]{27}|[a-z]{3,4}_[0-9a-f]{24})"
)
_LOCATION = re.compile(r"/([a-z-]+)/([^/]+)$")
UNCOUNTABLE = {"series", "sales"}


def entries_for(call: Call) -> list[Entry]:
    """Those that meet the query."""
    return list(_meeting(call))


def _meeting(call: Call) -> Iterator[Entry]:
    query = call.query
    changes = call.tx.derived(OUTBOX, _changes_by_call)
    for prefix, line in _lines(call):
        if may_meet(line, query):
            entry = entry_of(prefix, line, changes.get(line.correlation_id, ()))
            if meets(entry, query):
                yield entry
    for kept in call.tx.scan("audit_entry"):
        if meets(kept, query):
            yield dict(kept)


def _lines(call: Call) -> Iterator[tuple[str, AuditLine]]:
    """The log itself, and from the record of traffic what everybody may call, as far back as that goes."""
    journals, key = call.server.journals, call.workspace.id
    for line in journals.audit.of(key):
        yield "aud_a", line
    operations = call.server.facts["operations"]
    for exchange in journals.of(key).exchanges():
        if exchange.purpose == "api" and exchange.direction == "in" and exchange.status not in (401, 403):
            plan = operations.plan(exchange.operation_id)
            if plan is not None and not plan.audited:
                yield "aud_f", _line_of(exchange)


def _line_of(exchange: Exchange) -> AuditLine:
    return AuditLine(
        exchange.sequence,
        exchange.moment,
        exchange.client_type,
        exchange.credential_id,
        exchange.client_ip,
        exchange.operation_id,
        exchange.path,
        exchange.status,
        exchange.correlation_id,
    )


def entry_of(prefix: str, line: AuditLine, changes: Iterable[Entry]) -> Entry:
    """One call as the log tells it."""
    return {
        "id": f"{prefix}{line.number:0{28 - len(prefix)}x}",
        "at": line.at,
        "actor": {
            "type": line.client_type,
            "id": line.credential_id or None,
            "credentialId": line.credential_id or None,
            "ip": line.ip or None,
        },
        "action": line.operation_id,
        "resource": _resource(line),
        "outcome": outcome(line.status),
        "status": line.status,
        "correlationId": line.correlation_id,
        "changes": list(changes) if line.status < 400 else [],
    }


def may_meet(line: AuditLine, query: Mapping[str, Any]) -> bool:
    """Whether a line is worth a closer look: most are not, and an entry takes its time to make."""
    return bool(
        query.get("action", line.operation_id) == line.operation_id
        and query.get("after", "") < line.at < query.get("before", "~")
        and query.get("actor", line.credential_id) in (line.credential_id, line.client_type)
        and ("outcome" not in query or outcome(line.status) in query["outcome"])
    )


def outcome(status: int) -> str:
    """Whether the caller was let in, was turned away, or failed."""
    if status in DENIED:
        return "denied"
    return "failed" if status >= 400 else "allowed"


def meets(entry: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
    """Whether an entry is one of those asked for."""
    actor, resource = entry["actor"], entry["resource"] or {}
    wanted = (
        ("action", entry["action"]),
        ("resourceType", resource.get("type")),
        ("resourceId", resource.get("id")),
    )
    if any(name in query and query[name] != value for name, value in wanted):
        return False
    if entry["outcome"] not in query.get("outcome", entry["outcome"]):
        return False
    if "actor" in query and query["actor"] not in (actor["id"], actor["credentialId"], actor["type"]):
        return False
    return bool(query.get("after", "") < entry["at"] and entry["at"] < query.get("before", "~"))


def _resource(line: AuditLine) -> dict[str, Any] | None:
    found = None
    for found in _PLACE.finditer(line.path):  # noqa: B007 - the innermost is meant
        pass
    if found is None and line.location:
        found = _LOCATION.search(line.location)
    return None if found is None else {"type": _singular(found[1]), "id": found[2]}


def _singular(name: str) -> str:
    name = name.replace("-", "_")
    if name.endswith("ies") and name.rpartition("_")[2] not in UNCOUNTABLE:
        return f"{name[:-3]}y"
    return name if name in UNCOUNTABLE or name.endswith("_series") else name.removesuffix("s")


def _changes_by_call(events: Iterable[Document]) -> dict[str, list[Entry]]:
    changes: dict[str, list[Entry]] = {}
    for event in events:
        if event["correlationId"]:
            changes.setdefault(event["correlationId"], []).append(
                {
                    "event": event["type"],
                    "resource": {"type": event["kind"], "id": event["resourceId"]},
                    "changedFields": event["extra"].get("changedFields", []),
                    "version": (event["data"] or {}).get("version"),
                }
            )
    return changes
