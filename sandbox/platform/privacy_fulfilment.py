"""What is done about a verified privacy request: the effect of each right; an erasure may have to wait."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import orjson

from sandbox.kernel import errors
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.ports import Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform import consents
from sandbox.platform.blockers import blockers, cancel_bookings
from sandbox.platform.erasure import erase
from sandbox.platform.operations import Operations
from sandbox.platform.privacy_packages import gather
from sandbox.platform.privacy_requests import EXPIRE, PACKED, WORK, complete, requests
from sandbox.platform.purging import purge

PACKAGE_KEPT = timedelta(days=7)
UNBLOCKING = frozenset(
    {
        *("payment.dispute_closed", "invoice.paid", "invoice.voided", "booking.cancelled"),
        *("booking.declined", "booking.expired", "booking.completed", "registration.cancelled"),
    }
)
"""After these an erasure that waits is tried again; and when what is ahead begins, which nobody is told."""


async def fulfil(operations: Operations, workspace: Workspace, entry: Document, _: Ports) -> None:
    """Do what is asked for. An erasure is complete when the past is gone from the disk as well."""
    with workspace.transaction(entry["id"]) as tx:
        request = tx.get("privacy_request", entry["subject"])
        if request is None or request["status"] != "in_progress":
            return
        if request["type"] != "erasure":
            complete(tx, request, **FULFILMENTS[request["type"]](tx, request))
            return
        if request.get("cancelFuture"):
            cancel_bookings(tx, request["subject"])
        found = blockers(tx, request["subject"])
        if found:
            if found != request["blockers"]:
                requests.save(tx, request, blockers=found)
            if begins := [start for each in found if (start := _start(tx, **each["resource"]))]:
                tx.schedule(parse_instant(min(begins)), WORK, request["id"])
            return
        scrubber, results = erase(tx, request["subject"])
    await purge(operations.server, workspace, request, scrubber, WORK)
    with workspace.transaction(entry["id"]) as tx:
        complete(tx, tx.need("privacy_request", request["id"]), results=results, blockers=[])


def _start(tx: Transaction, type: str, id: str) -> str | None:
    """When what is booked, or registered for, begins."""
    document = tx.need(type, id)
    whole = tx.get("event", document["eventId"]) if type == "registration" else document
    return whole.get("startsAt") if whole is not None else None


def _pack(tx: Transaction, request: Document) -> dict[str, Any]:
    package = gather(tx, request)
    tx.put("privacy_package", {**package, "id": request["id"]})
    expires = tx.now() + PACKAGE_KEPT
    tx.schedule(expires, EXPIRE, request["id"])
    results = [
        {"collection": name, "records": len(rows), "action": "exported", "reason": None}
        for name, rows in package["collections"].items()
    ]
    address = f"{requests.address(request)}/package"
    return {"results": results, "packageUrl": address, "packageExpiresAt": instant(expires)}


def _correct(tx: Transaction, request: Document) -> dict[str, Any]:
    subject, corrections = request["subject"], request.get("corrections") or {}
    known = tx.get(subject["type"], subject["id"]) if subject["id"] else None
    if known is None:
        return {"results": []}
    fitting = {name: value for name, value in corrections.items() if name in known}
    if fitting:
        after = tx.revise(subject["type"], known, **fitting)
        if subject["type"] in ("user", "customer"):
            tx.emit(f"{subject['type']}.updated", subject["type"], after, changedFields=sorted(fitting))
    return {"results": [_result(f"{subject['type']}s", "corrected")]}


def _restrict(tx: Transaction, request: Document) -> dict[str, Any]:
    try:
        consents.restrict(tx, request["subject"], "privacy_request")
    except errors.DuplicateResource:
        return {"results": []}
    return {"results": [_result("restrictions", "created")]}


def _object(tx: Transaction, request: Document) -> dict[str, Any]:
    made = [_opt_out(tx, request, scope) for scope in ("marketing", "profiling")]
    return {"results": [_result("optOuts", "created", sum(made))]}


def _do_not_sell(tx: Transaction, request: Document) -> dict[str, Any]:
    return {"results": [_result("optOuts", "created", _opt_out(tx, request, "sale_share"))]}


def _opt_out(tx: Transaction, request: Document, scope: str) -> int:
    if consents.opted_out(tx, request["subject"], scope) is not None:
        return 0
    consents.opt_out(tx, request["subject"], scope, "form")
    return 1


def _result(collection: str, action: str, records: int = 1) -> dict[str, Any]:
    return {"collection": collection, "records": records, "action": action, "reason": None}


Fulfilment = Callable[[Transaction, Document], dict[str, Any]]
FULFILMENTS: Mapping[str, Fulfilment] = {
    **dict.fromkeys(PACKED, _pack),
    "rectification": _correct,
    "restriction": _restrict,
    "objection": _object,
    "do_not_sell": _do_not_sell,
}


def certificate(tx: Transaction, request: Document) -> dict[str, Any]:
    """What was erased, signed with the key of the workspace."""
    members = {"requestId": "id", "completedAt": "completedAt", "results": "results"}
    stated = {name: request[member] for name, member in members.items()}
    key = tx.workspace.chance.draw("erasure certificate", 0, 32)
    text = orjson.dumps(stated, option=orjson.OPT_SORT_KEYS)
    return {**stated, "signature": f"sha256={hmac.digest(key, text, 'sha256').hex()}"}


def expire_package(tx: Transaction, entry: Document) -> None:
    """The copy is not kept for longer."""
    tx.delete("privacy_package", entry["subject"])


def try_again(tx: Transaction, event: Document) -> None:
    """What stood in the way of an erasure may be gone."""
    cleared = {"type": event["kind"], "id": event["resourceId"]}
    for request in tx.find("privacy_request", {"status": "in_progress"}):
        if cleared in [each["resource"] for each in request["blockers"]]:
            tx.schedule(tx.now(), WORK, request["id"])


JOBS = {EXPIRE: expire_package}
WORKERS: Mapping[str, Callable[..., Awaitable[None]]] = {WORK: fulfil}
REACTIONS = dict.fromkeys(UNBLOCKING, try_again)
