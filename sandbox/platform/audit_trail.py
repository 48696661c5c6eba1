"""The audit log: a reading of the record of traffic, with what changed from the events of each call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sandbox.journal.exchange import Exchange
from sandbox.kernel.clock import from_epoch, instant
from sandbox.kernel.commits import OUTBOX
from sandbox.kernel.documents import Document, Kind
from sandbox.platform.call import Call
from sandbox.platform.pagination import ListCollection

Entry = dict[str, Any]

KINDS = [Kind("audit_entry", sorts=("at",))]
"""Entries of the time before the record of traffic begins."""
DENIED = (401, 403, 429)
_PLACE = re.compile(r"/api/v\d+/(?:[a-z-]+/)*?([a-z-]+)/([0-9a-f]{8}-[0-9a-f-]{27}|[a-z]{3,4}_[0-9a-f]{24})")
_LOCATION = re.compile(r"/([a-z-]+)/([^/]+)$")
UNCOUNTABLE = {"series", "sales"}


class AuditTrail(ListCollection):
    """Entries that meet the query, newest first."""

    order = "-at"

    def __init__(self, call: Call) -> None:
        super().__init__(sorted(_meeting(call), key=lambda entry: (entry["at"], entry["id"]), reverse=True))


def _meeting(call: Call) -> Iterator[Entry]:
    query = call.query
    changes = call.tx.derived(OUTBOX, _changes_by_call)
    for exchange in call.server.journals.of(call.workspace.id).exchanges():
        if exchange.purpose == "api" and exchange.direction == "in" and exchange.operation_id:
            entry = entry_of(exchange, changes.get(exchange.correlation_id, ()))
            if meets(entry, query):
                yield entry
    for kept in call.tx.scan("audit_entry"):
        if meets(kept, query):
            yield dict(kept)


def entry_of(exchange: Exchange, changes: Iterable[Entry]) -> Entry:
    """One call as the log tells it."""
    return {
        "id": f"aud_{exchange.sequence:024x}",
        "at": _moment(exchange),
        "actor": {
            "type": exchange.client_type,
            "id": exchange.credential_id or None,
            "credentialId": exchange.credential_id or None,
            "ip": exchange.client_ip or None,
        },
        "action": exchange.operation_id,
        "resource": _resource(exchange),
        "outcome": outcome(exchange.status),
        "status": exchange.status,
        "correlationId": exchange.correlation_id,
        "changes": list(changes) if exchange.status < 400 else [],
    }


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
        ("outcome", entry["outcome"]),
        ("resourceType", resource.get("type")),
        ("resourceId", resource.get("id")),
    )
    if any(name in query and query[name] != value for name, value in wanted):
        return False
    if "actor" in query and query["actor"] not in (actor["id"], actor["credentialId"], actor["type"]):
        return False
    return bool(query.get("after", "") < entry["at"] and entry["at"] < query.get("before", "~"))


def _moment(exchange: Exchange) -> str:
    """When it was on the workspace's clock, as the answer said."""
    shown = _header(exchange, "x-sandbox-clock")
    return shown.partition(";")[0] if shown else instant(from_epoch(exchange.at))


def _resource(exchange: Exchange) -> dict[str, Any] | None:
    found = None
    for found in _PLACE.finditer(exchange.path):  # noqa: B007 - the innermost is meant
        pass
    if found is None and (location := _header(exchange, "location")):
        found = _LOCATION.search(location)
    return None if found is None else {"type": _singular(found[1]), "id": found[2]}


def _singular(name: str) -> str:
    name = name.replace("-", "_")
    if name.endswith("ies") and name.rpartition("_")[2] not in UNCOUNTABLE:
        return f"{name[:-3]}y"
    return name if name in UNCOUNTABLE or name.endswith("_series") else name.removesuffix("s")


def _header(exchange: Exchange, name: str) -> str:
    headers = exchange.response_headers
    if isinstance(headers, Mapping):
        return headers.get(name, "")
    wanted = name.encode()
    return next((value.decode("latin-1") for key, value in headers if key == wanted), "")


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
