"""Privacy requests: what a person may ask for, from the check who is asking to the last effect."""

from __future__ import annotations

import hmac
from calendar import monthrange
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from sandbox.kernel import errors
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.ports import Ports
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform import consents
from sandbox.platform.blockers import blockers, cancel_bookings
from sandbox.platform.disclosures import JOBS as RETENTION_JOBS
from sandbox.platform.erasure import erase
from sandbox.platform.letters import write_letter
from sandbox.platform.operations import Operations
from sandbox.platform.privacy_packages import gather
from sandbox.platform.purging import purge
from sandbox.platform.resource import Resource, equals

WORK, DEADLINE, EXPIRE = "privacy.fulfil", "privacy.deadline", "privacy.package.expire"
ALWAYS_FAILS, ALWAYS_PASSES = "000000", "123456"
PACKAGE_KEPT = timedelta(days=7)
CCPA_DAYS = timedelta(days=45)
OPEN = ("received", "verifying", "in_progress")
PACKED = ("access", "portability", "disclosure")
UNBLOCKING = frozenset(
    {
        *("payment.dispute_closed", "invoice.paid", "invoice.voided", "booking.cancelled"),
        *("booking.declined", "booking.expired", "booking.completed", "registration.cancelled"),
    }
)
"""After these an erasure that waits is tried again at once."""
LOOK_AGAIN = timedelta(days=1)
"""And after this in any case: that an event begins, say, is told to nobody."""
LIFE = TransitionTable(
    "privacy request",
    {
        ("received", "ask"): "verifying",
        ("verifying", "verify"): "in_progress",
        ("in_progress", "complete"): "completed",
        ("verifying", "reject"): "rejected",
        ("in_progress", "reject"): "rejected",
        **{(state, "cancel"): "cancelled" for state in OPEN},
    },
)
requests = Resource(
    "privacy_request",
    path="/api/v1/privacy/requests/{privacyRequestId}",
    indexes=("status", "type", "_keys"),
    sorts=("receivedAt", "dueAt"),
    filters={"status": equals("status"), "type": equals("type"), "subjectId": equals("subject.id")},
    emits={"complete": "privacy.request_completed"},
    links={name: f"/api/v1/privacy/requests/{{id}}/{name}" for name in ("verify", "cancel", "package")},
    life=LIFE,
)
KINDS = [Kind("privacy_package"), Kind("privacy_code")]
BLANK: dict[str, Any] = {
    "extendedUntil": None,
    "blockers": [],
    "results": [],
    "packageUrl": None,
    "packageExpiresAt": None,
    "rejectionReason": None,
    "completedAt": None,
}


def due(received: datetime, regulation: str, months: int = 1) -> datetime:
    """One calendar month, or 45 days where the law of California is asked."""
    if regulation == "ccpa":
        return received + CCPA_DAYS
    months_after = received.month - 1 + months
    year, month = received.year + months_after // 12, months_after % 12 + 1
    return received.replace(year=year, month=month, day=min(received.day, monthrange(year, month)[1]))


def verified_by(body: Mapping[str, Any]) -> str:
    """How whoever asks is to prove who they are."""
    method: str = body.get("verification", {"method": "email_code"})["method"]
    return method


def receive(tx: Transaction, subject: Mapping[str, Any], body: Mapping[str, Any]) -> Document:
    """Accept a request and ask who is asking; raises PrivacyRequestDuplicate."""
    _refuse_twin(tx, subject, body["type"])
    deadline = due(tx.now(), body["regulation"])
    made = requests.insert(
        tx,
        {
            **BLANK,
            **body,
            "subject": subject,
            "_keys": consents.keys_of(subject),
            "status": "received",
            "verification": {"method": verified_by(body), "verifiedAt": None},
            "receivedAt": tx.stamp(),
            "dueAt": instant(deadline),
        },
    )
    tx.schedule(deadline, DEADLINE, made["id"])
    asked = requests.move(tx, made, LIFE, "ask")
    if asked["verification"]["method"] == "trusted_partner":
        return verified(tx, asked)
    code = tx.new_token("privacy.code", 6, "0123456789")
    tx.put("privacy_code", {"id": asked["id"], "code": code})
    if subject.get("email"):
        _send_code(tx, asked, code)
    return asked


def _refuse_twin(tx: Transaction, subject: Mapping[str, Any], kind: str) -> None:
    for twin in tx.find("privacy_request", {"_keys": consents.keys_of(subject)}):
        if twin["type"] == kind and twin["status"] in OPEN:
            raise errors.PrivacyRequestDuplicate(
                details=f"a request of this type is {twin['status']}",
                target="/subject",
                links={"existing": {"href": requests.address(twin)}},
            )


def _send_code(tx: Transaction, request: Document, code: str) -> None:
    to = {"email": request["subject"]["email"], "name": None}
    related = {"type": "privacy_request", "id": request["id"]}
    try:
        write_letter(tx, "privacy_verification", to, related, subject="Your confirmation code", code=code)
    except errors.EmailSuppressed:
        return


def check_code(tx: Transaction, request: Document, code: str) -> None:
    """Raises IdentityNotVerified."""
    kept = tx.get("privacy_code", request["id"])
    right = kept is not None and kept["code"] == code
    if code == ALWAYS_FAILS or not (right or code == ALWAYS_PASSES):
        raise errors.IdentityNotVerified(details="the code is not the one that was sent", target="/code")


def verified(tx: Transaction, request: Document) -> Document:
    """From now on it is worked on."""
    verification = {**request["verification"], "verifiedAt": tx.stamp()}
    after = requests.move(tx, request, LIFE, "verify", verification=verification)
    tx.delete("privacy_code", request["id"])
    tx.schedule(tx.now(), WORK, request["id"])
    return after


def cancel(tx: Transaction, request: Document) -> Document:
    """Nothing more happens."""
    after = requests.move(tx, request, LIFE, "cancel")
    tx.delete("privacy_code", request["id"])
    for job in (WORK, DEADLINE):
        tx.cancel(job, request["id"])
    return after


# what is done


async def fulfil(operations: Operations, workspace: Workspace, entry: Document, _: Ports) -> None:
    """Do what is asked for. An erasure is complete when the past is gone from the disk as well."""
    with workspace.transaction(entry["id"]) as tx:
        request = tx.get("privacy_request", entry["subject"])
        if request is None or request["status"] != "in_progress":
            return
        if request["type"] != "erasure":
            _complete(tx, request, **FULFILMENTS[request["type"]](tx, request))
            return
        if request.get("cancelFuture"):
            cancel_bookings(tx, request["subject"])
        found = blockers(tx, request["subject"])
        if found:
            if found != request["blockers"]:
                requests.save(tx, request, blockers=found)
            tx.schedule(tx.now() + LOOK_AGAIN, WORK, request["id"])
            return
        scrubber, results = erase(tx, request["subject"])
    await purge(operations.server, workspace, request, scrubber, WORK)
    with workspace.transaction(entry["id"]) as tx:
        _complete(tx, tx.need("privacy_request", request["id"]), results=results, blockers=[])


def _complete(tx: Transaction, request: Document, **members: Any) -> None:
    requests.move(tx, request, LIFE, "complete", completedAt=tx.stamp(), **members)
    tx.cancel(DEADLINE, request["id"])


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


# what the clock does


def pass_deadline(tx: Transaction, entry: Document) -> None:
    """Nobody proved who they are: rejected. Something stands in the way: extended, once."""
    request = tx.get("privacy_request", entry["subject"])
    if request is None or request["status"] not in OPEN:
        return
    if request["status"] == "verifying":
        requests.move(tx, request, LIFE, "reject", rejectionReason="identity_not_verified")
        tx.delete("privacy_code", request["id"])
    elif request["extendedUntil"] is None:
        extended = due(parse_instant(request["dueAt"]), request["regulation"], months=2)
        requests.save(tx, request, extendedUntil=instant(extended))


def expire_package(tx: Transaction, entry: Document) -> None:
    """The copy is not kept for longer."""
    tx.delete("privacy_package", entry["subject"])


def try_again(tx: Transaction, event: Document) -> None:
    """What stood in the way of an erasure may be gone."""
    cleared = {"type": event["kind"], "id": event["resourceId"]}
    for request in tx.find("privacy_request", {"status": "in_progress"}):
        if cleared in [each["resource"] for each in request["blockers"]]:
            tx.schedule(tx.now(), WORK, request["id"])


JOBS = {DEADLINE: pass_deadline, EXPIRE: expire_package, **RETENTION_JOBS}
WORKERS: Mapping[str, Callable[..., Awaitable[None]]] = {WORK: fulfil}
REACTIONS = {
    **dict.fromkeys(consents.GPC_WRITES | consents.GUARDED, consents.respect),
    **dict.fromkeys(UNBLOCKING, try_again),
}
